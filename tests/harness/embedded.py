"""The embedded cluster: the real control plane as plain processes of this machine."""

import http.client
import ssl
from collections.abc import Callable, Sequence
from pathlib import Path

from harness import build, credentials, nodes, state, versions
from harness.components import Plan
from harness.errors import HarnessError
from harness.kubectl import Kubectl
from harness.ports import free_ports
from harness.processes import Component, PortTakenError, kill_all
from harness.waiting import wait_until

PROVIDER = "embedded"
# What a cluster puts into its directory, apart from the logs, which outlive it.
OWN_FILES = ("bin", "configuration", "etcd", "kubeconfig", "pki", "users")
LOGS = ("audit.log", "logs")
ATTEMPTS = 5
# Seconds; it takes four where nothing else is running.
PATIENCE = 120


class EmbeddedCluster:
    """One control plane, its processes and its directory."""

    def __init__(self, plan: Plan, components: list[Component], *, detached: bool) -> None:
        self.directory = plan.directory
        self.kubeconfig = plan.directory / "kubeconfig"
        self.bin = plan.directory / "bin"
        self.audit_log: Path | None = plan.audit_log
        self.version = plan.emulated or build.module().minor
        self.outlives_us = False
        self._plan = plan
        self._components = components
        self._detached = detached

    def kubeconfig_for_user(self, user: str, groups: Sequence[str] = ()) -> Path:
        """Return a kubeconfig for a user, who has no rights until they are given some."""
        path = credentials.path_for_user(self.directory, user, groups)
        return self._plan.write_kubeconfig(path, user, tuple(groups))

    def kubeconfig_for_service_account(self, namespace: str, name: str) -> Path:
        """Return a kubeconfig for a ServiceAccount, which is created if it is missing."""
        return credentials.for_service_account(self._kubectl(), self.directory, namespace, name)

    def stop(self) -> None:
        """End all processes and remove all but the logs."""
        kill_all(self._components)
        state.remove(self.directory)
        state.remove_files(self.directory, OWN_FILES)

    def is_healthy(self) -> bool:
        """Tell whether all processes run and the API server says that it is ready."""
        return all(c.is_running() for c in self._components) and self._answers()

    def kill(self, component: str) -> None:
        """End one component (`etcd`, `kube-apiserver`, …) as a crash would."""
        self._component(component).kill()

    def restart(self, component: str) -> None:
        """Start one component again, after ending it if it still runs."""
        restarted = self._component(component)
        restarted.kill()
        restarted.start()
        self._save()
        self._wait_until_api_is_ready()

    def bring_up(self) -> None:
        """Start everything, or leave nothing running."""
        try:
            self._start_all()
        except BaseException:
            kill_all(self._components)
            raise

    def _start_all(self) -> None:
        etcd, apiserver, *others = self._components
        for component in (etcd, apiserver):
            component.start()
        self._wait_until_api_is_ready()
        for component in others:
            component.start()
        nodes.create(self._kubectl())
        what = "nodes to be Ready, and a default ServiceAccount"
        wait_until(self._usable_or_died, what, seconds=PATIENCE, interval=0.1)
        self._save()

    def _save(self) -> None:
        """Record the processes first and release them then: none is ever unaccounted for."""
        facts = {
            "provider": PROVIDER,
            "api_port": self._plan.api_port,
            "etcd_port": self._plan.etcd_port,
            "emulated": self._plan.emulated,
        }
        state.save(self.directory, facts, self._components)
        if self._detached:
            for component in self._components:
                component.release()

    def _kubectl(self) -> Kubectl:
        return Kubectl(self.bin / "kubectl", self.kubeconfig)

    def _component(self, name: str) -> Component:
        return next(component for component in self._components if component.name == name)

    def _wait_until_api_is_ready(self) -> None:
        wait_until(self._answers_or_died, "the API server to be ready", seconds=PATIENCE)

    def _answers_or_died(self) -> bool:
        for name in ("etcd", "kube-apiserver"):
            self._component(name).expect_running()
        return self._answers()

    def _usable_or_died(self) -> bool:
        for component in self._components:
            component.expect_running()
        return nodes.are_usable(self._kubectl())

    def _answers(self) -> bool:
        context = ssl.create_default_context(cafile=self._plan.pki / "ca.crt")
        port = self._plan.api_port
        connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=5, context=context)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


def start(directory: Path, *, detached: bool, say: Callable[[str], None]) -> EmbeddedCluster:
    """Start a cluster in `directory`, on ports that are free."""
    emulated = versions.emulated()
    binaries = build.cluster_binaries(say)
    for _ in range(ATTEMPTS):
        try:
            return _start_once(directory, emulated, binaries, detached=detached)
        except PortTakenError:
            say("Somebody took a port in the meantime; trying others …")
    message = f"Every one of {ATTEMPTS} choices of ports was taken by others: try again."
    raise HarnessError(message)


def attach(directory: Path, recorded: state.State) -> EmbeddedCluster:
    """Return the cluster that `up` left running."""
    facts = recorded.facts
    plan = Plan(directory, facts["api_port"], facts["etcd_port"], facts["emulated"])
    return EmbeddedCluster(plan, recorded.components, detached=True)


def _start_once(
    directory: Path,
    emulated: str | None,
    binaries: Sequence[Path],
    *,
    detached: bool,
) -> EmbeddedCluster:
    state.remove_files(directory, (*OWN_FILES, *LOGS))
    api_port, etcd_port = free_ports(2)
    plan = Plan(directory, api_port, etcd_port, emulated)
    build.link(binaries, directory / "bin")
    plan.write_files()
    cluster = EmbeddedCluster(plan, plan.components(), detached=detached)
    cluster.bring_up()
    return cluster
