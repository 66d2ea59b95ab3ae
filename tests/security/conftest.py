"""A namespace under attack, looked after by the operator as the chart installs it."""

from collections.abc import Iterator

import pytest

from harness.attacker import ASK, Attacker, may_roll_back, versions
from harness.helm import Installation
from harness.operator_process import OperatorProcess
from harness.shop import Shop


@pytest.fixture(scope="module")
def town(installation: Installation, installed_operator: OperatorProcess) -> Iterator[Shop]:
    """A namespace with the Deployments `web` and `other`, each of which could be rolled back."""
    assert installed_operator.is_running, installed_operator.log.read_text()[-4000:]
    shop = Shop(installation.cluster, installed_operator, prefix="installed")
    for name in ("web", "other"):
        shop.deploy("nginx:1", name=name, labels={"app": name}, replicas=1, wait=False)
    for name in ("web", "other"):
        shop.until_recorded(name, snapshots=1)
        shop.roll_out("nginx:2", name=name, wait=False)
    for name in ("web", "other"):
        shop.until_recorded(name, snapshots=2)
        shop.until_settled(name)
    yield shop
    shop.close()


@pytest.fixture(scope="module")
def stranger(town: Shop) -> Attacker:
    """Somebody who may make requests and has no right to any Deployment."""
    return Attacker(town, "stranger", ASK)


@pytest.fixture(scope="module")
def on_call(town: Shop) -> Attacker:
    """Somebody who may make requests and roll `web` back, and no more."""
    return Attacker(town, "on-call", ASK, may_roll_back("web"))


@pytest.fixture
def untouched(town: Shop) -> Iterator[None]:
    """Fail the test if it altered any Deployment, by whomever."""
    before = versions(town)
    yield
    town.until_seen()
    after = {name: version for name, version in versions(town).items() if name in before}
    assert after == before
