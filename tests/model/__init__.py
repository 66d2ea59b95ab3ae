"""A cluster in memory, what the operator owes it, and a machine that compares the two."""
