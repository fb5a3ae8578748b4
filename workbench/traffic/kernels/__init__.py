"""The array floor of connections: packet columns in, numbers of connections out."""
