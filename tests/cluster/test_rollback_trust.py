"""Whose records are believed: annotations can be copied, edited and forged."""

import json
import os
import signal
from pathlib import Path

import pytest

from conftest import StartsOperators
from harness.objects import CLAIM, HISTORY, TEMPLATES, annotations, claim, history
from harness.shop import Shop


def annotate(shop: Shop, values: dict[str, str], name: str = "web") -> None:
    """Write annotations by the status subresource, as somebody with few rights would."""
    shop.apps.patch_namespaced_deployment_status(
        name, shop.namespace, {"metadata": {"annotations": values}}, field_manager="somebody"
    )
    shop.until_copied(name)


def test_history_copied_from_another_deployment_is_no_target(shop: Shop) -> None:
    """Whoever believes it rolls one application back to another one's template."""
    shop.release("nginx:1", "nginx:2")
    ours = annotations(shop.deployment())
    copied = {name: ours[name] for name in (HISTORY, TEMPLATES)}
    shop.deploy("httpd:7", name="other", annotations=copied)

    status = shop.roll_back(target="other")

    assert (status["reason"], shop.image("other")) == ("NoEarlierSnapshot", "httpd:7")


def test_a_claim_copied_from_another_deployment_does_not_block(shop: Shop) -> None:
    shop.release("nginx:1", "nginx:2")
    shop.roll_back("first")
    text = annotations(shop.deployment())[CLAIM]
    shop.release("httpd:1", "httpd:2", name="other")
    annotate(shop, {CLAIM: text}, "other")

    status = shop.roll_back(target="other")

    assert (status["reason"], shop.image("other")) == ("RolledBack", "httpd:1")


def a_forged_claim(shop: Shop) -> str:
    """Return a claim that says that the live version is being rolled back already."""
    shop.roll_back("real")
    real = claim(shop.deployment())
    assert real is not None
    return json.dumps(real | {"request": "forged", "requestUid": "0", "signature": "0" * 64})


@pytest.mark.parametrize("text", ["", "{}", "null", "[]", "no JSON", '{"format":1,"uid":"x"}'])
def test_a_broken_claim_does_not_block(shop: Shop, text: str) -> None:
    shop.release("nginx:1", "nginx:2")
    annotate(shop, {CLAIM: text})

    status = shop.roll_back()

    assert (status["reason"], shop.image()) == ("RolledBack", "nginx:1")


def test_a_forged_claim_does_not_block_and_is_overwritten(shop: Shop) -> None:
    shop.release("nginx:1", "nginx:2")
    forged = a_forged_claim(shop)
    shop.roll_out("nginx:3")
    shop.until_recorded(snapshots=4)
    annotate(shop, {CLAIM: forged})

    status = shop.roll_back()

    assert (status["reason"], shop.image()) == ("RolledBack", "nginx:1")
    assert (claim(shop.deployment()) or {})["request"] == "back"


def test_a_history_that_was_edited_is_not_believed(
    empty_shop: Shop, start_operator: StartsOperators
) -> None:
    """Else whoever may write a status could have any pod run with our rights.

    While the operator stands still, the forgery is copied over the last good copy, too.
    """
    shop, operator = empty_shop, start_operator(empty_shop)
    shop.until_seen()
    shop.release("nginx:1", "nginx:2")
    held = annotations(shop.deployment())
    evil = held[HISTORY].replace('"nginx:1"', '"evil:1"')

    os.kill(operator.pid, signal.SIGSTOP)
    annotate(shop, {HISTORY: evil, TEMPLATES: held[TEMPLATES]})
    os.kill(operator.pid, signal.SIGCONT)
    default, explicit = shop.roll_back("default"), shop.roll_back("named", to={"revision": 1})

    assert (default["reason"], explicit["reason"]) == ("HistoryGap", "RolledBack")
    assert shop.image() == "nginx:1"
    assert "evil" not in annotations(shop.deployment())[HISTORY]


def test_a_history_signed_with_another_key_is_not_believed(
    empty_shop: Shop, start_operator: StartsOperators, tmp_path: Path
) -> None:
    stranger = tmp_path / "stranger"
    stranger.write_text("not the key of this operator")
    other = start_operator(empty_shop, ROLLBACK_KEY_FILES=str(stranger))
    empty_shop.release("nginx:1", "nginx:2", spec={"revisionHistoryLimit": 0})
    other.kill()
    start_operator(empty_shop)

    status = empty_shop.roll_back()

    assert status["phase"] == "Exception"
    assert empty_shop.image() == "nginx:2"


@pytest.fixture
def unsigned(empty_shop: Shop, start_operator: StartsOperators) -> Shop:
    """Two versions, recorded by an operator without a key."""
    start_operator(empty_shop, ROLLBACK_KEY_FILES="")
    empty_shop.release("nginx:1", "nginx:2")
    return empty_shop


def drop_replica_set(shop: Shop) -> None:
    """Delete the ReplicaSet of the first version."""
    shop.kubectl("delete", "replicaset", shop.replica_sets()[0]["metadata"]["name"])


def test_an_unsigned_snapshot_is_used_where_a_replica_set_bears_it_out(unsigned: Shop) -> None:
    status = unsigned.roll_back()

    assert (status["reason"], unsigned.image()) == ("RolledBack", "nginx:1")


def test_an_unsigned_snapshot_alone_is_not_used(unsigned: Shop) -> None:
    drop_replica_set(unsigned)

    status = unsigned.roll_back()

    assert (status["phase"], status["reason"]) == ("Exception", "UnsignedSnapshot")
    assert unsigned.image() == "nginx:2"
    assert "ROLLBACK_KEY_FILES" in status["message"]


def test_an_unsigned_snapshot_alone_is_not_used_by_name_either(unsigned: Shop) -> None:
    drop_replica_set(unsigned)

    assert unsigned.roll_back(to={"revision": 1})["reason"] == "UnsignedSnapshot"


def test_for_artifacts_a_replica_set_with_the_same_images_is_enough(unsigned: Shop) -> None:
    """The template of revision 1 is gone, but revision 3 ran its image too."""
    unsigned.patch(
        {
            "spec": {
                "template": {
                    "metadata": {"labels": {"tier": "front"}},
                    "spec": {"containers": [{"name": "app", "image": "nginx:1"}]},
                }
            }
        }
    )
    unsigned.until_recorded(snapshots=3)
    unsigned.roll_out("nginx:4")
    unsigned.until_recorded(snapshots=4)
    drop_replica_set(unsigned)

    whole = unsigned.roll_back("whole", to={"revision": 1})
    artifacts = unsigned.roll_back(
        "artifacts", to={"revision": 1}, components={"mode": "Artifacts"}
    )

    assert (whole["reason"], artifacts["reason"]) == ("UnsignedSnapshot", "RolledBack")
    assert unsigned.image() == "nginx:1"


def test_an_edited_unsigned_history_never_brings_a_template_that_no_replica_set_has(
    unsigned: Shop,
) -> None:
    text = annotations(unsigned.deployment())[HISTORY]
    annotate(unsigned, {HISTORY: text.replace('"nginx:1"', '"evil:1"')})

    unsigned.roll_back()

    assert unsigned.image() in {"nginx:1", "nginx:2"}
    assert history(unsigned.deployment()) is not None
