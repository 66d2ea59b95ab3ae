"""`make demo`: a rollback on a real control plane, told as a story and checked."""

import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import harness
from demo.acts import ACTS
from demo.claims import Untrue
from demo.screen import Screen
from demo.stage import NAMESPACE, Stage, clear_away, set_up
from harness import HarnessError, state
from harness.resident import leave_running

INTERRUPTED = 130


def main() -> int:
    """Play; whatever differs from the story is told in a sentence."""
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, _interrupt)
    screen = Screen()
    try:
        if os.environ.get("KEEP"):
            play_and_keep(screen, Path(os.environ.get("CLUSTER_DIR") or ".cluster").resolve())
        else:
            with tempfile.TemporaryDirectory(prefix="rollback-demo-") as directory:
                play_and_end(screen, Path(directory))
    except (HarnessError, Untrue) as error:
        screen.failed(str(error))
        return 1
    except KeyboardInterrupt:
        screen.failed("Interrupted; everything that was started has ended.")
        return INTERRUPTED
    return 0


def play_and_end(screen: Screen, directory: Path) -> None:
    """Play on a cluster that ends with the play."""
    with cluster_in(directory, screen, detached=False) as cluster:
        stage = set_up(screen, cluster)
        try:
            play(stage)
        finally:
            clear_away(stage)


def play_and_keep(screen: Screen, directory: Path) -> None:
    """Play on a cluster that stays, with the operator, if the play succeeds."""
    if state.load(directory) is not None:
        message = f"A cluster is up in {directory}: end it with `make cluster-down` first."
        raise HarnessError(message)
    with cluster_in(directory, screen, detached=True) as cluster:
        stage = set_up(screen, cluster)
        try:
            play(stage)
            leave_running(cluster, stage.operator)
        except BaseException:
            clear_away(stage)
            raise
    screen.say(f"The cluster and the operator go on, which looks after namespace {NAMESPACE}:")
    screen.output(f"  export KUBECONFIG={cluster.kubeconfig}\n  export PATH={cluster.bin}:$PATH")
    screen.say("End both with `make cluster-down`.")


@contextmanager
def cluster_in(directory: Path, screen: Screen, *, detached: bool) -> Iterator[harness.Cluster]:
    """Start a cluster; end it, but leave a detached one after which nothing failed."""
    cluster = harness.start(directory, detached=detached, say=screen.say)
    try:
        screen.say(f"Kubernetes {cluster.version} is up.")
        yield cluster
    except BaseException:
        cluster.stop()
        raise
    if not detached:
        cluster.stop()


def play(stage: Stage) -> None:
    """Play all acts."""
    begun = time.monotonic()
    for number, act in enumerate(ACTS, start=1):
        stage.screen.title(f"{number}. {act.title}")
        act.play(stage)
    stage.screen.title("The end")
    stage.screen.shown(f"All that was claimed was checked, in {time.monotonic() - begun:.0f} s.")


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
