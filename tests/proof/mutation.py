"""The mutation campaign: whatever small thing is changed in the domain, one of its tests fails.

mutmut makes the changes, one at a time, in a copy. It leaves functions with decorators alone, so
properties and class methods are not among them. What was tried is tried again only if the code
has changed.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from proof.ledger import PLACE, Entry

ROOT = Path(__file__).parent.parent.parent
WORKSHOP = PLACE / "mutation"
PACKAGE = "domain"
GOAL = 0.85
SETTINGS = f"""\
[mutmut]
source_paths =
    src/rollback_operator/{PACKAGE}
pytest_add_cli_args_test_selection =
    tests/{PACKAGE}
also_copy =
    src/rollback_operator
    tests
    pyproject.toml
"""
PLUGINS_OFF = ("randomly", "xdist", "cacheprovider")
"""One process plays thousands of times the few tests that reach what was changed."""


def prove(piece: str) -> Entry:
    """Try every change of the package."""
    begun = time.monotonic()
    _lay_out(WORKSHOP)
    options = " ".join(f"-p no:{plugin}" for plugin in PLUGINS_OFF)
    for command in (["run", "--max-children", str(os.cpu_count())], ["export-cicd-stats"]):
        subprocess.run(
            [sys.executable, "-m", "mutmut", *command],
            cwd=WORKSHOP,
            env={**os.environ, "PYTEST_ADDOPTS": options},
            stdout=subprocess.DEVNULL,
            check=True,
        )
    figures = json.loads((WORKSHOP / "mutants" / "mutmut-cicd-stats.json").read_text())
    killed, tried = figures["killed"] + figures["timeout"], figures["total"] - figures["skipped"]
    is_enough = killed >= GOAL * tried
    problem = "" if is_enough else f"{killed} of {tried} noticed: see `mutmut browse` in {WORKSHOP}"
    seconds = time.monotonic() - begun
    return Entry(piece, is_enough, seconds, problem, {"killed": killed, "tried": tried})


def _lay_out(workshop: Path) -> None:
    """Copy package and tests to where mutmut looks for them; what has not changed stays."""
    for source, target in (("operator/rollback_operator", "src/rollback_operator"), ("tests",) * 2):
        shutil.rmtree(workshop / target, ignore_errors=True)
        unwanted = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / source, workshop / target, ignore=unwanted)
    shutil.copy2(ROOT / "pyproject.toml", workshop)
    (workshop / "setup.cfg").write_text(SETTINGS)
