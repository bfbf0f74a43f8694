"""How the house model `@house/prompter` is made, from nothing to exported weights."""
