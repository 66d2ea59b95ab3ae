"""Reads the documents as a machine can: their blocks, links and names, to be run and checked."""
