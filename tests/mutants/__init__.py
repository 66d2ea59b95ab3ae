"""Seeded bugs: the naive variant of each known trap, and the tests that must notice it."""
