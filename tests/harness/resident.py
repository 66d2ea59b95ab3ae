"""Processes that belong to a cluster: they end with their owner, or with a cluster that stays."""

import secrets
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from harness import state
from harness.certificates import write_secret
from harness.cluster import Cluster
from harness.helm import Installation
from harness.kubectl import Kubectl
from harness.processes import Component
from harness.waiting import wait_until

OWNED_SCRIPT = Path(__file__).with_name("owned.py")
DEFINITIONS = Path(__file__).parents[2] / "crds"


def install_definitions(cluster: Cluster) -> None:
    """Install the custom resource and wait until it is served.

    Established comes earlier, and `kubectl wait` fails where there is no condition at all yet.
    """
    kubectl = Kubectl(cluster.bin / "kubectl", cluster.kubeconfig)
    kubectl("apply", "-f", str(DEFINITIONS))
    served = ("get", "rollbackrequests", "--all-namespaces")
    wait_until(lambda: kubectl.succeeds(*served), "the custom resource to be served")


def start_operator(cluster: Cluster, **settings: str) -> Component:
    """Start the operator with a signing key of its own."""
    key = cluster.directory / "configuration" / "signing-key"
    key.parent.mkdir(parents=True, exist_ok=True)
    write_secret(key, secrets.token_hex(32).encode())
    own = {"KUBECONFIG": str(cluster.kubeconfig), "ROLLBACK_KEY_FILES": str(key)}
    return start_module(cluster, "rollback_operator", environment=own | settings)


def start_installed(installation: Installation) -> Component:
    """Start the operator as a release of the chart has it, with its ServiceAccount's token."""
    settings = {"KUBECONFIG": str(installation.kubeconfig()), **installation.settings()}
    return start_module(installation.cluster, "rollback_operator", environment=settings)


def start_module(
    cluster: Cluster,
    module: str,
    arguments: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
) -> Component:
    """Start a Python module that ends with this process, however that ends."""
    given = [f"{name}={value}" for name, value in (environment or {}).items()]
    command = [sys.executable, "-P", str(OWNED_SCRIPT), *given, module, *arguments]
    log = cluster.directory / "logs" / f"{module}.log"
    component = Component(module, command, log)
    component.start()
    return component


def leave_running(cluster: Cluster, component: Component) -> None:
    """Let it live on with a cluster that stays: whoever ends that ends this too."""
    recorded = state.load(cluster.directory)
    if recorded is not None:
        state.save(cluster.directory, recorded.facts, [*recorded.components, component])
    component.release()
