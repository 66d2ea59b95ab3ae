"""Lets the operator of a release work, as its pods would."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.helm import Installation
from harness.operator_process import OperatorProcess
from harness.shop import Shop
from harness.waiting import wait_until
from rights import Right, used

WAITING = Right("coordination.k8s.io", "leases", "watch")
"""What only a replica does that does not lead."""


@contextmanager
def at_work(release: Installation, shop: Shop, log: Path) -> Iterator[OperatorProcess]:
    """Start the operator with the settings, keys and token of a release; end it afterwards."""
    operator = OperatorProcess(release.kubeconfig(), log, release.settings())
    # Tests wait for what its log says that it has seen.
    operator.start(ROLLBACK_LOG_LEVEL="DEBUG")
    shop.operators.append(operator)
    try:
        shop.until_seen()
        yield operator
    finally:
        operator.stop()
        shop.operators.remove(operator)


@contextmanager
def standing_by(release: Installation, log: Path) -> Iterator[None]:
    """Let a second replica run until it waits for the Lease of the first; end it afterwards."""
    replica = OperatorProcess(release.kubeconfig(), log, release.settings()).start()
    try:
        wait_until(lambda: WAITING in used(release), "a standby waits for the Lease", seconds=60)
        yield
    finally:
        replica.stop()
