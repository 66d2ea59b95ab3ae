"""What a rollback takes is handed back: on a real API server, then the owners' next releases.

No operator runs here: the tests send its patches themselves, one by one. The same from end to end
is in `test_hand_back_end_to_end.py`.
"""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import kopf
import pytest

import harness
from harness.objects import annotations
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
from rollback_operator.domain.deployment import Deployment
from rollback_operator.domain.field_sets import below, parse
from rollback_operator.domain.hand_back import TEMPLATE
from rollback_operator.domain.json_patch import claim_patch
from rollback_operator.domain.last_applied import LAST_APPLIED, rewrite
from rollback_operator.domain.owner import find_owner
from rollback_operator.domain.template import Template
from rollback_operator.handlers.login import find_credentials
from rollback_operator.handlers.session import open_session
from rollback_operator.kube.api import Api
from rollback_operator.kube.kube_cluster import KubeCluster
from rollback_operator.operations.hand_back import hand_back

pytestmark = pytest.mark.slow

MANIFEST = "/metadata/annotations/" + LAST_APPLIED.replace("/", "~1")
UNKNOWN, KNOWN = "resumed", "undisturbed"

every_tool = pytest.mark.parametrize("tool", TOOLS)
server_side = pytest.mark.parametrize("tool", ["helm", "kubectl"])


