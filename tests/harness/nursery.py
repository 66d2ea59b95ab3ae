"""Starts operators off a process that has imported everything: that is most of what a start costs.

Run as a program it is that process. It reads a line of JSON for each operator to start, or to ask
after, and answers with a line. When there is nothing more to read, it ends what is left of them.
"""

import gc
import importlib
import json
import os
import runpy
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

from harness.errors import HarnessError
from harness.waiting import wait_until

MOST_OF_IT = "rollback_operator.__main__"


class Child:
    """An operator of a nursery: the part of `subprocess.Popen` that is needed of it."""

    def __init__(self, nursery: "Nursery", pid: int) -> None:
        self.pid = pid
        self._nursery = nursery
        self._code: int | None = None

    def poll(self) -> int | None:
        """Return the exit code once it has ended."""
        if self._code is None:
            self._code = self._nursery.ask({"after": self.pid})
        return self._code

    def wait(self, timeout: float = 60) -> int:
        """Wait until it has ended; return its exit code.

        Raises:
            subprocess.TimeoutExpired: it has not in that time.
        """
        try:
            wait_until(lambda: self.poll() is not None, "its end", seconds=timeout)
        except HarnessError as error:
            raise subprocess.TimeoutExpired(str(self.pid), timeout) from error
        assert self._code is not None
        return self._code

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it is there to take it."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """End it as the kubelet does."""
        self.send_signal(signal.SIGTERM)


class Nursery:
    """The process that operators are forked from."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "harness.nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C is for the owner, whose end it sees
        )

    def start(self, module: str, environment: Mapping[str, str], log: Path) -> Child:
        """Start a module as a program, with its output in a log."""
        request = {"module": module, "environment": dict(environment), "log": str(log)}
        return Child(self, self.ask(request))

    def ask(self, request: Mapping[str, Any]) -> Any:
        """Send a request; return the answer."""
        assert self._process.stdin
        assert self._process.stdout
        with self._lock:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        """End it, and what is left of its operators."""
        self._process.communicate()


@contextmanager
def open_nursery() -> Iterator[Nursery]:
    """Keep a nursery for a while."""
    nursery = Nursery()
    try:
        yield nursery
    finally:
        nursery.close()


def main() -> None:
    """Serve; in a child, go on as the operator."""
    importlib.import_module(MOST_OF_IT)
    del sys.modules[MOST_OF_IT]  # what is run must not look as if it had been
    gc.collect()
    gc.freeze()
    if operator := _serve():
        _become(**operator)


def _serve() -> dict[str, Any] | None:
    """Answer until there are no more requests; in a child, return the one to be carried out."""
    codes: dict[int, int | None] = {}
    for line in sys.stdin:
        request = json.loads(line)
        if "after" in request:
            answer = _look_after(request["after"], codes)
        elif pid := os.fork():
            codes[pid], answer = None, pid
        else:
            return dict(request)
        print(json.dumps(answer), flush=True)
    for pid in codes:
        if _look_after(pid, codes) is None:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
    return None


def _look_after(pid: int, codes: dict[int, int | None]) -> int | None:
    """Return the exit code of a child, negative for a signal; None while it runs."""
    if codes[pid] is None:
        ended, status = os.waitpid(pid, os.WNOHANG)
        codes[pid] = os.waitstatus_to_exitcode(status) if ended else None
    return codes[pid]


def _become(module: str, environment: Mapping[str, str], log: str) -> None:
    """Run as a process of its own would."""
    os.environ.clear()
    os.environ.update(environment)
    output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    for number, stream in ((0, os.open(os.devnull, os.O_RDONLY)), (1, output), (2, output)):
        os.dup2(stream, number)
    sys.argv = [module]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
