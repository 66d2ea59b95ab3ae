"""Whoever may patch `deployments/status` can write a history: it is not believed."""

import base64
import json
import zlib
from pathlib import Path

from harness.objects import HISTORY, TEMPLATES, Object, annotations, history, recorded_images
from harness.shop import Shop
from rollback_operator.domain.annotations import decode
from rollback_operator.domain.signing import Keyring


def test_a_forged_template_is_not_rolled_back_to(shop: Shop) -> None:
    shop.release("nginx:1", "nginx:2")
    _forge(shop, "nginx:1", "evil:1")

    shop.roll_back()

    assert shop.image() in {"nginx:1", "nginx:2"}


def test_a_forged_snapshot_is_dropped_with_the_next_rollout(shop: Shop, key_file: Path) -> None:
    """Signing what was found would make it look like ours for ever."""
    shop.release("nginx:1", "nginx:2")
    _forge(shop, "nginx:1", "evil:1")

    shop.roll_out("nginx:3")

    found = shop.until_recorded()
    assert recorded_images(found)[-1] == "nginx:3"
    assert "evil:1" not in recorded_images(found)
    assert _is_signed_by(shop, key_file)


def test_a_forged_line_does_not_undo_a_return(shop: Shop) -> None:
    """nginx:2 was bad and undone: a forger who says otherwise does not bring it back."""
    shop.release("nginx:1", "nginx:2")
    shop.undo()
    found = shop.until_recorded(snapshots=3)
    shop.until_seen()
    (_, second, third) = found["snapshots"]
    del third["returnedTo"]
    third["below"] = second["id"]
    _write(shop, {HISTORY: json.dumps(found)})

    shop.roll_back()

    assert shop.image() == "nginx:1"


def test_a_shortened_history_is_not_believed(shop: Shop, key_file: Path) -> None:
    """The copies on older ReplicaSets still say what is true."""
    shop.release("nginx:1", "nginx:2", "nginx:3")
    found = _history(shop)
    del found["snapshots"][1]
    _write(shop, {HISTORY: json.dumps(found)})

    shop.roll_out("nginx:4")

    assert "nginx:2" in recorded_images(shop.until_recorded())
    assert _is_signed_by(shop, key_file)


def test_a_broken_history_is_as_good_as_none(shop: Shop, key_file: Path) -> None:
    shop.release("nginx:1")
    _write(shop, {HISTORY: '{"format": 1, "uid":', TEMPLATES: "not base 85"})

    shop.roll_out("nginx:2")

    assert recorded_images(shop.until_recorded())[-1] == "nginx:2"
    assert _is_signed_by(shop, key_file)


def _forge(shop: Shop, old: str, new: str) -> None:
    """Put another image into every record, with the signature left as it was."""
    kept = annotations(shop.deployment())
    templates = zlib.decompress(base64.b64decode(kept[TEMPLATES])).decode()
    forged = base64.b64encode(zlib.compress(templates.replace(old, new).encode())).decode()
    _write(shop, {HISTORY: kept[HISTORY].replace(old, new), TEMPLATES: forged})


def _write(shop: Shop, values: dict[str, str]) -> None:
    """Write annotations as one who may patch `deployments/status` only."""
    change = {"metadata": {"annotations": values}}
    shop.apps.patch_namespaced_deployment_status("web", shop.namespace, change)
    shop.until_copied()
    shop.until_seen()


def _history(shop: Shop) -> Object:
    found = history(shop.deployment())
    assert found is not None
    return found


def _is_signed_by(shop: Shop, key: Path) -> bool:
    deployment = shop.deployment()
    keyring = Keyring.of([key.read_bytes()])
    found = decode(annotations(deployment), deployment["metadata"]["uid"], keyring)
    assert found is not None
    return found.signed
