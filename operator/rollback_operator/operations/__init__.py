"""Use cases that join the domain and the cluster: gather, decide, apply."""
