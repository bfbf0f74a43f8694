"""JavaScript that clients send for their tools: run in processes of its own, results told to the
model. Off unless the owner sets ``run_functions``."""
