"""The operator, killed as by `kill -9` before it sends, or after the reply to, one of its writes.

`CRASH_AT` counts its writes from 1, `CRASH_MOMENT` is `before` or `after`; without them it only
writes down, in the file `CRASH_JOURNAL`, what it writes.
"""

import os
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rollback_operator.__main__ import main
from rollback_operator.kube.api import Api

READS = frozenset({"GET"})
QUESTIONS = "/apis/authorization.k8s.io/"
"""What is posted there asks for a right, and stores nothing."""

_call_once = Api._call_once  # noqa: SLF001 - the one place where every call passes


class Crash:
    """Counts writes, and ends the process at the chosen one."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._at = int(environment.get("CRASH_AT", "0"))
        self._moment = environment.get("CRASH_MOMENT", "")
        self._journal = Path(environment["CRASH_JOURNAL"])
        self._count = 0

    def begin(self, verb: str, path: str) -> int:
        """Count a write, and write it down; return its number."""
        self._count += 1
        with self._journal.open("a") as journal:
            journal.write(f"{verb} {path}\n")
        self._end_at("before", self._count)
        return self._count

    def end(self, number: int) -> None:
        """The API server has replied to that write."""
        self._end_at("after", number)

    def _end_at(self, moment: str, number: int) -> None:
        if (number, moment) == (self._at, self._moment):
            os.kill(os.getpid(), signal.SIGKILL)


crash = Crash(os.environ)


async def _counted(self: Api, verb: str, path: str, *rest: Any, **options: Any) -> Any:
    if verb in READS or path.startswith(QUESTIONS):
        return await _call_once(self, verb, path, *rest, **options)
    number = crash.begin(verb, path)
    answer = await _call_once(self, verb, path, *rest, **options)
    crash.end(number)
    return answer


if __name__ == "__main__":
    Api._call_once = _counted  # type: ignore[method-assign]  # noqa: SLF001 - see above
    main()
