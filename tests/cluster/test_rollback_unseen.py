"""The newest rollout is so new that the deployment controller has not seen it."""

import pytest

from conftest import StartsOperators
from harness.embedded import EmbeddedCluster
from harness.shop import Shop


@pytest.fixture
def unseen(alone: EmbeddedCluster, start_operator: StartsOperators) -> Shop:
    """Two versions succeeded; the third was applied while no controller runs."""
    shop = Shop(alone, prefix="solo")
    start_operator(shop, KUBECONFIG=str(alone.kubeconfig))
    shop.release("nginx:1", "nginx:2")
    alone.kill("kube-controller-manager")
    shop.roll_out("nginx:3", wait=False)
    return shop


def test_it_has_neither_the_number_nor_the_counters_of_the_one_before(
    alone: EmbeddedCluster, unseen: Shop
) -> None:
    """Deployment and status still say revision 2, all pods updated (trap 11)."""
    refused = unseen.roll_back("refused")
    unseen.request("waits", unfinishedRollout="Wait")
    waits = unseen.until_phase("Queued", "waits")
    unseen.request("leaves", unfinishedRollout="Abandon")
    leaves = unseen.until_phase("InProgress", "leaves")
    alone.restart("kube-controller-manager")
    left = unseen.until_over("leaves")

    assert refused["reason"] == "RolloutNotCompleted"
    assert "to nginx:3, has not completed: the deployment controller has not" in refused["message"]
    for status in (refused, waits, leaves, left):
        assert status["targets"][0]["from"] == {"images": {"app": "nginx:3"}}
    assert (left["reason"], unseen.image()) == ("RolledBack", "nginx:2")
