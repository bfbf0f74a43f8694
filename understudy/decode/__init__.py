"""Step 6: token events to text, stop strings and finishes; pure and incremental."""
