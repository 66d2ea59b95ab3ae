"""Measures the operator beside bare clients that do the same work, in one run."""
