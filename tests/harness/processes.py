"""Starts processes that cannot outlive their owner, and ends exactly those that were started."""

import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from harness.errors import HarnessError, last_lines, with_log
from harness.waiting import wait_until

# What controlplane/internal/owner looks for.
OWNED = "CLUSTER_OWNED"
# A small control plane spends a tenth of its time on collecting garbage, and memory is there.
FEWER_COLLECTIONS = {"GOGC": "300"}
TOLERANCE = 2.0
IN_USE = "address already in use"


class PortTakenError(HarnessError):
    """Somebody else was faster at taking a port."""


@dataclass
class Component:
    """One process of a cluster: how to start it, and which one it is while it runs.

    It holds the reading end of a pipe as its standard input and ends when the writing end
    closes, which the kernel does however the owner ends. Time of birth goes with the pid,
    for the kernel gives the same pid to somebody else later.
    """

    name: str
    command: list[str]
    log: Path
    pid: int = 0
    created: float = 0.0
    _child: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        """Start it, bound to this process."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(
                self.command,
                cwd=self.log.parent,
                env=FEWER_COLLECTIONS | os.environ | {OWNED: "1"},
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the owner, who then ends it
            )
        self.pid = self._child.pid
        self.created = psutil.Process(self.pid).create_time()

    def release(self) -> None:
        """Let it live on when this process ends."""
        if self._child and self._child.stdin:
            self._child.stdin.write(b".")
            self._child.stdin.flush()

    def is_running(self) -> bool:
        """Tell whether this very process lives."""
        if self._child:
            return self._child.poll() is None
        return self._recorded_process() is not None

    def expect_running(self) -> None:
        """Fail with the end of its log if it has ended by itself."""
        if self.is_running():
            return
        if any(IN_USE in line for line in last_lines(self.log)):
            raise PortTakenError(self.name)
        message = f"{self.name} ended right after its start."
        raise with_log(message, self.log)

    def kill(self) -> None:
        """End it at once, as a crash would; nothing in it is worth a farewell."""
        kill_all([self])

    def send_kill(self) -> None:
        """Tell it to end, without waiting until it has."""
        if process := self._child or self._recorded_process():
            process.kill()

    def wait_until_gone(self) -> None:
        """Wait for its end; whose child it was and who buries it does not matter."""
        wait_until(lambda: not self.is_running(), f"{self.name} ({self.pid}) to end")
        if self._child:
            self._child.communicate()
            self._child = None

    def record(self) -> dict[str, Any]:
        """Return what another process needs to end or restart it."""
        recorded = {"name": self.name, "command": self.command, "log": str(self.log)}
        return recorded | {"pid": self.pid, "created": self.created}

    @classmethod
    def recorded(cls, record: dict[str, Any]) -> "Component":
        """Return the component that `record` described."""
        return cls(**(record | {"log": Path(record["log"])}))

    def _recorded_process(self) -> psutil.Process | None:
        """Return the process that another process started, if this pid is still that one."""
        if not self.pid:
            return None
        try:
            process = psutil.Process(self.pid)
            if process.status() == psutil.STATUS_ZOMBIE or not self._is(process):
                return None
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            return None
        return process

    def _is(self, process: psutil.Process) -> bool:
        """Tell whether it is ours; times of birth shift a little when the clock is set."""
        same_age = abs(process.create_time() - self.created) < TOLERANCE
        return same_age and process.cmdline()[:1] == self.command[:1]


def kill_all(components: list[Component]) -> None:
    """End all of them, the youngest first, so that none complains about another's absence."""
    for component in reversed(components):
        component.send_kill()
    for component in components:
        component.wait_until_gone()
