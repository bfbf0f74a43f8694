"""Step 6: token events to text, stop strings and finishes. Pure, incremental, independent of chunking."""
