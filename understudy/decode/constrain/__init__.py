"""What an answer must be: schemas checked, put into grammars, and followed token by token."""
