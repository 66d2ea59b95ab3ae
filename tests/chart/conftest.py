"""The chart as helm sees it, and as the API server does."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import harness
from harness.helm import CHART, DEFINITION, SIGNING_KEY, Helm, Installation
from harness.shop import Shop


@pytest.fixture(scope="session")
def helm(installation: Installation) -> Helm:
    """The helm of the cluster on which the chart is installed."""
    return installation.helm


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[harness.Cluster]:
    """A control plane on which nothing is installed but by the test that is running."""
    running = harness.start(tmp_path_factory.mktemp("bare"))
    yield running
    running.stop()


@pytest.fixture
def release(bare: harness.Cluster) -> Iterator[Installation]:
    """The chart, installed for the test, and nothing left of it afterwards."""
    installed = Installation(bare)
    installed.install()
    yield installed
    if installed.is_installed():
        installed.uninstall()
    installed.kubectl("delete", *SIGNING_KEY)
    installed.kubectl("delete", *DEFINITION)


@pytest.fixture
def shop(bare: harness.Cluster) -> Iterator[Shop]:
    """A namespace of that cluster, for the operator of the release."""
    place = Shop(bare, prefix="installed")
    yield place
    place.close()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Take a test that wants a `combination` through all that the README lists."""
    if "combination" in metafunc.fixturenames:
        files = sorted((CHART / "ci").glob("*.yaml"))
        metafunc.parametrize("combination", files, ids=_name)


def _name(file: Path) -> str:
    return file.name.removesuffix("-values.yaml")
