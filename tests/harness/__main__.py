"""The command line behind `make cluster-up` and `make cluster-down`."""

import argparse
import os
import signal
import sys
from pathlib import Path

from harness import build, cluster, state, versions
from harness.errors import HarnessError

COMMANDS = ("up", "down", "build", "status")
INTERRUPTED = 130


def main() -> int:
    """Run one command; errors are for people, not stack traces."""
    # A shell has its background jobs ignore Ctrl-C, and would have a script's cluster outlive it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    options = _options()
    commands = {"up": _up, "down": _down, "build": _build, "status": _status}
    try:
        return commands[options.command](options.directory.resolve())
    except HarnessError as error:
        _say(f"Error: {error}")
        return 1
    except KeyboardInterrupt:
        _say("Interrupted; everything that was started has ended.")
        return INTERRUPTED


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m harness", description=__doc__)
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument(
        "--directory",
        type=Path,
        default=Path(os.environ.get("CLUSTER_DIR") or ".cluster"),
        help="where the cluster lives (CLUSTER_DIR; default: .cluster)",
    )
    return parser.parse_args()


def _up(directory: Path) -> int:
    running = _running(directory)
    if running is None:
        running = cluster.start(directory, detached=True, say=_say)
        print(f"Kubernetes {running.version} is up.")
    elif "KUBERNETES" in os.environ and versions.wanted() != running.version:
        message = (
            f"Kubernetes {running.version} is running in {directory}, not {versions.wanted()}: "
            "end it with `make cluster-down` first."
        )
        raise HarnessError(message)
    else:
        print(f"Kubernetes {running.version} is up already; it stays as it is.")
    print("Talk to it like this:")
    print(f"  export KUBECONFIG={running.kubeconfig}")
    print(f"  export PATH={running.bin}:$PATH")
    return 0


def _down(directory: Path) -> int:
    if state.load(directory) is None:
        print(f"No cluster is up in {directory}.")
        return 0
    with state.exclusive(directory):
        cluster.attach(directory).stop()
    print(f"The cluster is down; its logs are in {directory / 'logs'}.")
    return 0


def _build(_: Path) -> int:
    for directory in build.cluster_binaries(_say):
        print(f"The binaries are in {directory}.")
    return 0


def _status(directory: Path) -> int:
    running = _running(directory)
    if running is None:
        print(f"No cluster is up in {directory}.")
        return 1
    print(f"Kubernetes {running.version} is up.")
    return 0


def _running(directory: Path) -> cluster.Cluster | None:
    if state.load(directory) is None:
        return None
    found = cluster.attach(directory)
    return found if found.is_healthy() else None


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
