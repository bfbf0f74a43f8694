"""Steps 2 and 7: a service's bytes parsed into our request, our events rendered into its bytes."""
