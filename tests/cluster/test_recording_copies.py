"""History survives what happens to the Deployment's annotations: undo, edits, deletion."""

import json

from harness.objects import HISTORY, annotations, history, recorded_images, rollbackable
from harness.shop import Shop

TEMPLATES = "rollback-operator.dev/templates"
FORGET = {"metadata": {"annotations": {HISTORY: None, TEMPLATES: None}}}


def test_the_newest_replica_set_carries_a_copy(shop: Shop) -> None:
    """Fact 2: what repairs the history is also what it costs."""
    shop.deploy("nginx:1")
    shop.until_recorded()
    shop.roll_out("nginx:2")
    found = shop.until_recorded()

    shop.until_copied()

    assert json.loads(annotations(shop.newest())[HISTORY]) == found


def test_an_undo_loses_no_history(shop: Shop) -> None:
    """Fact 3: undo replaces all annotations by those of the old ReplicaSet."""
    shop.deploy("nginx:1")
    shop.until_recorded()
    shop.roll_out("nginx:2")
    before = shop.until_recorded()

    shop.undo()

    found = shop.until_recorded(snapshots=3)
    assert found["snapshots"][:2] == before["snapshots"]
    assert recorded_images(found) == ["nginx:1", "nginx:2", "nginx:1"]
    assert found["sequence"] == before["sequence"] + 1


def test_an_undo_far_back_loses_no_history(shop: Shop) -> None:
    shop.deploy("nginx:1")
    shop.until_recorded()
    for version in (2, 3, 4):
        shop.roll_out(f"nginx:{version}")
        shop.until_recorded()

    shop.undo(revision=1)

    found = shop.until_recorded(snapshots=5)
    assert recorded_images(found) == ["nginx:1", "nginx:2", "nginx:3", "nginx:4", "nginx:1"]
    assert not any("gap" in snapshot for snapshot in found["snapshots"])


def test_an_undo_of_an_unfinished_rollout_repairs_history_and_takes_no_snapshot(shop: Shop) -> None:
    shop.release("nginx:1", "nginx:2")
    before = history(shop.deployment())
    shop.roll_out_in_vain()

    shop.undo()
    shop.until_seen()

    found = history(shop.deployment())
    assert found is not None
    assert before is not None
    assert found["snapshots"] == before["snapshots"]
    assert rollbackable(shop.deployment()) == ("True", "EarlierSnapshot")


def test_the_old_undo_by_annotation_loses_no_history(shop: Shop) -> None:
    """The deployment controller itself still obeys it, and replaces the annotations, too."""
    shop.deploy("nginx:1")
    shop.until_recorded()
    shop.roll_out("nginx:2")
    shop.until_recorded()

    shop.kubectl("annotate", "deployment/web", "deprecated.deployment.rollback.to=1")

    found = shop.until_recorded(snapshots=3)
    assert recorded_images(found) == ["nginx:1", "nginx:2", "nginx:1"]
    assert rollbackable(shop.deployment()) == ("False", "AlreadyRolledBack")


def test_a_history_that_is_deleted_comes_back_with_the_next_rollout(shop: Shop) -> None:
    shop.release("nginx:1")
    shop.patch(FORGET)

    shop.roll_out("nginx:2")

    assert recorded_images(shop.until_recorded()) == ["nginx:1", "nginx:2"]


def test_a_history_that_is_deleted_comes_back_by_itself(shop: Shop) -> None:
    shop.release("nginx:1", "nginx:2")
    before = shop.until_recorded()

    shop.patch(FORGET)

    assert shop.until_recorded()["snapshots"] == before["snapshots"]
