"""Faults between the operator and a real API server: proxy, plans, scenarios, what must hold."""