@pytest.fixture
async def kube(
    cluster: harness.Cluster, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[KubeCluster]:
    """The operator's own gateway to the cluster."""
    monkeypatch.setenv("KUBECONFIG", str(cluster.kubeconfig))
    found = find_credentials(kopf.OperatorSettings())
    async with open_session(found) as session:
        yield KubeCluster(Api(session, found.server))


@pytest.fixture
def releases(tool: str, empty_shop: Shop, tmp_path: Path) -> Releases:
    """The tool that the test is about."""
    return TOOLS[tool](empty_shop, tmp_path)


def release_good_and_bad(shop: Shop, releases: Releases) -> Template:
    """Release the old version and then the bad one; return the old one's template."""
    releases.release("nginx:1", env=OLD)
    old = live(shop).template
    releases.release("nginx:2", env=BAD)
    return old


async def roll_back(shop: Shop, kube: KubeCluster, old: Template) -> tuple[Deployment, Deployment]:
    """Send the rollback's own patch; return the Deployment before and after it."""
    before = live(shop)
    patch = claim_patch(before, "{}", old)
    manifest = rewrite(before.annotation(LAST_APPLIED), before.template, old)
    if manifest is not None:
        patch.append({"op": "replace", "path": MANIFEST, "value": manifest})
    return before, await kube.patch(before, patch)


async def roll_back_and_hand_back(
    shop: Shop, kube: KubeCluster, old: Template, course: str = KNOWN
) -> None:
    before, after = await roll_back(shop, kube, old)
    await hand_back(kube, before if course == KNOWN else None, after)
    shop.until_done()


def live(shop: Shop) -> Deployment:
    return Deployment.from_object(shop.deployment())


def container(shop: Shop) -> dict[str, Any]:
    """Return the live container."""
    found: dict[str, Any] = shop.deployment()["spec"]["template"]["spec"]["containers"][0]
    return found


def environment(shop: Shop) -> dict[str, str]:
    return {variable["name"]: variable["value"] for variable in container(shop).get("env", [])}


def owners_in_the_template(shop: Shop) -> dict[str, int]:
    """Count the template's fields by `manager/operation`."""
    owned = {
        f"{entry['manager']}/{entry['operation']}": len(below(parse(entry["fieldsV1"]), TEMPLATE))
        for entry in live(shop).managed_fields
        if "subresource" not in entry
    }
    return {owner: count for owner, count in owned.items() if count}


def times(deployment: Deployment) -> dict[str, str]:
    """Return when each manager wrote last: what was handed to it, it did not write."""
    entries = [entry for entry in deployment.managed_fields if "subresource" not in entry]
    return {
        entry["manager"]: entry["time"]
        for entry in entries
        if entry["manager"] != "kube-controller-manager"
    }


@server_side
async def test_without_it_the_next_release_fails(
    releases: Releases, empty_shop: Shop, kube: KubeCluster
) -> None:
    await roll_back(empty_shop, kube, release_good_and_bad(empty_shop, releases))

    with pytest.raises(AssertionError, match="conflict"):
        releases.release("nginx:3")


@pytest.mark.parametrize("tool", ["kubectl-client-side"])
async def test_with_the_manifest_as_it_was_the_old_version_stays_behind(
    releases: Releases, empty_shop: Shop, kube: KubeCluster
) -> None:
    old = release_good_and_bad(empty_shop, releases)
    before = live(empty_shop)
    patch = [step for step in claim_patch(before, "{}", old) if step["path"] != MANIFEST]
    await hand_back(kube, before, await kube.patch(before, patch))

    releases.release("nginx:3", env=COMMON)

    assert environment(empty_shop) == OLD


@every_tool
async def test_a_new_version_can_be_released(
    releases: Releases, empty_shop: Shop, kube: KubeCluster
) -> None:
    await roll_back_and_hand_back(empty_shop, kube, release_good_and_bad(empty_shop, releases))

    releases.release("nginx:3", env=OLD)

    assert container(empty_shop)["image"] == "nginx:3"
    assert environment(empty_shop) == OLD


@every_tool
async def test_another_value_can_be_released_and_brings_the_bad_version_back_as_foretold(
    releases: Releases, empty_shop: Shop, kube: KubeCluster
) -> None:
    await roll_back_and_hand_back(empty_shop, kube, release_good_and_bad(empty_shop, releases))
    owner = find_owner(live(empty_shop))

    releases.release("nginx:2", env=BAD, team="b")

    assert empty_shop.deployment()["metadata"]["labels"]["team"] == "b"
    assert container(empty_shop)["image"] == "nginx:2"
    assert owner is not None
    assert "brings the version that was left back" in owner.warning


@pytest.mark.parametrize("course", [KNOWN, UNKNOWN])
@pytest.mark.parametrize("tool", ["helm", "kubectl", "kubectl-client-side"])
async def test_nothing_of_the_old_version_stays_behind(
    releases: Releases, empty_shop: Shop, kube: KubeCluster, course: str
) -> None:
    old = release_good_and_bad(empty_shop, releases)
    await roll_back_and_hand_back(empty_shop, kube, old, course)
    assert environment(empty_shop) == OLD

    releases.release("nginx:3", env=COMMON)

    assert environment(empty_shop) == COMMON


@pytest.mark.parametrize("tool", ["helm-client-side"])
async def test_what_client_side_helm_leaves_behind_is_foretold(
    releases: Releases, empty_shop: Shop, kube: KubeCluster
) -> None:
    old = release_good_and_bad(empty_shop, releases)
    before, after = await roll_back(empty_shop, kube, old)
    await hand_back(kube, before, after)
    owner = find_owner(before)

    releases.release("nginx:3", env=COMMON)

    assert environment(empty_shop) == OLD
    assert owner is not None
    assert "spec.containers[app].env[FOO]" in owner.foretell(before.template, old)


@pytest.mark.parametrize("tool", ["helm", "helm-client-side"])
async def test_helm_can_roll_back_too(
    releases: HelmReleases, empty_shop: Shop, kube: KubeCluster
) -> None:
    await roll_back_and_hand_back(empty_shop, kube, release_good_and_bad(empty_shop, releases))

    releases.go_back(1)

    assert container(empty_shop)["image"] == "nginx:1"
    assert environment(empty_shop) == OLD
    assert releases.statuses() == [(1, "superseded"), (2, "superseded"), (3, "deployed")]


@pytest.mark.parametrize("tool", ["helm"])
async def test_a_release_that_failed_before_can_be_repeated_after_a_late_hand_back(
    releases: Releases, empty_shop: Shop, kube: KubeCluster
) -> None:
    before, after = await roll_back(empty_shop, kube, release_good_and_bad(empty_shop, releases))
    with pytest.raises(AssertionError, match="conflict"):
        releases.release("nginx:3")

    await hand_back(kube, before, after)
    releases.release("nginx:3", env=COMMON)

    assert container(empty_shop)["image"] == "nginx:3"
    assert environment(empty_shop) == COMMON


@pytest.mark.parametrize("tool", ["helm-client-side", "kubectl-client-side"])
async def test_it_can_be_applied_on_the_server_from_now_on(
    tool: str, releases: Releases, empty_shop: Shop, kube: KubeCluster, tmp_path: Path
) -> None:
    await roll_back_and_hand_back(empty_shop, kube, release_good_and_bad(empty_shop, releases))

    if isinstance(releases, HelmReleases):
        chart = str(tmp_path / "chart")
        releases.helm("upgrade", "web", chart, "--server-side=true", "--set", "image=nginx:3")
    else:
        KubectlReleases(empty_shop, server_side=True).release("nginx:3")

    assert container(empty_shop)["image"] == "nginx:3", tool


@server_side
async def test_the_owner_has_every_field_again_in_one_write_that_starts_no_rollout(
    releases: Releases, empty_shop: Shop, kube: KubeCluster
) -> None:
    releases.release("nginx:1")
    old, owned = live(empty_shop).template, owners_in_the_template(empty_shop)
    releases.release("nginx:2")
    before, after = await roll_back(empty_shop, kube, old)

    await hand_back(kube, before, after)

    assert owners_in_the_template(empty_shop) == owned
    assert live(empty_shop).generation == after.generation
    assert times(live(empty_shop)) == times(after)
    assert times(after).keys() >= {"rollback-operator"}


@server_side
async def test_it_looks_again_when_ownership_has_changed_meanwhile(
    releases: Releases, empty_shop: Shop, kube: KubeCluster
) -> None:
    before, after = await roll_back(empty_shop, kube, release_good_and_bad(empty_shop, releases))
    empty_shop.kubectl("set", "env", "deployment/web", "FOO=2")

    await hand_back(kube, before, after)

    assert "rollback-operator/Update" not in owners_in_the_template(empty_shop)
    assert "kubectl-set/Update" in owners_in_the_template(empty_shop)


@server_side
async def test_the_second_time_nothing_is_written(
    releases: Releases, empty_shop: Shop, kube: KubeCluster
) -> None:
    await roll_back_and_hand_back(empty_shop, kube, release_good_and_bad(empty_shop, releases))
    settled = Deployment.from_object(empty_shop.until_settled())

    await hand_back(kube, None, settled)

    assert live(empty_shop).resource_version == settled.resource_version


@pytest.mark.parametrize("tool", ["helm"])
async def test_two_who_applied_the_same_value_own_it_together_again(
    releases: Releases, empty_shop: Shop, kube: KubeCluster
) -> None:
    old = release_good_and_bad(empty_shop, releases)
    second = KubectlReleases(empty_shop, server_side=True)
    second.release("nginx:2", env=BAD)
    owned = owners_in_the_template(empty_shop)

    await roll_back_and_hand_back(empty_shop, kube, old)

    # Instead of the three fields of BAR both own, or one does, the three of FOO.
    assert set(owners_in_the_template(empty_shop)) == set(owned) == {"helm/Apply", "kubectl/Apply"}
    releases.release("nginx:1", env=OLD, team="a")
    second.release("nginx:1", env=OLD)


@pytest.mark.parametrize("tool", ["helm"])
async def test_an_image_set_by_hand_belongs_to_the_chart_again(
    releases: Releases, empty_shop: Shop, kube: KubeCluster
) -> None:
    releases.release("nginx:1", env=OLD)
    old = live(empty_shop).template
    empty_shop.kubectl("set", "image", "deployment/web", "app=nginx:2")
    empty_shop.until_done()

    await roll_back_and_hand_back(empty_shop, kube, old)

    releases.release("nginx:3", env=COMMON)
    assert container(empty_shop)["image"] == "nginx:3"
    assert environment(empty_shop) == COMMON


@pytest.mark.parametrize("tool", ["kubectl-client-side"])
async def test_the_kept_manifest_is_what_its_author_would_have_applied(
    releases: KubectlReleases, empty_shop: Shop, kube: KubeCluster
) -> None:
    releases.release("nginx:1", env=OLD)
    old, manifest = live(empty_shop), annotations(empty_shop.deployment())[LAST_APPLIED]
    releases.release("nginx:2", env=BAD)

    await roll_back_and_hand_back(empty_shop, kube, old.template)

    assert annotations(empty_shop.deployment())[LAST_APPLIED] == manifest
    unchanged = empty_shop.kubectl("apply", "-f", "-", input=manifest).stdout
    assert unchanged == "deployment.apps/web unchanged\n"


async def test_nothing_is_written_where_nobody_is_hindered(
    empty_shop: Shop, kube: KubeCluster
) -> None:
    empty_shop.deploy("nginx:1")
    old = live(empty_shop).template
    empty_shop.roll_out("nginx:2")
    before, _ = await roll_back(empty_shop, kube, old)
    settled = Deployment.from_object(empty_shop.until_settled())

    await hand_back(kube, before, settled)

    assert live(empty_shop).resource_version == settled.resource_version
