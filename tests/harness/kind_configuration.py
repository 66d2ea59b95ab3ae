"""What kind and the kubeadm inside it are told: an audit log that can be read from here."""

from pathlib import Path
from typing import Any

import yaml

from harness.components import AUDIT_FLAGS, POLICY

# Where the directory shared with this machine is, in the node's container and in the pod.
SHARED = "/var/log/rollback-audit"


def write_configuration(directory: Path, emulated: str | None) -> Path:
    """Write kind's configuration and make the directory that it shares with the API server."""
    shared = directory / "audit"
    shared.mkdir(parents=True, exist_ok=True)
    (shared / "policy.yaml").write_text(POLICY.read_text())
    # The API server, which is root, would create it so that only root can read it.
    (shared / "audit.log").touch(mode=0o644)
    (directory / "audit.log").unlink(missing_ok=True)
    (directory / "audit.log").symlink_to(shared / "audit.log")
    path = directory / "configuration" / "kind.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(configuration(shared, emulated), sort_keys=False))
    return path


def configuration(shared: Path, emulated: str | None) -> dict[str, Any]:
    """Return kind's configuration of one node."""
    node = {
        "role": "control-plane",
        "extraMounts": [{"hostPath": str(shared), "containerPath": SHARED}],
        "kubeadmConfigPatches": [yaml.safe_dump(cluster_patch(emulated), sort_keys=False)],
    }
    return {"kind": "Cluster", "apiVersion": "kind.x-k8s.io/v1alpha4", "nodes": [node]}


def cluster_patch(emulated: str | None) -> dict[str, Any]:
    """Return the patch of kubeadm's configuration.

    It names no version and gives flags as a map, which old and new kinds both understand.
    """
    emulation = {"emulated-version": emulated} if emulated else {}
    audit = {
        "audit-policy-file": f"{SHARED}/policy.yaml",
        "audit-log-path": f"{SHARED}/audit.log",
    }
    volume = {
        "name": "rollback-audit",
        "hostPath": SHARED,
        "mountPath": SHARED,
        "readOnly": False,
        "pathType": "Directory",
    }
    api_server = {"extraArgs": AUDIT_FLAGS | audit | emulation, "extraVolumes": [volume]}
    fast = {"kube-api-qps": "500", "kube-api-burst": "1000"}
    return {
        "kind": "ClusterConfiguration",
        "apiServer": api_server,
        "controllerManager": {"extraArgs": fast | emulation},
        "scheduler": {"extraArgs": fast | emulation},
    }
