"""The edge to Kopf: parse, call, return; too thin to hold a bug. Only this package knows Kopf."""
