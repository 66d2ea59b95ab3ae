"""The chart as helm sees it, and as the API server does."""

from pathlib import Path

import pytest

from harness.helm import CHART, Helm, Installation


@pytest.fixture(scope="session")
def helm(installation: Installation) -> Helm:
    """The helm of the cluster on which the chart is installed."""
    return installation.helm


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Take a test that wants a `combination` through all that the README lists."""
    if "combination" in metafunc.fixturenames:
        files = sorted((CHART / "ci").glob("*.yaml"))
        metafunc.parametrize("combination", files, ids=_name)


def _name(file: Path) -> str:
    return file.name.removesuffix("-values.yaml")
