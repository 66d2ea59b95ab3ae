"""An existing cluster: whatever $KUBECONFIG points at, with nothing started and nothing ended."""

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from harness import build, credentials, state
from harness.certificates import write_secret
from harness.errors import HarnessError
from harness.kubectl import Kubectl

PROVIDER = "existing"
TOOLS = ("kubectl", "helm")


class ExistingCluster:
    """A cluster that is known by an administrator's kubeconfig only."""

    def __init__(self, directory: Path, version: str) -> None:
        self.directory = directory
        self.kubeconfig = directory / "kubeconfig"
        self.bin = directory / "bin"
        self.audit_log: Path | None = None
        self.kubectl = Kubectl(self.bin / "kubectl", self.kubeconfig)
        self.version = version
        self.outlives_us = True

    def kubeconfig_for_user(self, user: str, groups: Sequence[str] = ()) -> Path:
        """Return a kubeconfig for a user, whose certificate the cluster signs on request."""
        return credentials.for_user(self.kubectl, self.directory, user, groups)

    def kubeconfig_for_service_account(self, namespace: str, name: str) -> Path:
        """Return a kubeconfig for a ServiceAccount, which is created if it is missing."""
        return credentials.for_service_account(self.kubectl, self.directory, namespace, name)

    def is_healthy(self) -> bool:
        """Tell whether its API server says that it is ready."""
        return self.kubectl.succeeds("get", "--raw", "/readyz")

    def stop(self) -> None:
        """Remove our copies of its credentials; the cluster itself is not ours to end."""
        state.remove(self.directory)
        state.remove_files(self.directory, ("bin", "kubeconfig", "users"))


def server_version(kubectl: Kubectl) -> str:
    """Return the minor that the server behaves as, which need not be that of its binary."""
    server = kubectl.json("version")["serverVersion"]
    minor = server.get("emulationMinor") or server["minor"]
    return f"{server['major']}.{minor.rstrip('+')}"


def start(directory: Path, *, say: Callable[[str], None]) -> ExistingCluster:
    """Take over the cluster of $KUBECONFIG's current context."""
    if not os.environ.get("KUBECONFIG"):
        message = "CLUSTER=existing uses $KUBECONFIG, which is not set: point it at the cluster."
        raise HarnessError(message)
    directory.mkdir(parents=True, exist_ok=True)
    link_tools(directory / "bin", say)
    binary = directory / "bin" / "kubectl"
    view = Kubectl(binary, None)("config", "view", "--raw", "--minify", "--flatten")
    write_secret(directory / "kubeconfig", view.encode())
    version = server_version(Kubectl(binary, directory / "kubeconfig"))
    cluster = ExistingCluster(directory, version)
    if not cluster.is_healthy():
        message = "The cluster of $KUBECONFIG does not say that it is ready: check it by hand."
        raise HarnessError(message)
    state.save(directory, {"provider": PROVIDER, "version": version}, [])
    return cluster


def attach(directory: Path, recorded: state.State) -> ExistingCluster:
    """Return what `up` took over."""
    return ExistingCluster(directory, recorded.facts["version"])


def link_tools(into: Path, say: Callable[[str], None]) -> None:
    """Link the kubectl and helm that are installed, or build ours."""
    installed = [shutil.which(tool) for tool in TOOLS]
    into.mkdir(parents=True, exist_ok=True)
    if not all(installed):
        build.link([build.obtain(build.TOOLS, say)], into)
        return
    for tool, path in zip(TOOLS, installed, strict=True):
        (into / tool).unlink(missing_ok=True)
        (into / tool).symlink_to(str(path))
