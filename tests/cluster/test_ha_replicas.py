"""Two replicas: one works, the other takes over, and no rollback happens twice."""

import json
import os
import signal
from collections.abc import Callable
from typing import Any, TypeAlias

import pytest

from conftest import StartsOperators
from harness.namespace import PATIENCE
from harness.objects import Object
from harness.operator_process import OperatorProcess
from harness.shop import Shop
from harness.waiting import wait_until

ETERNAL = {"ROLLBACK_LEASE_DURATION": "3600", "ROLLBACK_LEASE_RENEW_DEADLINE": "1800"}
"""A Lease that never runs out during a test: who takes it was given it."""
SHORT = {
    "ROLLBACK_LEASE_DURATION": "8",
    "ROLLBACK_LEASE_RENEW_DEADLINE": "6",
    "ROLLBACK_LEASE_RETRY_PERIOD": "1",
}

Replicas: TypeAlias = Callable[..., tuple[OperatorProcess, OperatorProcess]]


@pytest.fixture
def two_replicas(empty_shop: Shop, start_operator: StartsOperators) -> Replicas:
    """Start a leader and a standby for the shop."""

    def start(**settings: str) -> tuple[OperatorProcess, OperatorProcess]:
        own = {"ROLLBACK_LEADER_ELECTION": "true", "ROLLBACK_LEASE_NAME": empty_shop.namespace}
        leader = start_operator(empty_shop, **own | settings)
        until_says(leader, "leading as")
        standby = start_operator(empty_shop, **own | settings)
        until_says(standby, "standing by")
        return leader, standby

    return start


def until_says(replica: OperatorProcess, text: str) -> None:
    """Wait until a line of a replica's log has that text."""
    said = f"a replica to say: {text}"
    wait_until(lambda: text in replica.log.read_text(), said, seconds=PATIENCE)


def lease(shop: Shop) -> Object:
    """Read the Lease, which is in the namespace of the operator's kubeconfig."""
    found = shop.kubectl("get", "lease", shop.namespace, "--namespace=default", "-o", "json")
    return dict(json.loads(found.stdout)["spec"])


def writes(shop: Shop) -> list[Any]:
    """Return all that replicas have written to the Deployment and to the request."""
    found = [
        *shop.stored_writes("deployments", "web"),
        *shop.stored_writes("rollbackrequests", "back"),
    ]
    return [(write.resource, write.subresource, write.at) for write in found]


def template_changes(shop: Shop) -> int:
    """Count how often an operator has changed the Deployment itself."""
    return len([w for w in shop.stored_writes("deployments", "web") if not w.subresource])


def begin_a_rollback(shop: Shop) -> None:
    """Let a rollback be under way that cannot end yet."""
    shop.release("nginx:1", "nginx:2")
    shop.block_pods()
    shop.request()
    shop.until_phase("InProgress")


def test_a_leader_that_is_asked_to_stop_hands_over_at_once(
    empty_shop: Shop, two_replicas: Replicas
) -> None:
    """With its request under way, which the other finishes."""
    leader, standby = two_replicas(**ETERNAL)
    begin_a_rollback(empty_shop)

    leader.stop()

    until_says(standby, "leading as")
    assert leader.wait(PATIENCE) == 0
    assert lease(empty_shop)["leaseTransitions"] == 1
    empty_shop.allow_pods()
    assert empty_shop.until_over()["reason"] == "RolledBack"
    assert template_changes(empty_shop) == 1


def test_a_standby_that_stops_leaves_the_lease_alone(
    empty_shop: Shop, two_replicas: Replicas
) -> None:
    leader, standby = two_replicas(**ETERNAL)
    before = lease(empty_shop)["holderIdentity"]

    standby.stop()

    assert standby.wait(PATIENCE) == 0
    assert lease(empty_shop)["holderIdentity"] == before
    assert leader.is_running


def test_a_leader_that_is_killed_is_replaced_and_what_it_had_begun_is_finished(
    empty_shop: Shop, two_replicas: Replicas
) -> None:
    leader, standby = two_replicas(**SHORT)
    begin_a_rollback(empty_shop)

    leader.kill()
    empty_shop.allow_pods()

    assert empty_shop.until_over()["reason"] == "RolledBack"
    until_says(standby, "leading as")
    assert (empty_shop.image(), template_changes(empty_shop)) == ("nginx:1", 1)


def test_a_leader_that_was_stopped_and_wakes_up_late_does_no_harm(
    empty_shop: Shop, two_replicas: Replicas
) -> None:
    """It wakes with a request in its hands that the other has finished meanwhile."""
    leader, standby = two_replicas(**SHORT)
    begin_a_rollback(empty_shop)
    os.kill(leader.pid, signal.SIGSTOP)
    until_says(standby, "leading as")
    empty_shop.allow_pods()
    assert empty_shop.until_over()["reason"] == "RolledBack"
    empty_shop.until_recorded(snapshots=3)
    before = writes(empty_shop)

    os.kill(leader.pid, signal.SIGCONT)

    assert leader.wait(PATIENCE) == 1
    assert "ending, to be started anew: the Lease" in leader.log.read_text()
    assert writes(empty_shop) == before
    assert standby.is_running


def test_what_happens_while_nobody_leads_is_not_lost(
    empty_shop: Shop, two_replicas: Replicas
) -> None:
    leader, _ = two_replicas(**SHORT)
    empty_shop.release("nginx:1", "nginx:2")
    leader.kill()

    assert empty_shop.roll_back()["reason"] == "RolledBack"
