"""After a rollback by request, the owner's next release works as if nobody had come between."""

import json
from pathlib import Path

import pytest

from conftest import StartsOperators
from harness.objects import Object, annotations, recorded_images
from harness.releases import (
    BAD,
    COMMON,
    OLD,
    TOOLS,
    HelmReleases,
    KubectlReleases,
    Releases,
)
from harness.shop import Shop

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"

OWNERS = {
    "helm": "Helm release web",
    "helm-client-side": "Helm release web",
    "kubectl": "kubectl apply",
    "kubectl-client-side": "kubectl apply",
}
every_tool = pytest.mark.parametrize("tool", TOOLS)


@pytest.fixture
def releases(tool: str, shop: Shop, tmp_path: Path) -> Releases:
    """The tool that the test is about."""
    return TOOLS[tool](shop, tmp_path)


def release_good_and_bad(shop: Shop, releases: Releases) -> None:
    """Release the old version and then the bad one, each recorded."""
    releases.release("nginx:1", env=OLD)
    shop.until_recorded(snapshots=1)
    releases.release("nginx:2", env=BAD)
    shop.until_recorded(snapshots=2)


def roll_back(shop: Shop) -> Object:
    """Roll back by request; return the status of its target."""
    status = shop.roll_back()
    assert (status["reason"], shop.image()) == ("RolledBack", "nginx:1")
    target: Object = status["targets"][0]
    return target


def environment(shop: Shop) -> dict[str, str]:
    container = shop.deployment()["spec"]["template"]["spec"]["containers"][0]
    return {variable["name"]: variable["value"] for variable in container.get("env", [])}


def owns_of_the_template(shop: Shop, manager: str = "rollback-operator") -> Object:
    """Return what a field manager owns of the pod template."""
    entries = shop.deployment()["metadata"]["managedFields"]
    owned = [e["fieldsV1"] for e in entries if e["manager"] == manager and "subresource" not in e]
    return next(
        (f["f:spec"]["f:template"] for f in owned if "f:template" in f.get("f:spec", {})), {}
    )


@every_tool
def test_a_new_version_can_be_released_and_the_history_is_whole(
    releases: Releases, shop: Shop
) -> None:
    release_good_and_bad(shop, releases)
    roll_back(shop)

    releases.release("nginx:3", env=OLD)

    assert environment(shop) == OLD
    found = shop.until_recorded(snapshots=4)
    assert recorded_images(found) == ["nginx:1", "nginx:2", "nginx:1", "nginx:3"]


@every_tool
def test_another_value_can_be_released_and_brings_the_bad_version_back_as_the_status_said(
    tool: str, releases: Releases, shop: Shop
) -> None:
    release_good_and_bad(shop, releases)
    target = roll_back(shop)

    releases.release("nginx:2", env=BAD, team="b")

    assert shop.deployment()["metadata"]["labels"]["team"] == "b"
    assert shop.image() == "nginx:2"
    assert target["owner"] == OWNERS[tool]
    assert "brings the version that was left back" in target["warning"]


@pytest.mark.parametrize("tool", ["helm", "kubectl", "kubectl-client-side"])
def test_nothing_of_the_old_version_stays_behind(releases: Releases, shop: Shop) -> None:
    release_good_and_bad(shop, releases)
    roll_back(shop)
    assert environment(shop) == OLD

    releases.release("nginx:3", env=COMMON)

    assert environment(shop) == COMMON


@pytest.mark.parametrize("tool", ["helm-client-side"])
def test_the_status_says_what_client_side_helm_leaves_behind(
    releases: Releases, shop: Shop
) -> None:
    release_good_and_bad(shop, releases)
    target = roll_back(shop)

    releases.release("nginx:3", env=COMMON)

    assert environment(shop) == OLD
    assert "spec.containers[app].env[FOO]" in target["warning"]


@pytest.mark.parametrize("tool", ["helm", "helm-client-side"])
def test_helm_can_roll_back_too(releases: HelmReleases, shop: Shop) -> None:
    release_good_and_bad(shop, releases)
    roll_back(shop)

    releases.go_back(1)

    assert (shop.image(), environment(shop)) == ("nginx:1", OLD)
    assert releases.statuses() == [(1, "superseded"), (2, "superseded"), (3, "deployed")]


@pytest.mark.parametrize("tool", ["kubectl-client-side"])
def test_the_old_manifest_is_applied_without_a_change(
    releases: KubectlReleases, shop: Shop
) -> None:
    release_good_and_bad(shop, releases)
    roll_back(shop)
    manifest = releases.manifest("nginx:1", env=OLD)

    assert json.loads(annotations(shop.deployment())[LAST_APPLIED])["spec"] == manifest["spec"]
    applied = shop.kubectl("apply", "-f", "-", input=json.dumps(manifest)).stdout
    assert applied == "deployment.apps/web unchanged\n"


@pytest.mark.parametrize("tool", ["helm", "kubectl"])
def test_it_costs_one_write_more(releases: Releases, shop: Shop) -> None:
    release_good_and_bad(shop, releases)
    already = len(shop.operator_writes())

    roll_back(shop)
    shop.until_recorded(snapshots=3)

    written = [w for w in shop.operator_writes()[already:] if w.succeeded]
    assert [w.subresource for w in written] == ["", "", "status"]
    assert owns_of_the_template(shop) == {}


@pytest.mark.parametrize("tool", ["helm", "kubectl"])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_before_or_after_it_the_end_is_the_same(
    moment: str,
    tool: str,
    empty_shop: Shop,
    tmp_path: Path,
    start_operator: StartsOperators,
) -> None:
    """The writes of a rollback: the claim, and then the hand-back, around which it is killed."""
    releases = TOOLS[tool](empty_shop, tmp_path)
    recorder = start_operator(empty_shop)
    release_good_and_bad(empty_shop, releases)
    recorder.stop()
    owned = owns_of_the_template(empty_shop, tool)
    crash = {"CRASH_AT": "2", "CRASH_MOMENT": moment, "CRASH_JOURNAL": str(tmp_path / "journal")}
    mortal = start_operator(empty_shop, "crashing_operator", **crash)
    empty_shop.request()
    assert mortal.wait(60) == -9
    assert bool(owns_of_the_template(empty_shop)) == (moment == "before")

    start_operator(empty_shop)
    assert empty_shop.until_over()["reason"] == "RolledBack"

    assert owns_of_the_template(empty_shop) == {}
    assert owns_of_the_template(empty_shop, tool) == json.loads(
        json.dumps(owned).replace("BAR", "FOO")
    )
    releases.release("nginx:3", env=COMMON)
    assert environment(empty_shop) == COMMON
