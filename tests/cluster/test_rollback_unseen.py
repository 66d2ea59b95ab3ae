"""The newest rollout is so new that the deployment controller has not seen it."""

import pytest

from conftest import StartsOperators
from harness.embedded import EmbeddedCluster
from harness.shop import Shop


@pytest.fixture
def released(alone: EmbeddedCluster, start_operator: StartsOperators) -> Shop:
    """Two versions succeeded."""
    shop = Shop(alone, prefix="solo")
    start_operator(shop, KUBECONFIG=str(alone.kubeconfig))
    shop.release("nginx:1", "nginx:2")
    return shop


def test_it_has_neither_the_number_nor_the_counters_of_the_one_before(
    alone: EmbeddedCluster, released: Shop
) -> None:
    """Deployment and status still say revision 2, all pods updated (trap 11)."""
    alone.kill("kube-controller-manager")
    released.roll_out("nginx:3", wait=False)
    refused = released.roll_back("refused")
    released.request("waits", unfinishedRollout="Wait")
    waits = released.until_phase("Queued", "waits")
    released.request("leaves", unfinishedRollout="Abandon")
    leaves = released.until_phase("InProgress", "leaves")
    alone.restart("kube-controller-manager")
    left = released.until_over("leaves")

    assert refused["reason"] == "RolloutNotCompleted"
    assert "to nginx:3, has not completed: the deployment controller has not" in refused["message"]
    for status in (refused, waits, leaves, left):
        assert status["targets"][0]["from"] == {"images": {"app": "nginx:3"}}
    assert (left["reason"], released.image()) == ("RolledBack", "nginx:2")


def test_nothing_is_written_of_a_rollout_that_is_scaled_and_not_seen_again(
    alone: EmbeddedCluster, released: Shop
) -> None:
    """What is known of it stays known."""
    released.block_pods()
    released.roll_out("nginx:3", wait=False)
    released.until_observed()
    released.request(unfinishedRollout="Wait")
    waits = released.until_phase("Queued")

    alone.kill("kube-controller-manager")
    released.scale(4)
    released.until_seen()

    assert waits["targets"][0]["from"] == {"revision": 3, "images": {"app": "nginx:3"}}
    assert len(released.stored_writes("rollbackrequests", "back")) == 1
