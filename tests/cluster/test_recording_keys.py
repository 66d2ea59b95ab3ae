"""Keys come, go and are missing: what is believed of a history then."""

from pathlib import Path

import pytest

from conftest import StartsOperators
from harness.objects import annotations, history, recorded_images, rollbackable
from harness.operator_process import OperatorProcess
from harness.shop import Shop
from rollback_operator.domain.annotations import decode
from rollback_operator.domain.signing import Keyring

UNSIGNED = {"ROLLBACK_KEY_FILES": ""}
FEW = {"revisionHistoryLimit": 1}
"""Of nginx:1, nginx:2 and nginx:3 the first has no ReplicaSet any more."""


@pytest.fixture
def new_key(tmp_path: Path) -> Path:
    """Another key than the operator has by default."""
    path = tmp_path / "new-key"
    path.write_text("a new key")
    return path


def test_a_second_key_verifies_while_the_first_one_signs(
    empty_shop: Shop, start_operator: StartsOperators, key_file: Path, new_key: Path
) -> None:
    shop = empty_shop
    _release_under(start_operator(shop), shop, "nginx:1", "nginx:2", "nginx:3", spec=FEW)
    start_operator(shop, ROLLBACK_KEY_FILES=f"{new_key},{key_file}")
    shop.until_seen()
    assert _is_signed_by(shop, key_file)

    shop.roll_out("nginx:4")

    found = shop.until_recorded()
    assert recorded_images(found) == ["nginx:1", "nginx:2", "nginx:3", "nginx:4"]
    assert _is_signed_by(shop, new_key)


def test_a_record_of_a_retired_key_needs_a_replica_set_that_bears_it_out(
    empty_shop: Shop, start_operator: StartsOperators, new_key: Path
) -> None:
    shop = empty_shop
    _release_under(start_operator(shop), shop, "nginx:1", "nginx:2", "nginx:3", spec=FEW)
    start_operator(shop, ROLLBACK_KEY_FILES=str(new_key))
    shop.until_seen()

    refused = shop.roll_back("far", to={"images": {"app": "nginx:1"}})

    assert refused["reason"] == "UnsignedSnapshot"
    assert shop.roll_back("near")["reason"] == "RolledBack"
    assert shop.image() == "nginx:2"


def test_without_a_key_rollouts_are_recorded_and_rolled_back(
    empty_shop: Shop, start_operator: StartsOperators
) -> None:
    shop = empty_shop
    start_operator(shop, **UNSIGNED)
    shop.until_seen()
    shop.release("nginx:1", "nginx:2")

    assert rollbackable(shop.deployment()) == ("True", "EarlierSnapshot")
    assert shop.roll_back()["reason"] == "RolledBack"


def test_of_an_unsigned_history_only_what_replica_sets_bear_out_is_signed(
    empty_shop: Shop, start_operator: StartsOperators, key_file: Path
) -> None:
    shop = empty_shop
    unsigned = start_operator(shop, **UNSIGNED)
    _release_under(unsigned, shop, "nginx:1", "nginx:2", "nginx:3", spec=FEW)
    start_operator(shop)
    shop.until_seen()

    shop.roll_out("nginx:4")

    found = shop.until_recorded()
    assert recorded_images(found)[-2:] == ["nginx:3", "nginx:4"]
    assert "nginx:1" not in recorded_images(found)
    assert found["truncated"] is True
    assert _is_signed_by(shop, key_file)


def test_a_new_key_alone_is_no_reason_to_write(
    empty_shop: Shop, start_operator: StartsOperators, new_key: Path
) -> None:
    shop = empty_shop
    _release_under(start_operator(shop), shop, "nginx:1", "nginx:2")
    before = history(shop.deployment())

    start_operator(shop, ROLLBACK_KEY_FILES=str(new_key))

    assert len(shop.operator_writes()) == 2
    assert history(shop.deployment()) == before


def _release_under(
    operator: OperatorProcess, shop: Shop, *images: str, spec: dict[str, int] | None = None
) -> None:
    """Roll the images out while that operator runs, and stop it."""
    shop.until_seen()
    shop.release(*images, spec=spec)
    shop.until_seen()
    operator.stop()


def _is_signed_by(shop: Shop, key: Path) -> bool:
    deployment = shop.deployment()
    keyring = Keyring.of([key.read_bytes()])
    found = decode(annotations(deployment), deployment["metadata"]["uid"], keyring)
    assert found is not None
    return found.signed
