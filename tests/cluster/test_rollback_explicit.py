"""Going to a version that the request names: by revision, by snapshot or by images."""

import pytest

from harness.objects import Object, history
from harness.shop import Shop


@pytest.fixture
def three(shop: Shop) -> Shop:
    """Three versions are on record, the third is live."""
    shop.release("nginx:1", "nginx:2", "nginx:3")
    return shop


def snapshots(shop: Shop) -> list[Object]:
    """Return the recorded snapshots."""
    found = history(shop.deployment())
    assert found is not None
    return list(found["snapshots"])


def test_a_revision_further_back_is_put_back(three: Shop) -> None:
    status = three.roll_back(to={"revision": 1})

    assert (status["reason"], three.image()) == ("RolledBack", "nginx:1")


def test_a_snapshot_further_back_is_put_back(three: Shop) -> None:
    oldest = snapshots(three)[0]["id"]

    status = three.roll_back(to={"snapshot": oldest})

    assert (status["targets"][0]["to"]["snapshot"], three.image()) == (oldest, "nginx:1")


def test_images_further_back_are_put_back(three: Shop) -> None:
    status = three.roll_back(to={"images": {"app": "nginx:1"}})

    assert (status["reason"], three.image()) == ("RolledBack", "nginx:1")


def test_images_mean_the_newest_snapshot_that_has_them(shop: Shop) -> None:
    shop.release("nginx:1", "nginx:2")
    shop.roll_back("first")
    shop.roll_out("nginx:3")
    shop.until_recorded(snapshots=4)

    status = shop.roll_back(to={"images": {"app": "nginx:1"}})

    assert status["targets"][0]["to"]["snapshot"] == snapshots(shop)[2]["id"]


def test_images_of_some_containers_choose_the_snapshot_and_all_of_it_is_restored(
    shop: Shop,
) -> None:
    pod = [{"name": "app", "image": "app:1"}, {"name": "proxy", "image": "proxy:1"}]
    shop.deploy(pod={"containers": pod})
    shop.until_recorded(snapshots=1)
    shop.roll_out("app:2")
    shop.until_recorded(snapshots=2)
    shop.roll_out("proxy:2", container="proxy")
    shop.until_recorded(snapshots=3)

    shop.roll_back(to={"images": {"proxy": "proxy:1"}})

    assert (shop.image(), shop.image(container="proxy")) == ("app:2", "proxy:1")


def test_forward_again_is_allowed_where_it_is_said(shop: Shop) -> None:
    """An explicit `to` goes anywhere, also to what was rolled back."""
    shop.release("nginx:1", "nginx:2")
    shop.roll_back("first")

    status = shop.roll_back("second", to={"revision": 2})

    assert (status["reason"], shop.image()) == ("RolledBack", "nginx:2")


def test_the_revision_of_a_restart_means_its_snapshot(shop: Shop) -> None:
    shop.release("nginx:1")
    shop.restart()
    shop.roll_out("nginx:3")
    shop.until_recorded(snapshots=2)

    status = shop.roll_back(to={"revision": 2})

    assert (status["reason"], shop.image()) == ("RolledBack", "nginx:1")
    assert status["targets"][0]["to"]["revision"] == 1


def test_the_revision_of_a_failed_rollout_is_unknown(shop: Shop) -> None:
    """Its ReplicaSet is still there, so who looks at ReplicaSets would put it back."""
    shop.release("nginx:1")
    shop.roll_out_in_vain()
    shop.roll_out("nginx:3")
    shop.until_recorded(snapshots=2)
    assert len(shop.replica_sets()) == 3

    status = shop.roll_back(to={"revision": 2})

    assert (status["phase"], status["reason"]) == ("Exception", "UnknownTarget")
    assert shop.image() == "nginx:3"


def test_an_unknown_revision_lists_what_is_on_record(three: Shop) -> None:
    status = three.roll_back(to={"revision": 99})

    assert status["reason"] == "UnknownTarget"
    assert "revision 99" in status["message"]
    assert "revision 1 (nginx:1)" in status["message"]


def test_a_revision_that_a_rollback_renumbered_is_still_found(shop: Shop) -> None:
    """A return takes its ReplicaSet to a new number: revision 1 becomes 3."""
    shop.release("nginx:1", "nginx:2")
    shop.roll_back("first")
    shop.roll_out("nginx:4")
    shop.until_recorded(snapshots=4)

    status = shop.roll_back(to={"revision": 1})

    assert (status["reason"], shop.image()) == ("RolledBack", "nginx:1")


def test_what_is_live_and_serving_is_left_alone(three: Shop) -> None:
    before = three.deployment()["metadata"]["resourceVersion"]

    status = three.roll_back(to={"images": {"app": "nginx:3"}})

    assert (status["phase"], status["reason"]) == ("Completed", "AlreadyThere")
    assert three.deployment()["metadata"]["resourceVersion"] == before


def test_what_is_live_but_does_not_serve_is_no_success(three: Shop) -> None:
    """Who compares templates only would call an outage a completed rollback."""
    three.break_pods()

    status = three.roll_back(to={"revision": 3})

    assert (status["phase"], status["reason"]) == ("Exception", "TargetNotServing")


def test_an_explicit_version_is_pinned_when_it_is_resolved(three: Shop) -> None:
    pinned = snapshots(three)[1]

    status = three.roll_back(to={"images": {"app": "nginx:2"}})

    assert status["targets"][0]["to"] == {
        "snapshot": pinned["id"],
        "revision": 2,
        "images": {"app": "nginx:2"},
    }
