"""What all tests share: a real control plane, the operator on it, and a namespace to work in."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Protocol

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

import harness
from harness import embedded
from harness.embedded import EmbeddedCluster
from harness.helm import Installation
from harness.install import install
from harness.nursery import Nursery, open_nursery
from harness.operator_process import OperatorProcess
from harness.sharing import Facts, locked, one_for_all
from harness.shop import Shop

ROOT = Path(__file__).parent.parent

ROWS = {
    "tests/acceptance/": "the chart",
    "tests/chart/": "the chart",
    "tests/docs/test_documents.py": "the chart",
    "tests/docs/test_rights.py": "the chart",
    "tests/security/": "the chart",
    "tests/harness_tests/": "the harness",
}
"""Whose tests share a control plane that is not everybody's; the longest row is first."""


class InRows(LoadFileScheduling):
    """Lets one process run what is in one file, or in one row."""

    def _split_scope(self, nodeid: str) -> str:
        return row(nodeid) or super()._split_scope(nodeid)


def row(nodeid: str) -> str | None:
    """Return the row of a test, if it is in one."""
    return next((row for place, row in ROWS.items() if nodeid.startswith(place)), None)


@pytest.fixture(scope="session")
def commons(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory that all test processes of this run share."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def cluster(commons: Path) -> Iterator[harness.Cluster]:
    """A real control plane with the custom resource installed, without the operator."""
    directory = commons / "cluster"
    with one_for_all(commons / "users-of-cluster", partial(a_cluster, directory)):
        yield harness.attach(directory)


@contextmanager
def a_cluster(directory: Path) -> Iterator[Facts]:
    """Start a control plane, and install the custom resource."""
    running = harness.start(directory)
    install(running)
    yield {}
    running.stop()


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[EmbeddedCluster]:
    """A control plane that nobody else uses: only an embedded one can be restarted in part."""
    running = embedded.start(tmp_path / "cluster", detached=False, say=print)
    install(running)
    yield running
    running.stop()


@pytest.fixture(scope="session")
def key_file(commons: Path) -> Path:
    """A signing key."""
    path = commons / "key"
    with locked(commons):
        if not path.exists():
            path.write_text(secrets.token_hex(32))
    return path


@pytest.fixture(scope="session")
def shared_operator(
    cluster: harness.Cluster, key_file: Path, commons: Path
) -> Iterator[OperatorProcess]:
    """The operator for all namespaces but those that have an operator of their own."""
    log = commons / "operator.log"
    start = partial(an_operator, cluster, key_file, log)
    with one_for_all(commons / "users-of-operator", start) as facts:
        yield OperatorProcess.started_elsewhere(cluster.kubeconfig, log, int(facts["pid"]))


@contextmanager
def an_operator(cluster: harness.Cluster, key_file: Path, log: Path) -> Iterator[Facts]:
    """Start an operator, and wait until it watches."""
    settings = {
        "ROLLBACK_KEY_FILES": str(key_file),
        "ROLLBACK_EXCLUDED_NAMESPACES": "kube-*,solo-*,installed-*",
        "ROLLBACK_LOG_LEVEL": "DEBUG",
    }
    operator = OperatorProcess(cluster.kubeconfig, log, settings).start()
    until_watching(cluster, operator)
    yield {"pid": operator.pid}
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


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """Where the operators are started that single tests need."""
    with open_nursery() as nursery:
        yield nursery


@pytest.fixture
def start_operator(
    cluster: harness.Cluster, key_file: Path, tmp_path: Path, nursery: Nursery
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
        process = OperatorProcess(cluster.kubeconfig, log, own | settings, module, nursery).start()
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
    """Mark what needs a cluster, so that `-m 'not cluster'` runs in a second.

    And let the longest begin first, so that no process is left alone with them in the end.
    """
    for item in items:
        if {"cluster", "installation", "bare"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("cluster")
    items.sort(key=_place)


def _place(item: pytest.Item) -> tuple[int, bool]:
    rows = list(dict.fromkeys(ROWS.values()))
    found = row(item.nodeid)
    return rows.index(found) if found else len(rows), not item.get_closest_marker("cluster")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling | None:
    """Let the tests that need a control plane of their own be run by one process, row by row."""
    if config.getvalue("dist") != "loadfile":
        return None
    config.option.loadscopereorder = False  # the number of tests says nothing of how long they take
    return InRows(config, log)
