"""With Roles in some namespaces only, all works there, and nothing is looked at elsewhere."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import harness
from builders.tour import tour
from harness.helm import DEFINITION, Installation
from harness.shop import Shop
from installed import at_work, standing_by
from rights import denied, granted, used


@pytest.fixture
def shop(bare: harness.Cluster) -> Iterator[Shop]:
    """The namespace that is looked after."""
    place = Shop(bare)
    yield place
    place.close()


@pytest.fixture
def release(bare: harness.Cluster, shop: Shop) -> Iterator[Installation]:
    """The chart, installed for one namespace."""
    flags = ("--set=namespaced=true", f"--set=settings.namespaces={{{shop.namespace}}}")
    installed = Installation(bare, "for-one-shop", "ours", ("--take-ownership", *flags))
    installed.install()
    yield installed
    installed.uninstall()
    # The chart keeps it, and others would find that it is this release's.
    installed.kubectl("delete", *DEFINITION)


def test_every_right_is_used_and_none_is_missing(
    release: Installation, shop: Shop, tmp_path: Path
) -> None:
    with at_work(release, shop, tmp_path / "log"), standing_by(release, tmp_path / "standby"):
        tour(shop)

    assert denied(release) == []
    assert used(release) == granted(release)


def test_the_label_of_a_namespace_that_cannot_be_watched_counts_at_once(
    release: Installation, shop: Shop, tmp_path: Path
) -> None:
    flag = "rollback-operator.dev/rollback"
    with at_work(release, shop, tmp_path / "log"):
        shop.release("nginx:1", "nginx:2")
        shop.kubectl("label", "namespace", shop.namespace, f"{flag}=disabled")
        assert shop.roll_back("early")["reason"] == "Disabled"

        shop.kubectl("label", "namespace", shop.namespace, "--overwrite", f"{flag}=enabled")
        assert shop.roll_back("late")["reason"] == "RolledBack"


def test_it_has_no_right_in_another_namespace(
    bare: harness.Cluster, release: Installation, shop: Shop
) -> None:
    elsewhere = Shop(bare)
    account = f"--as=system:serviceaccount:{release.namespace}:{release.service_account()}"

    there = elsewhere.kubectl("auth", "can-i", "patch", "deployments", account, check=False)
    here = shop.kubectl("auth", "can-i", "patch", "deployments", account, check=False)

    assert (there.stdout.strip(), here.stdout.strip()) == ("no", "yes")
    elsewhere.close()
