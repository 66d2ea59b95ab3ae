"""The cluster's make-believe nodes."""

import json
from typing import Any

from harness.errors import HarnessError
from harness.kubectl import Kubectl
from harness.stages import FAKE_NODE

NODES = 10
PODS_PER_NODE = 1500


def create(kubectl: Kubectl) -> None:
    """Create the nodes, with their room for pods, as a kubelet registers itself."""
    nodes = {"apiVersion": "v1", "kind": "List", "items": [_node(n) for n in range(NODES)]}
    kubectl("create", "--filename", "-", stdin=json.dumps(nodes))


def are_usable(kubectl: Kubectl) -> bool:
    """Tell whether pods can be scheduled and have a ServiceAccount to run as."""
    selector = ",".join(f"{name}={value}" for name, value in FAKE_NODE.items())
    try:
        nodes = kubectl.json("get", "nodes", "--selector", selector)["items"]
        kubectl("get", "serviceaccount", "default", "--namespace", "default")
    except HarnessError:
        return False
    return len(nodes) >= NODES and all(_is_ready(node) for node in nodes)


def _is_ready(node: dict[str, Any]) -> bool:
    conditions = node["status"].get("conditions", ())
    ready = any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)
    return ready and not node["spec"].get("taints")


def _node(number: int) -> dict[str, Any]:
    name = f"node-{number}"
    room = {"cpu": "1000", "memory": "4Ti", "ephemeral-storage": "4Ti", "pods": str(PODS_PER_NODE)}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": FAKE_NODE | {"kubernetes.io/hostname": name}},
        "status": {"capacity": room, "allocatable": room},
    }
