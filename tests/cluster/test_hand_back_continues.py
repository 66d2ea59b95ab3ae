"""After a hand-back that was interrupted, or met by an admission policy, releases go on as ever."""

from pathlib import Path

import pytest

from builders.groups import claims
from builders.policies import mirrored
from conftest import StartsOperators
from harness.objects import Object, recorded_images
from harness.releases import BAD, COMMON, OLD, TOOLS, HelmReleases, Releases
from harness.shop import Shop

pytestmark = pytest.mark.slow

every_tool = pytest.mark.parametrize("tool", TOOLS)


def release_good_and_bad(shop: Shop, releases: Releases) -> None:
    """Release the old version and then the bad one, each recorded."""
    releases.release("nginx:1", env=OLD)
    shop.until_recorded(snapshots=1)
    releases.release("nginx:2", env=BAD)
    shop.until_recorded(snapshots=2)


def environment(shop: Shop) -> dict[str, str]:
    container = shop.deployment()["spec"]["template"]["spec"]["containers"][0]
    return {variable["name"]: variable["value"] for variable in container.get("env", [])}


def managers_of_the_template(shop: Shop) -> set[str]:
    """Return the field managers that own something of the pod template."""
    entries = shop.deployment()["metadata"]["managedFields"]
    of_spec = [e for e in entries if "f:template" in e["fieldsV1"].get("f:spec", {})]
    return {e["manager"] for e in of_spec if "subresource" not in e}


def killed_before_the_hand_back(
    shop: Shop, releases: Releases, start_operator: StartsOperators, directory: Path
) -> Object:
    """Roll back, with a `kill -9` between claim and hand-back; return the status of the target."""
    recorder = start_operator(shop)
    release_good_and_bad(shop, releases)
    recorder.stop()
    journal = str(directory / "journal")
    crash = {"CRASH_AT": "2", "CRASH_MOMENT": "before", "CRASH_JOURNAL": journal}
    mortal = start_operator(shop, "crashing_operator", **crash)
    shop.request()
    assert mortal.wait(120) == -9
    assert "rollback-operator" in managers_of_the_template(shop)
    start_operator(shop)
    status = shop.until_over()
    assert (status["reason"], shop.image(), environment(shop)) == ("RolledBack", "nginx:1", OLD)
    assert "rollback-operator" not in managers_of_the_template(shop)
    return dict(status["targets"][0])


@every_tool
def test_killed_before_it_another_value_can_be_released(
    tool: str, empty_shop: Shop, tmp_path: Path, start_operator: StartsOperators
) -> None:
    releases = TOOLS[tool](empty_shop, tmp_path)
    target = killed_before_the_hand_back(empty_shop, releases, start_operator, tmp_path)

    releases.release("nginx:2", env=BAD, team="b")

    assert empty_shop.deployment()["metadata"]["labels"]["team"] == "b"
    stays = OLD if tool == "helm-client-side" else {}
    assert (empty_shop.image(), environment(empty_shop)) == ("nginx:2", BAD | stays)
    assert ("env[FOO]" in target["warning"]) == bool(stays)
    assert "brings the version that was left back" in target["warning"]


@every_tool
def test_killed_before_it_a_version_without_the_old_variable_can_be_released(
    tool: str, empty_shop: Shop, tmp_path: Path, start_operator: StartsOperators
) -> None:
    releases = TOOLS[tool](empty_shop, tmp_path)
    target = killed_before_the_hand_back(empty_shop, releases, start_operator, tmp_path)

    releases.release("nginx:3", env=COMMON)

    stays = tool == "helm-client-side"
    assert environment(empty_shop) == (OLD if stays else COMMON)
    assert ("env[FOO]" in target["warning"]) == stays
    found = empty_shop.until_recorded(snapshots=4)
    assert recorded_images(found) == ["nginx:1", "nginx:2", "nginx:1", "nginx:3"]


