"""Installing, upgrading and uninstalling, as seen by those whose Deployments are looked after."""

import shutil
from dataclasses import replace
from pathlib import Path

import yaml

from harness.helm import CHART, DEFINITION, SIGNING_KEY, Installation
from harness.objects import Object, history
from harness.shop import Shop
from installed import at_work


def versions(shop: Shop) -> tuple[str, str]:
    """Return the versions of the Deployment and of the request; each write changes them."""
    objects = (shop.until_settled(), shop.rollback_request())
    deployment, request = (str(found["metadata"]["resourceVersion"]) for found in objects)
    return deployment, request


def test_upgrading_and_uninstalling_leave_deployments_and_requests_as_they_were(
    release: Installation, shop: Shop, tmp_path: Path
) -> None:
    with at_work(release, shop, tmp_path / "log"):
        shop.release("nginx:1", "nginx:2")
        assert shop.roll_back()["reason"] == "RolledBack"
        shop.until_recorded(snapshots=3)
    before = versions(shop)

    upgraded = replace(release, flags=("--set=settings.historyLimit=20",))
    upgraded.install()
    with at_work(upgraded, shop, tmp_path / "log"):
        assert versions(shop) == before
    upgraded.uninstall()

    assert versions(shop) == before


def test_the_operator_does_not_look_after_itself(
    release: Installation, shop: Shop, tmp_path: Path
) -> None:
    """Rolling it back would end whoever carries that out."""
    with at_work(release, shop, tmp_path / "log"):
        shop.release("nginx:1")

    assert history(release.deployment()) is None


def test_after_uninstalling_deployments_and_requests_can_be_deleted(
    release: Installation, shop: Shop, tmp_path: Path
) -> None:
    with at_work(release, shop, tmp_path / "log"):
        shop.release("nginx:1", "nginx:2")
        shop.roll_back()

    release.uninstall()

    shop.kubectl("delete", "deployment/web", "rbr/back", "--timeout=60s")


def test_whoever_installs_again_goes_on_where_the_first_one_stopped(
    release: Installation, shop: Shop, tmp_path: Path
) -> None:
    """With another key the first version's record would count for nothing."""
    with at_work(release, shop, tmp_path / "log"):
        shop.release("nginx:1", "nginx:2")
    shop.kubectl("delete", "replicaset", "--selector=app=web", "--cascade=orphan")
    before = key(release)

    release.uninstall()
    release.install()

    assert key(release) == before
    with at_work(release, shop, tmp_path / "log"):
        assert shop.roll_back()["reason"] == "RolledBack"


def test_the_key_stays_over_upgrades(release: Installation) -> None:
    before = key(release)

    release.install()

    assert key(release) == before


def test_an_upgrade_brings_a_newer_custom_resource(
    release: Installation, shop: Shop, tmp_path: Path
) -> None:
    """Helm itself would not: what stands in a chart's `crds/` is never upgraded."""
    older = replace(release, chart=with_older_resource(tmp_path / "older"))
    older.install()
    shop.request(dryRun=True)

    release.install()

    assert "Message" in columns(release)
    assert shop.rollback_request()["spec"]["dryRun"]


def test_a_custom_resource_that_was_applied_by_hand_can_be_taken_over(
    release: Installation,
) -> None:
    release.uninstall()
    release.kubectl("delete", *DEFINITION)
    release.kubectl("apply", "--filename", str(CHART.parents[1] / "crds"))

    replace(release, flags=("--take-ownership",)).install()

    assert release.kubectl.json("get", *DEFINITION)["metadata"]["labels"]


def key(release: Installation) -> Object:
    """Return the signing keys that are in the Secret."""
    return dict(release.kubectl.json("get", *SIGNING_KEY)["data"])


def columns(release: Installation) -> list[str]:
    """Return what `kubectl get rbr` shows."""
    [version] = release.kubectl.json("get", *DEFINITION)["spec"]["versions"]
    return [column["name"] for column in version["additionalPrinterColumns"]]


def with_older_resource(directory: Path) -> Path:
    """Return a chart whose custom resource lacks the newest column."""
    shutil.copytree(CHART, directory)
    file = directory / "files" / "rollbackrequests.yaml"
    definition = yaml.safe_load(file.read_text())
    definition["spec"]["versions"][0]["additionalPrinterColumns"].pop()
    file.write_text(yaml.safe_dump(definition))
    return directory
