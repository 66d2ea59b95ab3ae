"""How views are shown to people."""
