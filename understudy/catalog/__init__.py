"""Model cards: one file per model, and the only place that knows a model's name."""
