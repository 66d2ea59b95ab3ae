"""A Kubernetes operator that puts the previous artifact of a Deployment back."""

from importlib.metadata import version

__version__ = version("rollback-operator")
