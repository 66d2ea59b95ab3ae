"""What should happen, and why: values in, values out; no clock, no API, no Kopf."""
