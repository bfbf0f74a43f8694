"""Step 3: messages to text to token ids, once."""
