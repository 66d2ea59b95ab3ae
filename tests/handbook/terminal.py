"""A terminal for one document: a namespace of its own, and the tools that its commands name."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from handbook.pages import ROOT
from harness.cluster import Cluster

CALLED = "shop"
"""What the documents call the namespace."""
STAMPS_FROM = 36
"""The first minor of Kubernetes whose admission policies can write down who asked."""
PATIENCE = 120
"""Seconds for a command: a bound for what hangs."""


class Terminal:
    """Runs commands one after another, in what looks like a checkout of this repository."""

    def __init__(self, cluster: Cluster, directory: Path, namespace: str = "default") -> None:
        self._namespace = namespace
        self._checkout = directory / "checkout"
        self._checkout.mkdir()
        for name in ("charts", "crds", "examples"):
            (self._checkout / name).symlink_to(ROOT / name)
        kubeconfig = directory / "kubeconfig"
        shutil.copy(cluster.kubeconfig, kubeconfig)
        self._environment = {
            **self._kept(os.environ),
            "HOME": str(directory),
            "KUBECONFIG": str(kubeconfig),
            "PATH": f"{cluster.bin}:{Path(sys.executable).parent}:{os.environ['PATH']}",
            "TERM": "dumb",
        }
        self.requester = self._requester(cluster.version)
        self.run(f"kubectl config set-context --current --namespace={namespace}")

    def run(self, command: str) -> str:
        """Run a command or a script; return what it shows, or fail with that."""
        done = subprocess.run(
            ["bash", "-eu", "-o", "pipefail", "-c", command],
            cwd=self._checkout,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}"
        return self._as_documented(done.stdout)

    def _as_documented(self, shown: str) -> str:
        return shown if self._namespace == "default" else shown.replace(self._namespace, CALLED)

    def _requester(self, minor: str) -> str:
        """Return who requests are from, as far as a cluster of that minor can know."""
        if int(minor.partition(".")[2]) < STAMPS_FROM:
            return "unknown"
        return self.run("kubectl auth whoami -o jsonpath={.status.userInfo.username}")

    def _kept(self, environment: Mapping[str, str]) -> dict[str, str]:
        return {k: v for k, v in environment.items() if not k.startswith(("HELM_", "ROLLBACK_"))}
