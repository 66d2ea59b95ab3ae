"""The operator as a process of its own, to be started, killed and started again."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Self

import psutil

from harness.diary import Diary
from harness.nursery import Child, Nursery

SECONDS_TO_STOP = 15


class OperatorProcess:
    """`rollback-operator` against a cluster. Settings are given as in the environment.

    `module` may name another entry point, such as one that kills itself at a chosen write. A
    `nursery` starts it for less, where how it starts is not what is looked at.
    """

    def __init__(
        self,
        kubeconfig: Path,
        log: Path,
        settings: Mapping[str, str] | None = None,
        module: str = "rollback_operator",
        nursery: Nursery | None = None,
    ) -> None:
        self.log = log
        self._module = module
        self._nursery = nursery
        self._environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("ROLLBACK_")},
            "KUBECONFIG": str(kubeconfig),
            **(settings or {}),
        }
        self._process: subprocess.Popen[bytes] | Child | psutil.Process | None = None
        self._diary = Diary(log)

    def start(self, **settings: str) -> Self:
        """Start it; it ends with this process. More settings may be given for this run only."""
        self.log.touch()
        self._diary = Diary(self.log, self.log.stat().st_size)
        self._process = self._started(self._environment | settings)
        return self

    def _started(self, environment: Mapping[str, str]) -> subprocess.Popen[bytes] | Child:
        if self._nursery:
            return self._nursery.start(self._module, environment, self.log)
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", self._module],
                env=environment,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
            )

    @classmethod
    def started_elsewhere(cls, kubeconfig: Path, log: Path, pid: int) -> Self:
        """Return the operator that another test process has started, and will end."""
        found = cls(kubeconfig, log)
        found._process = psutil.Process(pid)
        return found

    @property
    def diary(self) -> Diary:
        """What it has told of itself since it was started."""
        self._diary.read_on()
        return self._diary

    @property
    def pid(self) -> int:
        """The process id."""
        return self._running().pid

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        match self._process:
            case None:
                return False
            case psutil.Process() as other:
                return other.is_running() and other.status() != psutil.STATUS_ZOMBIE
            case ours:
                return ours.poll() is None

    def kill(self) -> None:
        """End it as `kill -9` does, and wait until it is gone."""
        self._running().send_signal(signal.SIGKILL)
        self._running().wait()

    def stop(self) -> None:
        """End it as the kubelet does, and wait until it is gone."""
        if self.is_running:
            self._running().terminate()
            try:
                self._running().wait(SECONDS_TO_STOP)
            except subprocess.TimeoutExpired:
                self.kill()

    def wait(self, seconds: float) -> int:
        """Wait until it ends by itself; return its exit code."""
        return self._running().wait(seconds)

    def _running(self) -> subprocess.Popen[bytes] | Child:
        match self._process:
            case None | psutil.Process():
                message = "the operator was not started here"
                raise RuntimeError(message)
            case ours:
                return ours
