"""One module per command: read what is needed, make a view of it, show it."""
