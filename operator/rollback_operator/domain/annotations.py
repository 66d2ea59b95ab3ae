"""History to annotation text and back: readable index, compressed templates, signature, budget.

`…/history` is JSON for people and `…/templates` the pod templates, compressed together because
successive templates are nearly alike. The deployment controller copies both to ReplicaSets
(trap 2), and what does not fit there freezes rollouts (trap 4): hence the caps.
"""

import base64
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from rollback_operator.domain.deployment import Deployment, ReplicaSet
from rollback_operator.domain.names import HISTORY, TEMPLATES
from rollback_operator.domain.signing import Keyring
from rollback_operator.domain.snapshot import Executed, History, Origin, Snapshot
from rollback_operator.domain.step import Step, When
from rollback_operator.domain.template import JsonObject, Template, canonical
from rollback_operator.domain.times import format_precise_time, format_time, parse_time

FORMAT = 1
HARD_CAP = 32 * 1024
"""Bytes that history and templates may take together."""
API_LIMIT = 256 * 1024
"""Bytes of all annotations of an object (apimachinery `TotalAnnotationSizeLimitB`)."""
SPARE = 4 * 1024
"""Bytes left free for the keys that the controller adds on ReplicaSets."""
UNPACKED_CAP = 1024 * 1024
"""Bytes that templates may unpack to: what unpacks to more was not written here."""
NUMBER_CAP = 2**53
"""No count of ours gets there; what is beyond, JSON readers disagree on."""


BROKEN = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
    zlib.error,
)
"""What reading a text that anyone may have written can end in."""


def fit(
    history: History, keyring: Keyring, room: int, limit: int
) -> tuple[History, dict[str, str]] | None:
    """Return as much history as fits with its annotations, or None if not one snapshot does.

    `room` is what the annotations of others leave, in bytes; `limit` the number of snapshots.
    """
    budget = min(HARD_CAP, room)
    for count in range(min(limit, len(history.snapshots)), 0, -1):
        kept = history.truncated_to(count)
        annotations = _encode(kept, keyring)
        if size(annotations) <= budget:
            return kept, annotations
    return None


def room_beside(annotations: Mapping[str, str] | None) -> int:
    """Return the bytes that the annotations of others leave for the history."""
    others = {k: v for k, v in (annotations or {}).items() if k not in {HISTORY, TEMPLATES}}
    return API_LIMIT - SPARE - size(others)


def size(annotations: Mapping[str, str]) -> int:
    """Return the bytes that the API server counts."""
    return sum(len(k.encode()) + len(v.encode()) for k, v in annotations.items())


def decode(annotations: Mapping[str, str] | None, uid: str, keyring: Keyring) -> History | None:
    """Read the history of the Deployment with that UID.

    None if there is none, or it is another object's (trap 6), or broken. `signed` tells whether
    a known key vouches for it; nothing is unpacked before that was looked at.
    """
    kept = {key: text for key, text in (annotations or {}).items() if key in EMPTY}
    if size(kept) > HARD_CAP:
        return None
    try:
        text, packed = kept[HISTORY], kept[TEMPLATES]
        signed, owner = _provenance(text, packed, keyring)
        if owner != uid:
            return None
        if signed:
            return _remembered(text, packed)
        # What others wrote is not remembered: it would be their memory to fill.
        return _history(json.loads(text), _unpack(packed))
    except BROKEN:
        return None


@lru_cache(maxsize=64)
def _provenance(text: str, packed: str, keyring: Keyring) -> tuple[bool, Any]:
    """Return whether a known key vouches for it, and the UID of the Deployment that it is of."""
    index = json.loads(text)
    signature = index.pop("signature")
    return keyring.vouches(_signed_text(index, packed), signature), index["uid"]


@lru_cache(maxsize=64)
def _remembered(text: str, packed: str) -> History:
    """Decode once what is looked at several times on the way of a request, and is ours."""
    return replace(_history(json.loads(text), _unpack(packed)), signed=True)


def read_own(
    deployment: Deployment, keyring: Keyring, *, believing: bool = False
) -> History | None:
    """Return the Deployment's own copy; where there are keys, only if one of them vouches.

    `believing` takes an unsigned one too: there is none that is signed, so nothing was forged over.
    """
    own = decode(deployment.annotations, deployment.uid, keyring)
    believed = own is not None and (own.signed or believing or not keyring.keys)
    return own if believed else None


def read_best(
    deployment: Deployment, replica_sets: Sequence[ReplicaSet], keyring: Keyring
) -> History:
    """Return the copy to believe among those of the Deployment and its ReplicaSets (trap 3)."""
    holders = [deployment.annotations, *(r.annotations for r in replica_sets)]
    copies = [decode(held, deployment.uid, keyring) for held in holders]
    return latest([copy for copy in copies if copy is not None]) or History(deployment.uid)


def lost(deployment: Deployment, best: History, keyring: Keyring) -> dict[str, str]:
    """Return what brings the Deployment's own copy back to the best one; nothing if it is that.

    After an undo the latest copy is on ReplicaSets only, and the controller overwrites it there
    once one of them is live again.
    """
    own = read_own(deployment, keyring)
    if not best.signed or (own is not None and own.sequence >= best.sequence):
        return {}
    room = room_beside(deployment.annotations)
    fitting = fit(best, keyring, room, len(best.snapshots))
    return fitting[1] if fitting else {}


