"""S12: a flag turns rollbacks on and off, by namespace and by Deployment; recording goes on."""

import pytest

from builders.examples import BAD, EXAMPLES, GOOD, apply, image, recorded, release, wait
from harness.shop import Shop

FLAG = "rollback-operator.dev/rollback"


@pytest.mark.parametrize("what", ["namespace", "deployment"])
def test_off_means_recorded_and_refused(shop: Shop, what: str) -> None:
    apply(shop, "deployment.yaml")
    name = {"namespace": shop.namespace, "deployment": "web"}[what]
    shop.kubectl("label", what, name, f"{FLAG}=disabled")
    release(shop, snapshots=1)
    release(shop, BAD, snapshots=2)

    apply(shop, "rollback.yaml")
    status = wait(shop, "rollback-web", "Exception")

    assert (status["reason"], image(shop)) == ("Disabled", BAD)
    assert [s["images"]["web"] for s in recorded(shop)] == [GOOD, BAD]


def test_on_again_it_works_with_what_was_recorded_meanwhile(shop: Shop) -> None:
    apply(shop, "deployment.yaml")
    shop.kubectl("label", "deployment", "web", f"{FLAG}=disabled")
    release(shop, snapshots=1)
    release(shop, BAD, snapshots=2)
    shop.kubectl("label", "deployment", "web", f"{FLAG}=enabled", "--overwrite")

    apply(shop, "rollback.yaml")

    wait(shop, "rollback-web")
    assert image(shop) == GOOD


def test_the_deployments_own_flag_wins_over_the_namespace(shop: Shop) -> None:
    apply(shop, "deployment.yaml")
    shop.kubectl("label", "namespace", shop.namespace, f"{FLAG}=disabled")
    shop.kubectl("label", "deployment", "web", f"{FLAG}=enabled")
    release(shop, snapshots=1)
    release(shop, BAD, snapshots=2)
    text = (EXAMPLES / "rollback.yaml").read_text()

    shop.kubectl("apply", "-f", "-", input=text)

    wait(shop, "rollback-web")
    assert image(shop) == GOOD
