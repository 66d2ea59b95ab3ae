"""S8: stages roll back in reverse order, last completed first."""

from builders.examples import apply, get, image, release, wait
from builders.groups import claims
from harness.shop import Shop

NAMES = ("database", "backend", "frontend")


def release_all(shop: Shop) -> None:
    """Release three Deployments twice, one after another."""
    apply(shop, "deployments-of-a-group.yaml")
    for name in NAMES:
        release(shop, name=name, snapshots=1)
    for name in NAMES:
        release(shop, f"example.com/{name}:2", name=name, snapshots=2)


def test_what_was_released_last_goes_back_first(shop: Shop) -> None:
    release_all(shop)

    apply(shop, "group.yaml")
    status = wait(shop, "shop-group")

    assert [image(shop, name) for name in NAMES] == [f"example.com/{name}:1" for name in NAMES]
    assert status["targetNames"] == "frontend, backend, database"
    assert [claim.name for claim in claims(shop, *NAMES)] == list(reversed(NAMES))


def test_one_that_cannot_go_back_keeps_all_from_being_touched(shop: Shop) -> None:
    release_all(shop)
    shop.kubectl("rollout", "pause", "deployment/database")

    apply(shop, "group.yaml")
    status = wait(shop, "shop-group", "Exception")

    assert status["reason"] == "Paused"
    assert claims(shop, *NAMES) == []


def test_a_group_waits_while_it_is_suspended(shop: Shop) -> None:
    release_all(shop)
    apply(shop, "suspend.yaml")
    shop.kubectl(
        "wait", "rbr/shop-suspend", "--for=jsonpath={.status.reason}=Suspended", "--timeout=60s"
    )
    assert claims(shop, *NAMES) == []

    shop.kubectl("patch", "rbr", "shop-suspend", "--type=merge", "-p", '{"spec":{"suspend":false}}')

    wait(shop, "shop-suspend")
    assert [claim.name for claim in claims(shop, *NAMES)] == ["frontend", "backend"]


def test_all_of_a_label_go_back_to_a_time(shop: Shop) -> None:
    """The time in the example is long before: what was not there yet is told by name."""
    release_all(shop)

    apply(shop, "as-of.yaml")
    status = wait(shop, "shop-as-of", "Exception")

    assert status["reason"] == "BeforeHistory"
    assert get(shop, "rbr/shop-as-of", ".status.targets[*].reason") == " ".join(
        ["BeforeHistory"] * 3
    )
