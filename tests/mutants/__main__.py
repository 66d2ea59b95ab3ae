"""`python -m mutants [trap …]`: apply each seeded bug to a copy, and see that its tests fail."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from mutants.traps import MUTANTS, Mutant
from proof.ledger import Entry, Ledger

ROOT = Path(__file__).parent.parent.parent
TESTS_FAILED = 1
SECONDS = 900


def main() -> int:
    """Try the mutants that were asked for, or all; 1 if one lives."""
    wanted = {int(text) for text in sys.argv[1:]} or {mutant.trap for mutant in MUTANTS}
    ledger, alive = Ledger("mutants"), []
    for mutant in MUTANTS:
        if mutant.trap in wanted:
            begun = time.monotonic()
            killed = is_killed(mutant)
            print(f"{mutant.trap:2} {'killed' if killed else 'LIVES '} {mutant.naive}", flush=True)
            spent = time.monotonic() - begun
            problem = "" if killed else f"no test of {mutant.tests} fails"
            ledger.add(Entry(str(mutant.trap), killed, spent, problem, {"killed": int(killed)}))
            alive += [] if killed else [mutant.trap]
    return 1 if alive else 0


def is_killed(mutant: Mutant) -> bool:
    """Whether the tests fail where the mutant is in place."""
    with tempfile.TemporaryDirectory(prefix="mutant-") as place:
        package = Path(place) / "rollback_operator"
        shutil.copytree(ROOT / "operator" / "rollback_operator", package)
        apply(mutant, package)
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-m", _MARKS]
            + [str(ROOT / "tests" / test) for test in mutant.tests.split()],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": place},
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )
    if done.returncode not in {0, TESTS_FAILED}:
        message = f"trap {mutant.trap}: the tests could not be run: {done.stdout[-2000:]}"
        raise RuntimeError(message)
    return done.returncode == TESTS_FAILED


def apply(mutant: Mutant, package: Path) -> None:
    """Change the copy.

    Raises:
        ValueError: the code has changed: the mutant has to be written anew.
    """
    file = package / mutant.file
    text = file.read_text()
    if text.count(mutant.old) != 1:
        message = f"trap {mutant.trap}: {mutant.file} has its text {text.count(mutant.old)} times"
        raise ValueError(message)
    file.write_text(text.replace(mutant.old, mutant.new))


_MARKS = "not cluster and not slow"

if __name__ == "__main__":
    sys.exit(main())
