"""The one place that waits: on a condition, with a deadline, saying what was waited for."""

import time
from collections.abc import Callable
from typing import TypeVar

from harness.errors import HarnessError

T = TypeVar("T")
INTERVAL = 0.03


def wait_until(
    condition: Callable[[], T | None],
    what: str,
    *,
    seconds: float = 60.0,
    interval: float = INTERVAL,
) -> T:
    """Return the condition's first truthy value, or fail with what never came true."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() >= deadline:
            message = f"Waited {seconds:.0f} s in vain: {what}."
            raise HarnessError(message)
        time.sleep(interval)
    return value
