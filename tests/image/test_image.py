"""What goes into the image is whole: the wheel runs with what is locked for it and nothing else."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from packaging.utils import canonicalize_name

import rollback_operator

ROOT = Path(__file__).parents[2]

IMPORT_ALL = """
import importlib, pkgutil, rollback_operator as package
for module in pkgutil.walk_packages(package.__path__, "rollback_operator."):
    is_plugin = module.name.startswith("rollback_operator.cli.")
    if not (module.name.endswith("__main__") or is_plugin):
        importlib.import_module(module.name)
print(package.__file__)
"""


@pytest.fixture(scope="session")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `make image` makes where no Docker daemon answers."""
    directory = tmp_path_factory.mktemp("dist")
    command = ["make", "image", f"DIST={directory}", "DOCKER=false"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No Docker daemon answers" in done.stdout
    return directory


@pytest.fixture(scope="session")
def bill(dist: Path) -> dict[str, Any]:
    """The list of what is in it (CycloneDX)."""
    return dict(json.loads((dist / "sbom.cdx.json").read_text()))


def python(dist: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the Python of the environment that the image would have, and nothing of this one."""
    command = [str(dist / "runtime" / "bin" / "python"), "-P", "-s", *arguments]
    return subprocess.run(command, cwd=dist, capture_output=True, text=True, check=False)


def locked() -> dict[str, str]:
    """Return the versions in `requirements.lock`."""
    found = re.findall(r"(?m)^([\w.-]+)==([^\s;]+)", (ROOT / "requirements.lock").read_text())
    return dict(found)


def test_every_module_finds_what_it_imports(dist: Path) -> None:
    done = python(dist, "-c", IMPORT_ALL)

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() != rollback_operator.__file__
    assert str(dist) in done.stdout


def test_the_plugin_says_what_it_lacks_there(dist: Path) -> None:
    """Its libraries are an extra, which the image does not carry."""
    done = python(dist, "-c", "from rollback_operator.cli.entry import main; main()")

    assert done.returncode == 1
    assert "pip install '.[plugin]'" in done.stderr


def test_the_operator_tells_its_version(dist: Path, bill: dict[str, Any]) -> None:
    done = python(dist, "-m", "rollback_operator", "--version")

    assert done.stdout.strip() == bill["metadata"]["component"]["version"]


def test_it_says_what_it_lacks_where_there_is_no_cluster(dist: Path) -> None:
    environment = {"KUBECONFIG": "/nowhere", "PATH": ""}
    command = [str(dist / "runtime" / "bin" / "rollback-operator")]
    done = subprocess.run(
        command, cwd=dist, env=environment, capture_output=True, text=True, check=False
    )

    assert done.returncode != 0
    assert "rollback-operator cannot start" in done.stderr


def test_nothing_can_be_installed_into_it(dist: Path) -> None:
    assert "No module named pip" in python(dist, "-m", "pip", "--version").stderr


def test_the_list_names_just_what_is_locked(bill: dict[str, Any]) -> None:
    listed = {canonicalize_name(c["name"]): c["version"] for c in bill["components"]}

    assert listed == locked()


def test_the_list_is_about_the_operator_and_of_what_it_hangs_together(bill: dict[str, Any]) -> None:
    root = bill["metadata"]["component"]
    needs = {each["ref"]: each.get("dependsOn", []) for each in bill["dependencies"]}

    assert (bill["bomFormat"], root["name"]) == ("CycloneDX", "rollback-operator")
    assert any(name.startswith("kopf==") for name in needs[root["bom-ref"]])
