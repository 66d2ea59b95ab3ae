"""The operator as a process of its own, to be started, killed and started again."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from harness.diary import Diary

SECONDS_TO_STOP = 15


class OperatorProcess:
    """`rollback-operator` against a cluster. Settings are given as in the environment.

    `module` may name another entry point, such as one that kills itself at a chosen write.
    """

    def __init__(
        self,
        kubeconfig: Path,
        log: Path,
        settings: Mapping[str, str] | None = None,
        module: str = "rollback_operator",
    ) -> None:
        self.log = log
        self._command = [sys.executable, "-m", module]
        self._environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("ROLLBACK_")},
            "KUBECONFIG": str(kubeconfig),
            **(settings or {}),
        }
        self._process: subprocess.Popen[bytes] | None = None
        self._diary = Diary(log)

    def start(self, **settings: str) -> Self:
        """Start it; it ends with this process. More settings may be given for this run only."""
        with self.log.open("ab") as log:
            self._diary = Diary(self.log, log.tell())
            self._process = subprocess.Popen(
                self._command,
                env=self._environment | settings,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
            )
        return self

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
        return self._process is not None and self._process.poll() is None

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

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            message = "the operator was not started"
            raise RuntimeError(message)
        return self._process
