"""What may happen while a group is on its way: suspension, another rollout, another request."""

import pytest

from builders.groups import claims, images, reasons, release_all, targets, versions
from harness.objects import Object
from harness.shop import Shop

NAMES = ("web", "api", "db")
"""In the order in which they are rolled back."""


@pytest.fixture
def group(shop: Shop) -> Shop:
    """A group whose first target cannot end, as no new pod may be made."""
    release_all(shop, *NAMES)
    shop.block_pods()
    shop.request_spec({"targets": targets(*NAMES), "order": "Listed"})
    shop.until_phase("InProgress")
    return shop


def suspend(shop: Shop, wanted: str) -> None:
    """Suspend the request, or let it go on."""
    shop.kubectl("patch", "rbr", "back", "--type=merge", "-p", f'{{"spec":{{"suspend":{wanted}}}}}')


def test_a_suspended_group_finishes_its_target_and_begins_no_other(group: Shop) -> None:
    before = versions(group, "api", "db")
    suspend(group, "true")
    group.allow_pods()

    held = group.until(
        "rollbackrequest", "back", lambda r: r["status"]["targets"][1]["reason"] == "Suspended"
    )
    group.until_seen()

    assert reasons(held["status"]) == {"web": "RolledBack", "api": "Suspended", "db": "Suspended"}
    assert held["status"]["phase"] == "InProgress"
    assert versions(group, "api", "db") == before


def test_a_group_that_is_resumed_goes_on_where_it_was(group: Shop) -> None:
    suspend(group, "true")
    group.allow_pods()
    group.until(
        "rollbackrequest", "back", lambda r: r["status"]["targets"][1]["reason"] == "Suspended"
    )

    suspend(group, "false")
    status = group.until_over()

    assert reasons(status) == dict.fromkeys(NAMES, "RolledBack")
    assert [w.name for w in claims(group, *NAMES)] == list(NAMES)


def test_a_request_suspended_from_the_start_writes_nothing_until_it_is_resumed(shop: Shop) -> None:
    release_all(shop, *NAMES)
    before = versions(shop, *NAMES)
    shop.request_spec({"targets": targets(*NAMES), "suspend": True})
    held = shop.until_phase("Queued")
    shop.until_seen()

    assert (held["reason"], versions(shop, *NAMES)) == ("Suspended", before)
    suspend(shop, "false")
    assert shop.until_over()["reason"] == "RolledBack"


def test_a_target_rolled_out_anew_before_its_turn_is_left_alone(group: Shop) -> None:
    """Who judges it again from nothing rolls back a release that nobody complained about."""
    suspend(group, "true")
    group.allow_pods()
    group.until(
        "rollbackrequest", "back", lambda r: r["status"]["targets"][1]["reason"] == "Suspended"
    )
    group.roll_out("nginx:3", name="api")
    group.until_recorded("api", snapshots=3)
    suspend(group, "false")

    status = group.until_over()

    assert reasons(status) == {
        "web": "RolledBack",
        "api": "TargetChanged",
        "db": "OtherTargetFailed",
    }
    assert images(group, *NAMES) == ["nginx:1", "nginx:3", "nginx:2"]


def test_a_target_replaced_before_its_turn_is_left_alone(group: Shop) -> None:
    suspend(group, "true")
    group.allow_pods()
    group.until(
        "rollbackrequest", "back", lambda r: r["status"]["targets"][1]["reason"] == "Suspended"
    )
    group.kubectl("delete", "deployment", "api")
    release_all(group, "api")
    suspend(group, "false")

    status = group.until_over()

    assert reasons(status)["api"] in {"TargetChanged", "DeploymentReplaced"}
    assert group.image("api") == "nginx:2"


def test_a_target_that_somebody_rolled_back_before_its_turn_counts_as_changed(
    group: Shop,
) -> None:
    suspend(group, "true")
    group.allow_pods()
    group.until(
        "rollbackrequest", "back", lambda r: r["status"]["targets"][1]["reason"] == "Suspended"
    )
    group.undo("api")
    group.until_recorded("api")
    suspend(group, "false")

    status = group.until_over()

    assert group.image("api") == "nginx:1"
    assert reasons(status)["api"] in {"TargetChanged", "AlreadyRolledBack"}


def test_restarts_and_scaling_before_its_turn_do_not_count(group: Shop) -> None:
    suspend(group, "true")
    group.allow_pods()
    group.until(
        "rollbackrequest", "back", lambda r: r["status"]["targets"][1]["reason"] == "Suspended"
    )
    group.restart("api")
    group.scale(2, "db")
    suspend(group, "false")

    assert group.until_over()["reason"] == "RolledBack"


def test_two_groups_that_overlap_roll_each_deployment_back_once(shop: Shop) -> None:
    release_all(shop, *NAMES)

    shop.request_spec({"targets": targets("web", "api"), "order": "Listed"}, "one")
    shop.request_spec({"targets": targets("api", "db"), "order": "Listed"}, "two")
    one, two = shop.until_over("one"), shop.until_over("two")

    assert sorted(w.name for w in claims(shop, *NAMES)) == ["api", "db", "web"]
    assert images(shop, *NAMES) == ["nginx:1"] * 3
    answers = [r for status in (one, two) for r in reasons(status).values()]
    assert set(answers) <= {"RolledBack", "AlreadyRolledBack", "TargetChanged", "OtherTargetFailed"}


def test_a_group_meets_a_rollback_of_one_of_its_targets_and_follows_it(shop: Shop) -> None:
    release_all(shop, *NAMES)
    shop.block_pods()
    shop.request("single", target="api")
    shop.until_phase("InProgress", "single")
    shop.request_spec({"targets": targets(*NAMES)})
    following: Object = shop.until_phase("InProgress")
    shop.allow_pods()

    status = shop.until_over()

    assert following["targets"][0]["following"] == "single"
    assert reasons(status) == dict.fromkeys(NAMES, "RolledBack")
    assert len(claims(shop, *NAMES)) == 3
