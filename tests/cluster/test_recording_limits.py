"""Little room and few ReplicaSets: recording never freezes a rollout, and needs no ReplicaSet."""

import json

from harness.objects import HISTORY, TEMPLATES, Object, annotations, history, recorded_images
from harness.shop import Shop

API_LIMIT = 256 * 1024
"""Bytes of all annotations of an object that the API server accepts."""
FREE = 4 * 1024
"""Bytes that the operator leaves free for the controller's keys on ReplicaSets."""


def test_without_old_replica_sets_history_is_kept_and_used(shop: Shop) -> None:
    """Trap 20: `kubectl rollout undo` finds nothing to go back to here."""
    shop.release("nginx:1", "nginx:2", "nginx:3", spec={"revisionHistoryLimit": 0})
    undo = shop.kubectl("rollout", "undo", "deployment/web", check=False)
    assert undo.returncode != 0

    assert recorded_images(_history(shop)) == ["nginx:1", "nginx:2", "nginx:3"]
    assert shop.roll_back()["reason"] == "RolledBack"
    assert shop.image() == "nginx:2"


def test_annotations_that_are_all_removed_are_made_anew(shop: Shop) -> None:
    """Trap 7: there is no map to add to."""
    shop.release("nginx:1", "nginx:2")
    shop.patch([{"op": "remove", "path": "/metadata/annotations"}])

    assert recorded_images(shop.until_recorded()) == ["nginx:1", "nginx:2"]


def test_a_full_deployment_rolls_out_unrecorded_and_an_event_says_so(shop: Shop) -> None:
    """Trap 4: at the limit the API server refuses the *ReplicaSet*."""
    shop.deploy("nginx:1", annotations=_filling(255 * 1024))
    shop.roll_out("nginx:2")

    assert shop.operator_writes() == []
    assert history(shop.deployment()) is None
    events = _events(shop)
    assert {event["type"] for event in events} == {"Warning"}
    assert {event["involvedObject"]["name"] for event in events} == {"web"}


def test_a_lasting_lack_of_room_is_one_event(shop: Shop) -> None:
    shop.deploy("nginx:1", annotations=_filling(255 * 1024))
    shop.until_seen()
    shop.scale(3)
    shop.until_done()
    shop.restart()
    shop.until_seen()

    assert len(_events(shop)) == 1


def test_history_shrinks_to_the_room_that_others_leave(shop: Shop) -> None:
    room = 2000
    shop.deploy("nginx:1", annotations=_filling(API_LIMIT - FREE - room))
    shop.until_recorded()
    for version in range(2, 9):
        shop.roll_out(f"nginx:{version}")
        shop.until_recorded()

    found = _history(shop)
    kept = annotations(shop.deployment())
    ours = sum(len(name) + len(kept[name]) for name in (HISTORY, TEMPLATES))
    assert 1 <= len(found["snapshots"]) < 8
    assert recorded_images(found)[-1] == "nginx:8"
    assert found["truncated"] is True
    assert ours <= room


def test_recording_begins_when_there_is_room_again(shop: Shop) -> None:
    shop.deploy("nginx:1", annotations=_filling(255 * 1024))
    shop.until_seen()
    assert history(shop.deployment()) is None

    shop.patch({"metadata": {"annotations": dict.fromkeys(_filling(255 * 1024))}})

    assert recorded_images(shop.until_recorded()) == ["nginx:1"]


def test_annotations_that_grow_beside_the_history_do_not_freeze_rollouts(shop: Shop) -> None:
    """What fits without our history must go on fitting: the history gives way."""
    shop.release(*(f"nginx:{version}" for version in range(1, 6)))
    ours = sum(len(k) + len(v) for k, v in annotations(shop.deployment()).items())
    shop.patch({"metadata": {"annotations": _filling(API_LIMIT - ours - 20)}})
    shop.until_seen()

    shop.roll_out("nginx:6")

    assert shop.image() == "nginx:6"


def _filling(size: int) -> dict[str, str]:
    """Return annotations of that many bytes, names included."""
    name = "example.com/filling"
    return {name: "x" * (size - len(name))}


def _history(shop: Shop) -> Object:
    found = history(shop.deployment())
    assert found is not None
    return found


def _events(shop: Shop) -> list[Object]:
    flags = ("--field-selector=reason=SnapshotDoesNotFit", "-o", "json")
    found: list[Object] = json.loads(shop.kubectl("get", "events", *flags).stdout)["items"]
    return found
