"""Chooses what kind of cluster to start, and is all that tests need to know of any of them."""

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from harness import embedded, existing, kind, state
from harness.errors import HarnessError
from harness.processes import kill_all

CHOICES = ("embedded", "kind", "existing")
SECONDS_FOR_DOCKER = 10


class Cluster(Protocol):
    """A running cluster."""

    directory: Path
    kubeconfig: Path
    """That of an administrator."""
    bin: Path
    """The directory with kubectl, helm and the like."""
    audit_log: Path | None
    version: str
    """The minor: `1.37`."""
    outlives_us: bool
    """Whether it goes on when `stop` was called, with all that was made in it."""

    def kubeconfig_for_user(self, user: str, groups: Sequence[str] = ()) -> Path:
        """Return a kubeconfig for a user, who has no rights until they are given some."""
        ...

    def kubeconfig_for_service_account(self, namespace: str, name: str) -> Path:
        """Return a kubeconfig for a ServiceAccount, which is created if it is missing."""
        ...

    def is_healthy(self) -> bool:
        """Tell whether it can be used."""
        ...

    def stop(self) -> None:
        """End what was started, and nothing else."""
        ...


def start(
    directory: Path,
    *,
    detached: bool = False,
    say: Callable[[str], None] = print,
) -> Cluster:
    """Start the cluster that CLUSTER names, in place of what is left of an earlier one here.

    Unless `detached`, it ends with this process, however that ends.
    """
    directory = directory.resolve()
    choice = os.environ.get("CLUSTER") or None
    if choice not in (*CHOICES, None):
        message = f"CLUSTER={choice} is none of {', '.join(CHOICES)}: set it to one, or unset it."
        raise HarnessError(message)
    with state.exclusive(directory):
        end_leftovers(directory)
        return _start(choice, directory, detached=detached, say=say)


def attach(directory: Path) -> Cluster:
    """Return the cluster that `up` left running in `directory`."""
    directory = directory.resolve()
    recorded = state.load(directory)
    if recorded is None:
        message = f"There is no cluster in {directory}: start one with `make cluster-up`."
        raise HarnessError(message)
    match recorded.facts["provider"]:
        case kind.PROVIDER:
            return kind.attach(directory, recorded)
        case existing.PROVIDER:
            return existing.attach(directory, recorded)
        case _:
            return embedded.attach(directory, recorded)


def end_leftovers(directory: Path) -> None:
    """End the processes that an earlier cluster left running in this directory."""
    if recorded := state.load(directory):
        if recorded.facts["provider"] == kind.PROVIDER:
            attach(directory).stop()
        kill_all(recorded.components)
        state.remove(directory)


def _start(
    choice: str | None,
    directory: Path,
    *,
    detached: bool,
    say: Callable[[str], None],
) -> Cluster:
    match choice:
        case "existing":
            return existing.start(directory, say=say)
        case "kind" if not docker_answers():
            message = (
                "CLUSTER=kind needs a Docker daemon, and none answers: "
                "start Docker, or use CLUSTER=embedded."
            )
            raise HarnessError(message)
        case "kind":
            return kind.start(directory, detached=detached, say=say)
        case None if docker_answers():
            return _kind_or_embedded(directory, detached=detached, say=say)
        case None:
            say("No Docker daemon answers: starting an embedded cluster.")
        case _:
            pass
    return embedded.start(directory, detached=detached, say=say)


def _kind_or_embedded(
    directory: Path,
    *,
    detached: bool,
    say: Callable[[str], None],
) -> Cluster:
    try:
        started = kind.start(directory, detached=detached, say=say)
    except HarnessError as error:
        reason = str(error).splitlines()[0]
        say(f"kind made no cluster ({reason}); starting an embedded one instead.")
    else:
        say("A Docker daemon answers, so this is a kind cluster.")
        return started
    return embedded.start(directory, detached=detached, say=say)


def docker_answers() -> bool:
    """Tell whether there is a Docker daemon that this user may use."""
    if not shutil.which("docker"):
        return False
    try:
        asked = subprocess.run(
            ["docker", "info"],
            check=False,
            capture_output=True,
            timeout=SECONDS_FOR_DOCKER,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return asked.returncode == 0
