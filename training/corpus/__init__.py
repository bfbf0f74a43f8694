"""The corpus: text that our own small programs write, and nothing else."""
