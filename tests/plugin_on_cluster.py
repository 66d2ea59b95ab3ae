"""The plugin as people run it: `kubectl rollback …`, which finds it on the PATH."""

import os
import subprocess
import sys
from pathlib import Path

from harness.shop import Shop

SCRIPTS = Path(sys.executable).parent
"""Where the installed package has put `kubectl-rollback`."""


def rollback(
    shop: Shop, *words: str, stdin: str = "", kubeconfig: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `kubectl rollback` in the namespace of a shop."""
    return kubectl(
        shop, "rollback", "-n", shop.namespace, *words, stdin=stdin, kubeconfig=kubeconfig
    )


def kubectl(
    shop: Shop, *words: str, stdin: str = "", kubeconfig: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run kubectl with the plugin on its PATH."""
    found = {
        "PATH": os.pathsep.join(map(str, (shop.cluster.bin, SCRIPTS, os.environ["PATH"]))),
        "KUBECONFIG": str(kubeconfig or shop.cluster.kubeconfig),
    }
    return subprocess.run(
        ["kubectl", *words],
        env=os.environ | found,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )
