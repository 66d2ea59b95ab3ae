"""The demo: a rollback told as a story, on a real control plane, with every claim checked."""
