"""Step 5: scheduler, paged batch, model graph, sampler: token ids in, token events out."""
