"""The same requests to every peer's server, from a client of its own process."""
