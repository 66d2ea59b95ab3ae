"""The annotations that hold a history: signed, within a budget, and which copy to believe.

The deployment controller copies them to ReplicaSets (trap 2), and what does not fit there freezes
rollouts (trap 4): hence the caps.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from rollback_operator.domain import history_format
from rollback_operator.domain.deployment import Deployment, ReplicaSet
from rollback_operator.domain.names import HISTORY, TEMPLATES
from rollback_operator.domain.signing import Keyring
from rollback_operator.domain.snapshot import History
from rollback_operator.domain.template import JsonObject, canonical

HARD_CAP = 32 * 1024
"""Bytes that history and templates may take together."""
API_LIMIT = 256 * 1024
"""Bytes of all annotations of an object (apimachinery `TotalAnnotationSizeLimitB`)."""
SPARE = 4 * 1024
"""Bytes left free for the keys that the controller adds on ReplicaSets."""


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
        return history_format.decode(text, packed)
    except history_format.BROKEN:
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
    return replace(history_format.decode(text, packed), signed=True)


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
    index, packed = history_format.encode(history)
    index["signature"] = keyring.sign(_signed_text(index, packed))
    return {HISTORY: json.dumps(index, separators=(",", ":")), TEMPLATES: packed}


def _signed_text(index: JsonObject, packed: str) -> str:
    return f"{canonical(index)}\n{packed}"
