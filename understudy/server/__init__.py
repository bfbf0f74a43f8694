"""Steps 1 and 8: routes, keys, limits; bytes in, bytes out."""
