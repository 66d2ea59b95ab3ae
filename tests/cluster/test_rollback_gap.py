"""Rolling back where rollouts happened while nobody watched, or before anyone did."""

import pytest

from conftest import StartsOperators
from harness.objects import history, rollbackable
from harness.shop import Shop


@pytest.fixture
def gap(empty_shop: Shop, start_operator: StartsOperators) -> Shop:
    """`nginx:1` is on record, `nginx:2` went unseen, `nginx:3` is on record with a gap."""
    operator = start_operator(empty_shop)
    empty_shop.release("nginx:1")
    operator.kill()
    empty_shop.roll_out("nginx:2")
    empty_shop.roll_out("nginx:3")
    operator.start()
    empty_shop.until_recorded(snapshots=2)
    return empty_shop


def test_a_gap_is_refused_and_both_candidates_are_listed(gap: Shop) -> None:
    """Who takes the newest snapshot below goes past a version that may have been fine."""
    promised = rollbackable(gap.deployment())

    status = gap.roll_back()

    assert promised == ("False", "HistoryGap")
    assert (status["phase"], status["reason"]) == ("Exception", "HistoryGap")
    assert "revision 1 (nginx:1)" in status["message"]
    assert "revision 2 (nginx:2, unverified)" in status["message"]
    assert gap.image() == "nginx:3"


def test_the_recorded_version_before_a_gap_can_be_named(gap: Shop) -> None:
    status = gap.roll_back(to={"revision": 1})

    assert (status["reason"], gap.image()) == ("RolledBack", "nginx:1")


def test_the_unverified_version_in_a_gap_can_be_named(gap: Shop) -> None:
    status = gap.roll_back(to={"revision": 2})

    assert (status["reason"], gap.image()) == ("RolledBack", "nginx:2")


def test_the_unverified_version_in_a_gap_can_be_named_by_its_images(gap: Shop) -> None:
    status = gap.roll_back(to={"images": {"app": "nginx:2"}})

    assert (status["reason"], gap.image()) == ("RolledBack", "nginx:2")


def test_its_pods_do_not_carry_the_hash_of_the_old_replica_set(gap: Shop) -> None:
    """A ReplicaSet's template has a label more than its Deployment's had."""
    gap.roll_back(to={"revision": 2})

    assert gap.deployment()["spec"]["template"]["metadata"]["labels"] == {"app": "web"}
    assert len(gap.replica_sets()) == 3


def test_after_a_gap_things_go_on_as_ever(gap: Shop) -> None:
    gap.roll_out("nginx:4")
    gap.until_recorded(snapshots=3)

    status = gap.roll_back()

    assert (status["reason"], gap.image()) == ("RolledBack", "nginx:3")


@pytest.fixture
def adopted(empty_shop: Shop, start_operator: StartsOperators) -> Shop:
    """The operator came when the second version was live already."""
    empty_shop.deploy("nginx:1")
    empty_shop.roll_out("nginx:2")
    start_operator(empty_shop)
    empty_shop.until_recorded(snapshots=1)
    return empty_shop


def test_what_was_there_before_the_operator_is_no_default_target(adopted: Shop) -> None:
    status = adopted.roll_back()

    assert (status["reason"], adopted.image()) == ("NoEarlierSnapshot", "nginx:2")


def test_what_was_there_before_the_operator_can_be_named(adopted: Shop) -> None:
    status = adopted.roll_back(to={"revision": 1})

    assert (status["reason"], adopted.image()) == ("RolledBack", "nginx:1")


def test_a_rollout_after_the_adoption_is_rolled_back_to_it(adopted: Shop) -> None:
    adopted.roll_out("nginx:3")
    adopted.until_recorded(snapshots=2)

    status = adopted.roll_back()

    assert (status["reason"], adopted.image()) == ("RolledBack", "nginx:2")


def test_a_return_into_the_unrecorded_past_is_a_return(adopted: Shop) -> None:
    """The claim says so, although no snapshot below has the template."""
    adopted.roll_back("first", to={"revision": 1})

    found = history(adopted.deployment())

    assert (found or {})["snapshots"][-1]["origin"] == "Rollback"
    assert adopted.roll_back("second")["reason"] == "AlreadyRolledBack"
