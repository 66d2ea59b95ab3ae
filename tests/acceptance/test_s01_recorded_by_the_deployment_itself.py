"""S1: the pre-deployment state is backed up by the deployment itself."""

from builders.examples import BAD, GOOD, apply, recorded, release, release_good_and_bad
from harness.shop import Shop
from harness.waiting import wait_until


def test_every_successful_rollout_is_recorded_on_the_deployment(shop: Shop) -> None:
    """Nobody asked for it: the Deployment in the example says nothing about the operator."""
    release_good_and_bad(shop)

    snapshots = recorded(shop)

    assert [s["images"] for s in snapshots] == [{"web": GOOD}, {"web": BAD}]
    assert [s["revision"] for s in snapshots] == [1, 2]


def test_the_record_outlives_the_replica_sets(shop: Shop) -> None:
    """`kubectl rollout undo` says then that there is no history."""
    apply(shop, "deployment.yaml")
    shop.kubectl("patch", "deployment", "web", "-p", '{"spec": {"revisionHistoryLimit": 0}}')
    release(shop, snapshots=1)
    release(shop, BAD, snapshots=2)
    wait_until(lambda: len(shop.replica_sets()) == 1, "the old ReplicaSet is gone")

    apply(shop, "rollback.yaml")

    shop.kubectl("wait", "rbr/rollback-web", "--for=condition=Ready", "--timeout=60s")
    assert shop.image(container="web") == GOOD
