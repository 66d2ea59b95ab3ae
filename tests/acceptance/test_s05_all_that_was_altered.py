"""S5: all that the deployment altered is listed, and one may choose what to revert."""

from builders.examples import BAD, GOOD, apply, get, image, release, release_good_and_bad, wait
from harness.objects import Object
from harness.shop import Shop

GREETING = '.spec.template.spec.containers[0].env[?(@.name=="GREETING")].value'


def release_with_configuration(shop: Shop) -> None:
    """Release a version that changes the image and the configuration of its container."""
    apply(shop, "deployment.yaml")
    release(shop, snapshots=1)
    shop.kubectl("rollout", "pause", "deployment/web")
    shop.kubectl("set", "image", "deployment/web", f"web={BAD}")
    shop.kubectl("set", "env", "deployment/web", "GREETING=goodbye")
    shop.kubectl("rollout", "resume", "deployment/web")
    release(shop, snapshots=2)


def components(status: Object) -> dict[str, str]:
    """Return the state of each component."""
    return {c["name"]: c["state"] for c in status["targets"][0]["components"]}


def test_all_altered_components_are_listed_with_from_and_to_and_reverted(shop: Shop) -> None:
    release_with_configuration(shop)

    apply(shop, "rollback.yaml")
    status = wait(shop, "rollback-web")

    assert components(status) == {"web/image": "Reverted", "web/config": "Reverted"}
    listed = {c["name"]: (c["from"], c["to"]) for c in status["targets"][0]["components"]}
    assert listed["web/image"] == (BAD, GOOD)
    assert get(shop, "deployment/web", GREETING) == "hello"


def test_only_the_artifacts_when_asked_for(shop: Shop) -> None:
    release_with_configuration(shop)

    apply(shop, "artifacts-only.yaml")
    status = wait(shop, "web-artifacts")

    assert components(status) == {"web/image": "Reverted", "web/config": "NotSelected"}
    assert (image(shop), get(shop, "deployment/web", GREETING)) == (GOOD, "goodbye")


def test_only_what_is_named(shop: Shop) -> None:
    release_with_configuration(shop)

    apply(shop, "components.yaml")
    status = wait(shop, "web-components")

    assert components(status) == {"web/image": "Reverted", "web/config": "NotSelected"}
    assert (image(shop), get(shop, "deployment/web", GREETING)) == (GOOD, "goodbye")


def test_a_release_that_changed_no_image_is_not_taken_further_back(shop: Shop) -> None:
    release_good_and_bad(shop)
    shop.kubectl("set", "env", "deployment/web", "GREETING=goodbye")
    release(shop, snapshots=3)

    apply(shop, "artifacts-only.yaml")
    status = wait(shop, "web-artifacts", "Exception")

    assert (status["reason"], image(shop)) == ("NoArtifactChanged", BAD)
