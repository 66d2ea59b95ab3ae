"""S3: only completed deployments can be rolled back, and that is visible before anyone asks."""

from builders.examples import GOOD, apply, get, image, release, release_good_and_bad, wait
from harness.shop import Shop

ROLLBACKABLE = '.status.conditions[?(@.type=="Rollbackable")]'


def test_it_shows_beforehand_that_there_is_nothing_to_go_back_to(shop: Shop) -> None:
    apply(shop, "deployment.yaml")
    release(shop, snapshots=1)

    shown = get(shop, "deployment/web", f"{ROLLBACKABLE}.status")
    why = get(shop, "deployment/web", f"{ROLLBACKABLE}.reason")

    assert (shown, why) == ("False", "NoEarlierSnapshot")


def test_it_can_be_waited_for(shop: Shop) -> None:
    release_good_and_bad(shop)

    shop.kubectl("wait", "deployment/web", "--for=condition=Rollbackable", "--timeout=60s")

    assert GOOD in get(shop, "deployment/web", f"{ROLLBACKABLE}.message")


def test_an_unfinished_rollout_is_refused_without_a_write(shop: Shop) -> None:
    release_good_and_bad(shop)
    shop.kubectl("set", "image", "deployment/web", "web=nginx:never-ready")
    shop.kubectl(
        "wait", "deployment/web", "--for=jsonpath={.status.unavailableReplicas}=1", "--timeout=60s"
    )
    before = get(shop, "deployment/web", ".spec")

    apply(shop, "rollback.yaml")
    status = wait(shop, "rollback-web", "Exception")

    assert status["reason"] == "RolloutNotCompleted"
    assert "unfinishedRollout: Abandon" in status["message"]
    assert get(shop, "deployment/web", ".spec") == before
    assert shop.operator_attempts()[-1].subresource == "status"


def test_an_unfinished_rollout_may_be_abandoned_for_the_newest_success(shop: Shop) -> None:
    release_good_and_bad(shop)
    shop.kubectl("set", "image", "deployment/web", "web=nginx:never-ready")

    apply(shop, "abandon.yaml")

    wait(shop, "web-abandon")
    assert image(shop) == "nginx:stable-bullseye-perl"
