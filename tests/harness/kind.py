"""A kind cluster: kubeadm's control plane in a container, with kwok's nodes for the pods."""

import atexit
import hashlib
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from harness import build, nodes, state, versions
from harness.errors import HarnessError
from harness.existing import ExistingCluster
from harness.kind_configuration import write_configuration
from harness.kubectl import Kubectl
from harness.processes import Component, kill_all
from harness.stages import write_configuration as write_stages
from harness.waiting import wait_until

PROVIDER = "kind"
# With this image every kind makes the same cluster; kind v0.33.0 was released with it.
NODE_IMAGE = (
    "kindest/node:v1.37.0@sha256:a1ed56cfb0e7b93589bdf97c8cd566405a265939e3620fc4f5de89adff580ae5"
)
OWN_FILES = ("bin", "configuration", "kubeconfig", "users")
LINES_OF_KIND = 12


class KindCluster(ExistingCluster):
    """A cluster of our own in Docker, and a kwok that plays its nodes from here."""

    def __init__(self, directory: Path, version: str, kwok: Component) -> None:
        super().__init__(directory, version)
        self.audit_log = directory / "audit.log"
        self.outlives_us = False
        self._kwok = kwok

    def is_healthy(self) -> bool:
        """Tell whether kwok runs and the API server says that it is ready."""
        return self._kwok.is_running() and super().is_healthy()

    def stop(self) -> None:
        """Delete the containers and end kwok; the logs stay."""
        self._kwok.kill()
        delete(self.directory)
        state.remove(self.directory)
        state.remove_files(self.directory, OWN_FILES)


def start(directory: Path, *, detached: bool, say: Callable[[str], None]) -> KindCluster:
    """Create a cluster, or leave nothing behind."""
    state.remove_files(directory, (*OWN_FILES, "audit", "audit.log", "logs"))
    _link_binaries(directory / "bin", say)
    # Containers outlive a killed owner, so that the next `start` must learn of them here.
    facts = {"provider": PROVIDER, "version": versions.wanted()}
    state.save(directory, facts, [])
    kwok = _kwok(directory)
    try:
        cluster = _create(directory, kwok)
        _play_nodes(cluster, kwok)
        state.save(directory, facts, [kwok])
        _hand_over(cluster, kwok, detached=detached)
    except BaseException:
        kill_all([kwok])
        delete(directory)
        state.remove(directory)
        raise
    return cluster


def attach(directory: Path, recorded: state.State) -> KindCluster:
    """Return the cluster that `up` left running."""
    kwok = recorded.components[0] if recorded.components else _kwok(directory)
    return KindCluster(directory, recorded.facts["version"], kwok)


def delete(directory: Path) -> None:
    """Delete the containers of this directory's cluster, if there are any."""
    binary = directory / "bin" / "kind"
    if binary.exists():
        command = [str(binary), "delete", "cluster", f"--name={cluster_name(directory)}"]
        subprocess.run(command, check=False, capture_output=True)


def cluster_name(directory: Path) -> str:
    """Return a name that belongs to this directory alone."""
    return f"rollback-{hashlib.sha256(str(directory).encode()).hexdigest()[:8]}"


def create_command(directory: Path) -> list[str]:
    """Return the command that creates the containers and waits for them."""
    return [
        str(directory / "bin" / "kind"),
        "create",
        "cluster",
        f"--name={cluster_name(directory)}",
        f"--image={NODE_IMAGE}",
        f"--config={directory / 'configuration' / 'kind.yaml'}",
        f"--kubeconfig={directory / 'kubeconfig'}",
        "--wait=180s",
    ]


def _create(directory: Path, kwok: Component) -> KindCluster:
    write_configuration(directory, versions.emulated())
    write_stages(directory / "configuration" / "kwok.yaml")
    created = subprocess.run(
        create_command(directory),
        check=False,
        capture_output=True,
        text=True,
    )
    if created.returncode:
        said = "\n".join(f"    {line}" for line in created.stderr.splitlines()[-LINES_OF_KIND:])
        message = (
            f"kind could not create the cluster {cluster_name(directory)}. It said:\n{said}\n"
            "  Look at Docker's own state, or use CLUSTER=embedded, which needs none."
        )
        raise HarnessError(message)
    _keep_pods_off_the_container(Kubectl(directory / "bin" / "kubectl", directory / "kubeconfig"))
    return KindCluster(directory, versions.wanted(), kwok)


def _keep_pods_off_the_container(kubectl: Kubectl) -> None:
    """Let its own system pods come up first, which have to run for real."""
    system = ("--namespace", "kube-system", "--timeout=180s")
    kubectl("rollout", "status", "deployment/coredns", *system)
    kubectl("cordon", "--selector", "node-role.kubernetes.io/control-plane")


def _play_nodes(cluster: KindCluster, kwok: Component) -> None:
    kwok.start()
    nodes.create(cluster.kubectl)
    wait_until(lambda: _usable(cluster, kwok), "nodes to be Ready, and a default ServiceAccount")


def _hand_over(cluster: KindCluster, kwok: Component, *, detached: bool) -> None:
    """Bind the cluster to this process as well as containers can be, or let it go."""
    if detached:
        kwok.release()
    else:
        atexit.register(cluster.stop)


def _usable(cluster: KindCluster, kwok: Component) -> bool:
    kwok.expect_running()
    return nodes.are_usable(cluster.kubectl)


def _kwok(directory: Path) -> Component:
    command = [
        str(directory / "bin" / "kwok"),
        f"--kubeconfig={directory / 'kubeconfig'}",
        f"--config={directory / 'configuration' / 'kwok.yaml'}",
        "--v=WARN",
    ]
    return Component("kwok", command, directory / "logs" / "kwok.log")


def _link_binaries(into: Path, say: Callable[[str], None]) -> None:
    directories = [build.obtain(build.TOOLS, say)]
    installed = shutil.which("kind")
    if not installed:
        directories.append(build.obtain(build.KIND, say))
    build.link(directories, into)
    if installed:
        (into / "kind").symlink_to(installed)
