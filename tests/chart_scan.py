"""Has checkov look at what the chart renders to: `python -m chart_scan PATH_TO_CHECKOV`.

`.checkov.yaml` names the checks that are passed over, and says why.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from harness import build
from harness.helm import CHART, Helm

ROOT = CHART.parents[1]
WHERE = "--namespace=rollback-system"


def main() -> int:
    """Scan every combination; return the exit code of checkov."""
    checkov = Path(sys.argv[1])
    with tempfile.TemporaryDirectory(prefix="chart-") as directory:
        rendered = Path(directory, "rendered")
        rendered.mkdir()
        helm = Helm(build.obtain(build.TOOLS, print) / "helm", Path(os.devnull), Path(directory))
        for values in sorted((CHART / "ci").glob("*.yaml")):
            printed = helm("template", "rollback-operator", str(CHART), WHERE, f"--values={values}")
            (rendered / values.name).write_text(printed, encoding="utf-8")
        found = subprocess.run(
            [checkov, "--config-file", ROOT / ".checkov.yaml", "--directory", rendered],
            check=False,
        )
    return found.returncode


if __name__ == "__main__":
    sys.exit(main())
