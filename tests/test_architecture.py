"""Who may import whom, and what would break the interpreter."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_the_source_folder_is_no_package() -> None:
    """A package called `operator` would shadow the standard library's."""
    assert not (ROOT / "operator" / "__init__.py").exists()


def test_the_import_contracts_hold() -> None:
    lint_imports = Path(sys.executable).parent / "lint-imports"

    done = subprocess.run(
        [lint_imports, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout


def test_modules_are_named_for_what_they_do() -> None:
    """No module is named for being of use to others."""
    source = ROOT / "operator" / "rollback_operator"
    vague = {"utils", "util", "helpers", "helper", "common", "misc", "manager"}

    assert not {path.stem for path in source.rglob("*.py")} & vague
