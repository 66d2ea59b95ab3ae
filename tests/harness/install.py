"""Puts the custom resource into a cluster, without the operator."""

import subprocess
from pathlib import Path

from harness.cluster import Cluster
from harness.waiting import wait_until

CRDS = Path(__file__).parent.parent.parent / "crds"


def install(running: Cluster) -> None:
    """Install it, and wait until it is served."""
    kubectl = [str(running.bin / "kubectl"), "--kubeconfig", str(running.kubeconfig)]
    subprocess.run([*kubectl, "apply", "-f", str(CRDS)], check=True, capture_output=True)
    # Right after it was created the resource has no conditions yet, and `kubectl wait` gives up.
    listing = [*kubectl, "get", "rollbackrequests"]
    wait_until(
        lambda: subprocess.run(listing, capture_output=True, check=False).returncode == 0,
        "the custom resource is served",
    )
