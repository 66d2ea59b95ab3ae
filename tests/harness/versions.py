"""Which Kubernetes minor a cluster is to be."""

import os

from harness.build import module
from harness.errors import HarnessError

# How far back the components can pretend to be older than they are.
OLDER_MINORS = 3


def supported() -> list[str]:
    """Return the minors that one set of binaries can be, the oldest first."""
    major, newest = module().minor.split(".")
    return [f"{major}.{int(newest) - back}" for back in range(OLDER_MINORS, -1, -1)]


def wanted() -> str:
    """Return the minor that KUBERNETES asks for; by default the newest."""
    minor = os.environ.get("KUBERNETES") or supported()[-1]
    if minor not in supported():
        message = f"KUBERNETES={minor} is none of {', '.join(supported())}: set it to one of them."
        raise HarnessError(message)
    return minor


def emulated() -> str | None:
    """Return the minor to emulate, or None for what the binaries are themselves."""
    minor = wanted()
    return None if minor == supported()[-1] else minor
