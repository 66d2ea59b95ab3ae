"""What all tests share: a real control plane, the operator on it, and a namespace to work in."""

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

import harness
from harness.helm import Installation
from harness.install import install
from harness.operator_process import OperatorProcess
from harness.shop import Shop

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[harness.Cluster]:
    """A real control plane with the custom resource installed, without the operator."""
    running = harness.start(tmp_path_factory.mktemp("cluster"))
    install(running)
    yield running
    running.stop()


@pytest.fixture(scope="session")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A signing key."""
    path = tmp_path_factory.mktemp("key") / "key"
    path.write_text(secrets.token_hex(32))
    return path


@pytest.fixture(scope="session")
def shared_operator(
    cluster: harness.Cluster, key_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OperatorProcess]:
    """The operator for all namespaces but those that have an operator of their own."""
    settings = {
        "ROLLBACK_KEY_FILES": str(key_file),
        "ROLLBACK_EXCLUDED_NAMESPACES": "kube-*,solo-*,installed-*",
        "ROLLBACK_LOG_LEVEL": "DEBUG",
    }
    log = tmp_path_factory.mktemp("operator") / "log"
    operator = OperatorProcess(cluster.kubeconfig, log, settings).start()
    until_watching(cluster, operator)
    yield operator
    operator.stop()


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """The chart, installed by helm on a control plane of its own: its policies bind everybody."""
    running = harness.start(tmp_path_factory.mktemp("chart"))
    # Whatever another operator of these tests looks after, where there is only one cluster to use.
    others = "--set=settings.excludedNamespaces={kube-*,shop-*,solo-*,sentinel-*}"
    installed = Installation(running, flags=("--take-ownership", others))
    installed.install()
    yield installed
    installed.uninstall()
    running.stop()


@pytest.fixture(scope="session")
def installed_operator(
    installation: Installation, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OperatorProcess]:
    """The operator as the chart runs it: its settings, its keys, its ServiceAccount's token."""
    log = tmp_path_factory.mktemp("installed") / "log"
    operator = OperatorProcess(installation.kubeconfig(), log, installation.settings())
    operator.start(ROLLBACK_LOG_LEVEL="DEBUG")
    until_watching(installation.cluster, operator, prefix="installed-sentinel")
    yield operator
    operator.stop()


@pytest.fixture
def installed_shop(
    installation: Installation, installed_operator: OperatorProcess
) -> Iterator[Shop]:
    """A namespace that the operator of the chart looks after."""
    assert installed_operator.is_running, installed_operator.log.read_text()[-4000:]
    place = Shop(installation.cluster, installed_operator, prefix="installed")
    yield place
    place.close()


@pytest.fixture
def shop(cluster: harness.Cluster, shared_operator: OperatorProcess) -> Iterator[Shop]:
    """A namespace that the shared operator looks after."""
    assert shared_operator.is_running, shared_operator.log.read_text()[-4000:]
    place = Shop(cluster, shared_operator)
    yield place
    place.close()


@pytest.fixture
def empty_shop(cluster: harness.Cluster) -> Iterator[Shop]:
    """A namespace that no operator looks after, until the test starts one for it."""
    place = Shop(cluster, prefix="solo")
    yield place
    place.close()


class StartsOperators(Protocol):
    """Starts an operator of one's own for a namespace, not waiting until it watches."""

    def __call__(
        self, shop: Shop, module: str = "rollback_operator", **settings: str
    ) -> OperatorProcess:
        """Start it."""


@pytest.fixture
def start_operator(
    cluster: harness.Cluster, key_file: Path, tmp_path: Path
) -> Iterator[StartsOperators]:
    """Start operators that look after one namespace only, and end them after the test."""
    started: list[OperatorProcess] = []

    def start(shop: Shop, module: str = "rollback_operator", **settings: str) -> OperatorProcess:
        own = {
            "ROLLBACK_KEY_FILES": str(key_file),
            "ROLLBACK_NAMESPACES": shop.namespace,
            "ROLLBACK_LOG_LEVEL": "DEBUG",
        }
        log = tmp_path / f"operator-{len(started)}.log"
        process = OperatorProcess(cluster.kubeconfig, log, own | settings, module).start()
        started.append(process)
        shop.operators.append(process)
        return process

    yield start
    for process in started:
        process.stop()


def until_watching(
    cluster: harness.Cluster, operator: OperatorProcess, prefix: str = "sentinel"
) -> None:
    """Wait until the operator has listed the Deployments: what comes later, it sees happen."""
    place = Shop(cluster, operator, prefix=prefix)
    place.until_seen()
    place.close()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a cluster, so that `-m 'not cluster'` runs in a second."""
    for item in items:
        if {"cluster", "installation", "bare"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("cluster")
