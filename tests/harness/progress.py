"""Shows that a long build is alive: what it is at, how far it is, and for how long."""

import sys
import time
from collections.abc import Callable

ON_A_TERMINAL = 1.0
IN_A_LOG = 15.0


class Progress:
    """Counts the packages that the compiler names; rewrites one line on a terminal."""

    def __init__(self, part: str, total: int, say: Callable[[str], None]) -> None:
        self._part, self._total, self._say = part, total, say
        self._rewrites = sys.stderr.isatty()
        self._started = self._shown = time.monotonic()
        self._packages = 0

    def package(self) -> None:
        """Count one compiled package."""
        self._packages += 1

    def tick(self) -> None:
        """Show how things stand, if the last time was long enough ago."""
        now = time.monotonic()
        if now - self._shown >= (ON_A_TERMINAL if self._rewrites else IN_A_LOG):
            self._shown = now
            self._show()

    def done(self) -> None:
        """End the line that was being rewritten and say how long it took."""
        if self._rewrites:
            sys.stderr.write("\r\033[K")
        self._say(f"Built {self._part} in {elapsed(time.monotonic() - self._started)}.")

    def _show(self) -> None:
        text = (
            f"Building {self._part}: {self._packages} packages of at most {self._total} compiled, "
            f"{elapsed(time.monotonic() - self._started)} …"
        )
        if self._rewrites:
            sys.stderr.write(f"\r\033[K{text}")
            sys.stderr.flush()
        else:
            self._say(text)


def elapsed(seconds: float) -> str:
    """Return `75.2` as `1 min 15 s`."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
