"""The operator outlives what happens to its custom resource: GitOps tools keep no order."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.helm import DEFINITION, Installation
from harness.namespace import PATIENCE
from harness.operator_process import OperatorProcess
from harness.shop import Shop
from harness.waiting import wait_until


@pytest.fixture
def operator(release: Installation, shop: Shop, tmp_path: Path) -> Iterator[OperatorProcess]:
    """The operator of the release, not started."""
    process = OperatorProcess(release.kubeconfig(), tmp_path / "log", release.settings())
    shop.operators.append(process)
    yield process
    process.stop()


def test_an_operator_that_is_there_first_waits_for_the_resource(
    release: Installation, operator: OperatorProcess, shop: Shop
) -> None:
    release.kubectl("delete", *DEFINITION)
    operator.start(ROLLBACK_LOG_LEVEL="DEBUG")
    wait_until(
        lambda: "does not know rollbackrequests" in operator.log.read_text(),
        "the operator to say what is missing",
        seconds=PATIENCE,
    )

    release.install()

    shop.until_seen()
    shop.release("nginx:1", "nginx:2")
    assert shop.roll_back()["reason"] == "RolledBack"


def test_an_operator_whose_resource_is_deleted_begins_anew(
    release: Installation, operator: OperatorProcess, shop: Shop
) -> None:
    """It can watch nothing any more; the kubelet starts another process, which waits."""
    operator.start(ROLLBACK_LOG_LEVEL="DEBUG")
    shop.until_seen()
    shop.release("nginx:1", "nginx:2")

    release.kubectl("delete", *DEFINITION)
    assert operator.wait(PATIENCE) == 1
    operator.start(ROLLBACK_LOG_LEVEL="DEBUG")
    release.install()

    shop.until_seen()
    assert shop.roll_back()["reason"] == "RolledBack"
