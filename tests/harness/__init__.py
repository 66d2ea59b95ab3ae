"""A real Kubernetes control plane for the tests, the demo and `make cluster-up`."""

from harness.cluster import Cluster, attach, start
from harness.errors import HarnessError

__all__ = ["Cluster", "HarnessError", "attach", "start"]
