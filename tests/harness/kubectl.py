"""Runs kubectl against one cluster and turns its failures into ours."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import HarnessError


@dataclass(frozen=True)
class Kubectl:
    """A kubectl binary and the kubeconfig that it is used with."""

    binary: Path
    kubeconfig: Path | None
    """None: the environment's."""

    def __call__(self, *arguments: str, stdin: str | None = None) -> str:
        """Return what kubectl printed, or fail with what it complained about."""
        done = self._run(arguments, stdin)
        if done.returncode:
            complaint = done.stderr.strip() or done.stdout.strip()
            message = f"kubectl {' '.join(arguments)} failed: {complaint}"
            raise HarnessError(message)
        return done.stdout

    def succeeds(self, *arguments: str) -> bool:
        """Tell whether kubectl returns success."""
        return self._run(arguments, None).returncode == 0

    def json(self, *arguments: str) -> dict[str, Any]:
        """Return the object that kubectl printed as JSON."""
        printed: dict[str, Any] = json.loads(self(*arguments, "--output", "json"))
        return printed

    def _run(
        self,
        arguments: tuple[str, ...],
        stdin: str | None,
    ) -> subprocess.CompletedProcess[str]:
        which = [f"--kubeconfig={self.kubeconfig}"] if self.kubeconfig else []
        return subprocess.run(
            [self.binary, *which, *arguments],
            check=False,
            capture_output=True,
            text=True,
            input=stdin,
        )