@pytest.mark.parametrize("tool", ["helm", "helm-client-side"])
def test_killed_before_it_helm_can_roll_back_too(
    tool: str, empty_shop: Shop, tmp_path: Path, start_operator: StartsOperators
) -> None:
    releases = TOOLS[tool](empty_shop, tmp_path)
    assert isinstance(releases, HelmReleases)
    killed_before_the_hand_back(empty_shop, releases, start_operator, tmp_path)

    releases.go_back(1)

    assert (empty_shop.image(), environment(empty_shop)) == ("nginx:1", OLD)
    assert [status for _, status in releases.statuses()][-1] == "deployed"


def test_helm_as_a_part_of_another_program_goes_on_too(shop: Shop, tmp_path: Path) -> None:
    """Its field manager is called as the program likes; it may go over to the server's side."""
    releases = HelmReleases(shop, tmp_path, server_side=False)
    release_good_and_bad(shop, releases)
    rename_manager(shop, "helm", "terraform-provider-helm")

    status = shop.roll_back()

    assert (status["reason"], shop.image()) == ("RolledBack", "nginx:1")
    assert status["targets"][0]["owner"] == "Helm release web"
    assert managers_of_the_template(shop) == {"terraform-provider-helm"}
    rename_manager(shop, "terraform-provider-helm", "helm")
    values = ("--set", "image=nginx:3", "--set", "team=a", "--set", "env.COMMON=1")
    releases.helm("upgrade", "web", str(tmp_path / "chart"), "--server-side=true", *values)
    shop.until_done()
    assert shop.image() == "nginx:3"


def rename_manager(shop: Shop, old: str, new: str) -> None:
    """Let what one field manager has written be another's."""
    entries = shop.deployment()["metadata"]["managedFields"]
    places = [place for place, entry in enumerate(entries) if entry["manager"] == old]
    path = "/metadata/managedFields/{}/manager"
    steps = [{"op": "test", "path": path.format(place), "value": old} for place in places]
    steps += [{"op": "replace", "path": path.format(place), "value": new} for place in places]
    shop.patch(steps)


@every_tool
def test_what_a_policy_changes_in_the_template_is_ours_after_the_hand_back(
    tool: str, empty_shop: Shop, tmp_path: Path, start_operator: StartsOperators
) -> None:
    """Neither the digest nor the owner of the template tells that any more."""
    releases = TOOLS[tool](empty_shop, tmp_path)
    start_operator(empty_shop)
    release_good_and_bad(empty_shop, releases)

    with mirrored(empty_shop):
        status = empty_shop.roll_back()
        found = empty_shop.until_recorded(snapshots=3)
        again = empty_shop.roll_back("again")

    assert (status["reason"], empty_shop.image()) == ("RolledBack", "mirror/nginx:1")
    assert "rollback-operator" not in managers_of_the_template(empty_shop)
    assert found["snapshots"][-1]["origin"] == "Rollback"
    assert again["reason"] == "AlreadyRolledBack"
    assert len(claims(empty_shop, "web")) == 1


@pytest.mark.parametrize("moment", ["before", "after"])
def test_what_a_policy_changes_is_not_rolled_back_again_after_a_crash(
    empty_shop: Shop, tmp_path: Path, start_operator: StartsOperators, moment: str
) -> None:
    """Who does not know their own work again takes "the version before" from there."""
    releases = TOOLS["helm"](empty_shop, tmp_path)
    recorder = start_operator(empty_shop)
    release_good_and_bad(empty_shop, releases)
    recorder.stop()
    journal = str(tmp_path / "journal")
    crash = {"CRASH_AT": "2", "CRASH_MOMENT": moment, "CRASH_JOURNAL": journal}
    mortal = start_operator(empty_shop, "crashing_operator", **crash)

    with mirrored(empty_shop):
        empty_shop.request()
        assert mortal.wait(120) == -9
        start_operator(empty_shop)
        status = empty_shop.until_over()
        found = empty_shop.until_recorded(snapshots=3)

    assert (status["reason"], empty_shop.image()) == ("RolledBack", "mirror/nginx:1")
    assert found["snapshots"][-1]["origin"] == "Rollback"
    assert len(claims(empty_shop, "web")) == 1
