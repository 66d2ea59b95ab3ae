"""Which of the altered components are reverted: all, the artifacts, or those selected."""

import pytest

from harness.objects import Object, claim
from harness.shop import Shop


def a_container(image: str, level: str, name: str = "app") -> Object:
    """Return a container whose configuration is one variable."""
    return {"name": name, "image": image, "env": [{"name": "LEVEL", "value": level}]}


def level(shop: Shop) -> str:
    """Return the configuration of the container."""
    container = shop.deployment()["spec"]["template"]["spec"]["containers"][0]
    return str(container["env"][0]["value"])


def configure(shop: Shop, image: str, text: str) -> None:
    """Roll out an image and a configuration together."""
    shop.patch({"spec": {"template": {"spec": {"containers": [a_container(image, text)]}}}})


@pytest.fixture
def both(shop: Shop) -> Shop:
    """The live rollout changed image and configuration."""
    shop.deploy(pod={"containers": [a_container("app:1", "quiet")]})
    shop.until_recorded(snapshots=1)
    configure(shop, "app:2", "loud")
    shop.until_recorded(snapshots=2)
    return shop


@pytest.fixture
def configuration_only(shop: Shop) -> Shop:
    """The live rollout changed the configuration, an earlier one the image."""
    shop.deploy(pod={"containers": [a_container("app:1", "quiet")]})
    shop.until_recorded(snapshots=1)
    configure(shop, "app:2", "quiet")
    shop.until_recorded(snapshots=2)
    configure(shop, "app:2", "loud")
    shop.until_recorded(snapshots=3)
    return shop


def test_all_restores_the_whole_recorded_template(both: Shop) -> None:
    both.roll_back()

    assert (both.image(), level(both)) == ("app:1", "quiet")


def test_artifacts_restores_the_images_and_leaves_the_configuration(both: Shop) -> None:
    status = both.roll_back(components={"mode": "Artifacts"})

    assert (both.image(), level(both)) == ("app:1", "loud")
    assert [(c["name"], c["state"]) for c in status["targets"][0]["components"]] == [
        ("app/image", "Reverted"),
        ("app/config", "NotSelected"),
    ]


def test_selected_restores_what_is_named_only(both: Shop) -> None:
    both.roll_back(components={"mode": "Selected", "names": ["app/config"]})

    assert (both.image(), level(both)) == ("app:2", "quiet")


def test_a_container_named_whole_means_all_that_changed_in_it(both: Shop) -> None:
    both.roll_back(components={"mode": "Selected", "names": ["app"]})

    assert (both.image(), level(both)) == ("app:1", "quiet")


def test_artifacts_never_takes_an_older_image_that_nobody_complained_about(
    configuration_only: Shop,
) -> None:
    """Who looks for the last different image would put `app:1` back."""
    status = configuration_only.roll_back(components={"mode": "Artifacts"})

    assert (status["phase"], status["reason"]) == ("Exception", "NoArtifactChanged")
    assert configuration_only.image() == "app:2"
    assert "app/config" in status["message"]
    assert "mode: All" in status["message"]
    assert "Selected" in status["message"]


def test_a_component_that_does_not_exist_is_refused_by_name(both: Shop) -> None:
    status = both.roll_back(components={"mode": "Selected", "names": ["app/image", "web/image"]})

    assert status["reason"] == "UnknownComponent"
    assert "web/image" in status["message"]
    assert both.image() == "app:2"


def test_a_component_that_did_not_change_is_said_to_be_there_already(both: Shop) -> None:
    status = both.roll_back(components={"mode": "Selected", "names": ["app/image", "labels"]})

    states = {c["name"]: c["state"] for c in status["targets"][0]["components"]}
    assert (status["reason"], both.image()) == ("RolledBack", "app:1")
    assert states == {
        "app/image": "Reverted",
        "app/config": "NotSelected",
        "labels": "AlreadyThere",
    }


def test_what_artifacts_restored_counts_as_rolled_back(both: Shop) -> None:
    both.roll_back("first", components={"mode": "Artifacts"})

    assert both.roll_back("second")["reason"] == "AlreadyRolledBack"
    assert (claim(both.deployment()) or {})["components"] == ["app/image"]


def test_the_status_lists_what_could_be_chosen_before_anything_is_touched(both: Shop) -> None:
    before = both.until_settled()["metadata"]["resourceVersion"]

    status = both.roll_back("preview", dryRun=True)

    assert (status["phase"], status["reason"]) == ("Completed", "Previewed")
    assert [c["name"] for c in status["targets"][0]["components"]] == ["app/image", "app/config"]
    assert both.deployment()["metadata"]["resourceVersion"] == before


def test_the_values_of_a_configuration_are_not_shown(both: Shop) -> None:
    status = both.roll_back()

    assert "quiet" not in str(status)
