"""S4: the same execution cannot be rolled back twice; again after it was executed again."""

from builders.examples import (
    BAD,
    EXAMPLES,
    GOOD,
    apply,
    image,
    release,
    release_good_and_bad,
    wait,
)
from harness.shop import Shop


def again(shop: Shop, name: str) -> None:
    """Apply the example under another name."""
    text = (EXAMPLES / "rollback.yaml").read_text().replace("rollback-web", name)
    shop.kubectl("apply", "-f", "-", input=text)


def test_a_second_rollback_is_refused_and_says_who_did_the_first(shop: Shop) -> None:
    apply(shop, "deployment.yaml")
    release(shop, snapshots=1)
    release(shop, "nginx:second", snapshots=2)
    release(shop, BAD, snapshots=3)
    apply(shop, "rollback.yaml")
    wait(shop, "rollback-web")

    again(shop, "second")
    status = wait(shop, "second", "Exception")

    assert status["reason"] == "AlreadyRolledBack"
    assert "rollback-operator" in status["message"]
    assert image(shop) == "nginx:second"


def test_the_same_image_rolled_out_again_can_be_rolled_back_again(shop: Shop) -> None:
    release_good_and_bad(shop)
    apply(shop, "rollback.yaml")
    wait(shop, "rollback-web")
    release(shop, BAD, snapshots=4)

    again(shop, "second")

    wait(shop, "second")
    assert image(shop) == GOOD


def test_the_same_request_applied_again_does_nothing(shop: Shop) -> None:
    """Deleted and created anew, with the bad image rolled out again on purpose in between."""
    release_good_and_bad(shop)
    apply(shop, "rollback.yaml")
    wait(shop, "rollback-web")
    release(shop, BAD, snapshots=4)
    shop.kubectl("delete", "rbr", "rollback-web")

    apply(shop, "rollback.yaml")

    assert wait(shop, "rollback-web")["reason"] == "AlreadyExecuted"
    assert image(shop) == BAD