def is_crowded(annotations: Mapping[str, str] | None) -> bool:
    """Whether our annotations are what brings an object near the API server's limit."""
    ours = {k: v for k, v in (annotations or {}).items() if k in {HISTORY, TEMPLATES}}
    return size(ours) > max(room_beside(annotations), size(EMPTY))


EMPTY = {HISTORY: "{}", TEMPLATES: ""}
"""What stands in where nothing fits: deleted keys would stay on the ReplicaSets (trap 2)."""


def latest(copies: Sequence[History]) -> History | None:
    """Return the copy to believe: a signed one before any other, then the highest sequence."""
    return max(copies, key=lambda copy: (copy.signed, copy.sequence), default=None)


def _encode(history: History, keyring: Keyring) -> dict[str, str]:
    distinct = list({s.template.digest: s.template for s in history.snapshots}.values())
    places = {template.digest: place for place, template in enumerate(distinct)}
    packed = _pack(
        {
            "templates": [template.body for template in distinct],
            "details": {s.id: _details(s, places[s.template.digest]) for s in history.snapshots},
        }
    )
    index = _index(history)
    index["signature"] = keyring.sign(_signed_text(index, packed))
    return {HISTORY: json.dumps(index, separators=(",", ":")), TEMPLATES: packed}


def _signed_text(index: JsonObject, packed: str) -> str:
    return f"{canonical(index)}\n{packed}"


def _pack(content: JsonObject) -> str:
    text = canonical(content).encode()
    if len(text) > UNPACKED_CAP:
        # So big that it fits nowhere, whatever it may be packed to.
        return text.decode()
    return base64.b64encode(zlib.compress(text, 9)).decode()


def _unpack(packed: str) -> JsonObject:
    inflater = zlib.decompressobj()
    text = inflater.decompress(base64.b64decode(packed, validate=True), UNPACKED_CAP)
    if inflater.unconsumed_tail:
        message = f"templates unpack to more than {UNPACKED_CAP} bytes"
        raise ValueError(message)
    content: JsonObject = json.loads(text)
    return content


def _index(history: History) -> JsonObject:
    return {
        "format": FORMAT,
        "uid": history.uid,
        "sequence": history.sequence,
        "revision": history.revision,
        "truncated": history.truncated,
        "snapshots": [_entry(snapshot) for snapshot in history.snapshots],
        "executed": [[e.rollout, e.request, e.hash] for e in history.executed],
    }


def _entry(snapshot: Snapshot) -> JsonObject:
    entry = {
        "id": snapshot.id,
        "revision": snapshot.revision,
        "completed": format_precise_time(snapshot.completed),
        "images": snapshot.images,
        "origin": snapshot.origin.value,
        "verified": snapshot.verified,
    }
    optional = {
        "gap": snapshot.gap,
        "cause": snapshot.cause,
        "manager": snapshot.manager,
        "below": snapshot.below,
        "returnedTo": snapshot.returned_to,
    }
    return entry | {name: value for name, value in optional.items() if value}


def _details(snapshot: Snapshot, place: int) -> JsonObject:
    """Return what people need not read."""
    details: JsonObject = {"template": place, "replicaSet": snapshot.replica_set}
    if snapshot.started:
        details["started"] = format_time(snapshot.started)
    if snapshot.digests:
        details["digests"] = dict(snapshot.digests)
    if snapshot.steps:
        details["steps"] = [[s.when, s.name, s.job, s.problem] for s in snapshot.steps]
    return details


def _history(index: Mapping[str, Any], content: JsonObject) -> History:
    if index["format"] != FORMAT:
        message = f"history format {index['format']} is not known here"
        raise ValueError(message)
    return History(
        uid=str(index["uid"]),
        sequence=_count(index["sequence"]),
        revision=_count(index["revision"]),
        snapshots=tuple(_snapshot(entry, content) for entry in index["snapshots"]),
        executed=tuple(Executed(*map(str, line)) for line in index["executed"]),
        truncated=bool(index["truncated"]),
    )


def _count(value: Any) -> int:  # noqa: ANN401 - any JSON
    number = int(value)
    if not 0 <= number < NUMBER_CAP:
        message = f"{number} is no number that was written here"
        raise ValueError(message)
    return number


def _snapshot(entry: Mapping[str, Any], content: JsonObject) -> Snapshot:
    details = content["details"][entry["id"]]
    started = details.get("started")
    return Snapshot(
        id=str(entry["id"]),
        revision=_count(entry["revision"]),
        completed=parse_time(entry["completed"]),
        template=Template.parse(content["templates"][details["template"]]),
        replica_set=str(details["replicaSet"]),
        origin=Origin(entry["origin"]),
        verified=bool(entry["verified"]),
        gap=bool(entry.get("gap")),
        cause=entry.get("cause"),
        manager=entry.get("manager"),
        started=parse_time(started) if started else None,
        below=entry.get("below"),
        returned_to=entry.get("returnedTo"),
        digests=dict(details.get("digests") or {}),
        steps=tuple(_step(*step) for step in details.get("steps") or ()),
    )


def _step(when: str, name: str, job: Any, problem: str | None) -> Step:  # noqa: ANN401 - any JSON
    if job is not None and not isinstance(job["spec"], dict):
        message = f"step {name} has no Job"
        raise ValueError(message)
    return Step(When(when), str(name), job, problem)
