"""Reads in an operator's log, at level DEBUG, what it is done with: for tests to wait for."""

import re
import threading
from collections import Counter
from pathlib import Path

LOOKED_AFTER = re.compile(r"deployment (\S+) is looked after as of resourceVersion (\d+)")
TURN = re.compile(r"request (\S+) is (taken up|put down)")


class Diary:
    """The log of one run of an operator, read as it grows, from where the run began."""

    def __init__(self, log: Path, begin: int = 0) -> None:
        self._log = log
        self._place = begin
        self._versions: dict[str, int] = {}
        self._open: Counter[str] = Counter()
        self._reading = threading.Lock()

    def read_on(self) -> None:
        """Read what was written since the last time; a line that is not whole is left for later.

        One at a time: of two readers the one would skip what the other has read.
        """
        with self._reading, self._log.open("rb") as log:
            log.seek(self._place)
            for line in log:
                if not line.endswith(b"\n"):
                    return
                self._place += len(line)
                self._note(line.decode())

    def has_looked_after(self, deployment: str, version: int) -> bool:
        """Whether it did all that this version of a Deployment, or a later one, called for."""
        return self._versions.get(deployment, 0) >= version

    def is_at_work_on(self, request: str) -> bool:
        """Whether it has taken the request up and not put it down, Events included."""
        return self._open[request] > 0

    def _note(self, line: str) -> None:
        if found := LOOKED_AFTER.search(line):
            deployment, version = found.groups()
            self._versions[deployment] = max(int(version), self._versions.get(deployment, 0))
        elif found := TURN.search(line):
            request, turn = found.groups()
            self._open[request] += 1 if turn == "taken up" else -1
