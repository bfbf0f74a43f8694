"""Step 4: who computes a request. One protocol; the local engine is the default."""
