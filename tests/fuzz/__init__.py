"""Requests that nobody thought of: generated from the published schema, valid and nearly valid."""
