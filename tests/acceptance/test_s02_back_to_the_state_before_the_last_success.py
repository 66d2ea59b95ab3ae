"""S2: the most recent successful deployment is rolled back, to the state before it."""

from builders.examples import (
    BAD,
    GOOD,
    apply,
    image,
    recorded,
    release,
    release_good_and_bad,
    wait,
)
from harness.shop import Shop


def test_one_small_object_puts_the_previous_version_back(shop: Shop) -> None:
    release_good_and_bad(shop)

    apply(shop, "rollback.yaml")
    status = wait(shop, "rollback-web")

    assert image(shop) == GOOD
    assert status["change"] == f"{BAD} → {GOOD}"


def test_failures_restarts_and_scaling_do_not_count(shop: Shop) -> None:
    """Who takes "revision N-1" lands on what never worked, or on what is live."""
    apply(shop, "deployment.yaml")
    release(shop, snapshots=1)
    shop.kubectl("set", "image", "deployment/web", "web=nginx:never-ready")
    release(shop, BAD, snapshots=2)
    shop.kubectl("rollout", "restart", "deployment/web")
    shop.kubectl("rollout", "status", "deployment/web", "--timeout=60s")
    shop.kubectl("scale", "deployment/web", "--replicas=3")
    shop.kubectl("rollout", "status", "deployment/web", "--timeout=60s")

    apply(shop, "rollback.yaml")

    wait(shop, "rollback-web")
    assert image(shop) == GOOD


def test_an_earlier_version_may_be_named_by_its_revision(shop: Shop) -> None:
    release_good_and_bad(shop)
    release(shop, "nginx:another", snapshots=3)

    apply(shop, "to-revision.yaml")

    wait(shop, "web-to-revision")
    assert image(shop) == GOOD


def test_an_earlier_version_may_be_named_by_its_images(shop: Shop) -> None:
    release_good_and_bad(shop)
    release(shop, "nginx:another", snapshots=3)

    apply(shop, "to-images.yaml")

    wait(shop, "web-to-images")
    assert image(shop) == GOOD


def test_the_return_is_recorded_as_what_it_is(shop: Shop) -> None:
    release_good_and_bad(shop)

    apply(shop, "rollback.yaml")
    wait(shop, "rollback-web")

    assert [s["origin"] for s in recorded(shop)] == ["Rollout", "Rollout", "Rollback"]
