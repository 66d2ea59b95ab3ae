"""What the acts play on: a cluster with the operator, kubectl, and a namespace to work in."""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demo.claims import Untrue
from demo.screen import Screen
from harness.cluster import Cluster
from harness.helm import Installation
from harness.objects import history, is_done
from harness.processes import Component
from harness.resident import start_installed
from harness.waiting import wait_until

ROOT = Path(__file__).parents[2]
EXAMPLE = Path("examples/rollback.yaml")

NAMESPACE = "shop"
TIMED, TWINS = "timed", "twins"
"""Namespaces for taking times; nobody looks after the twins."""
SENTINEL = "sentinel"
PATIENCE = 60

Object = dict[str, Any]


@dataclass(frozen=True)
class Stage:
    """A running cluster, the operator on it, and the screen."""

    screen: Screen
    cluster: Cluster
    operator: Component
    release: Installation

    def environment(self) -> dict[str, str]:
        """Return the environment in which the commands work as they are shown."""
        scripts = Path(sys.executable).parent  # where kubectl finds the plugin
        path = os.pathsep.join(map(str, (self.cluster.bin, scripts, os.environ["PATH"])))
        return os.environ | {"KUBECONFIG": str(self.cluster.kubeconfig), "PATH": path}

    def run(self, line: str, *, with_errors: bool = False) -> str:
        """Show a command and what it printed, on standard error too if asked for; return that."""
        self.screen.command(line)
        printed = self.quietly(line, with_errors=with_errors)
        self.screen.output(printed)
        return printed

    def quietly(self, line: str, *, stdin: str | None = None, with_errors: bool = False) -> str:
        """Run a command; return what it printed."""
        done = subprocess.run(
            shlex.split(line),
            cwd=ROOT,
            env=self.environment(),
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if with_errors else subprocess.PIPE,
            text=True,
            check=False,
        )
        if done.returncode:
            message = f"{line} failed: {(done.stderr or done.stdout).strip()}"
            raise Untrue(message)
        return done.stdout

    def apply(self, document: str) -> None:
        """Show a document being applied, and apply it."""
        line = f"kubectl -n {NAMESPACE} apply -f -"
        self.screen.command(f"{line} <<EOF")
        self.screen.yaml(document)
        self.screen.output("EOF")
        self.screen.output(self.quietly(line, stdin=document))

    def object(self, kind: str, name: str) -> Object:
        """Read an object."""
        line = f"kubectl -n {NAMESPACE} get {kind} {name} -o json"
        found: Object = json.loads(self.quietly(line))
        return found

    def until(self, kind: str, name: str, holds: Callable[[Object], bool], what: str) -> Object:
        """Wait until something holds of an object; return it."""

        def found() -> Object | None:
            self.operator.expect_running()
            seen = self.object(kind, name)
            return seen if holds(seen) else None

        with self.screen.waiting(f"waiting for {what} …"):
            return wait_until(found, what, seconds=PATIENCE, interval=0.2)

    def until_recorded(self, name: str, snapshots: int) -> Object:
        """Wait until a rollout is done and the history has that many snapshots."""

        def is_recorded(deployment: Object) -> bool:
            recorded = (history(deployment) or {}).get("snapshots", [])
            return is_done(deployment) and len(recorded) == snapshots

        return self.until("deployment", name, is_recorded, f"snapshot {snapshots} of {name}")


def set_up(screen: Screen, cluster: Cluster) -> Stage:
    """Install the chart and let the operator work; return once it watches."""
    flags = [f"--set=settings.namespaces={{{NAMESPACE},{TIMED}}}"]
    if os.environ.get("CLUSTER") == "existing":
        # Real nodes would have to find an image; and a custom resource may be there already.
        flags += ["--set=replicas=0", "--take-ownership"]
    release = Installation(cluster, flags=flags)
    screen.command(release.command())
    with screen.waiting("installing the chart …"):
        release.install()
    stage = Stage(screen, cluster, start_installed(release), release)
    try:
        for namespace in (NAMESPACE, TIMED, TWINS):
            stage.quietly(f"kubectl create namespace {namespace}")
        _until_watching(stage)
    except BaseException:
        stage.operator.kill()
        raise
    screen.say(
        "The chart is installed. What its pods would do, a process of this machine does: with their"
        " settings, their signing key, and the token of their ServiceAccount."
    )
    return stage


def clear_away(stage: Stage) -> None:
    """End the operator, and remove from a cluster that is not ours what the play made there."""
    stage.operator.kill()
    if os.environ.get("CLUSTER") == "existing":
        stage.quietly(f"kubectl delete namespace --wait=false {NAMESPACE} {TIMED} {TWINS}")
        stage.release.uninstall()


def _until_watching(stage: Stage) -> None:
    """Let the operator record something, so that it sees what comes later happen."""
    stage.quietly(f"kubectl -n {NAMESPACE} create deployment {SENTINEL} --image=none --replicas=0")
    stage.until_recorded(SENTINEL, 1)
    stage.quietly(f"kubectl -n {NAMESPACE} delete deployment {SENTINEL}")
