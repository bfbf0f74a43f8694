"""From the text of an answer to the calls of tools that stand in it."""
