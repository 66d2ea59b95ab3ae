"""A history as text: an index in JSON for people, and the rest of it compressed.

Pod templates are compressed together, because successive ones are nearly alike, and each that
occurs several times is kept once.
"""

import base64
import json
import zlib
from collections.abc import Mapping
from typing import Any

from rollback_operator.domain.signing import UNREADABLE
from rollback_operator.domain.snapshot import Executed, History, Origin, Snapshot
from rollback_operator.domain.step import Step, When
from rollback_operator.domain.template import JsonObject, Template, canonical
from rollback_operator.domain.times import format_precise_time, format_time, parse_time

FORMAT = 1
UNPACKED_CAP = 1024 * 1024
"""Bytes that templates may unpack to: what unpacks to more was not written here."""
NUMBER_CAP = 2**53
"""No count of ours gets there; what is beyond, JSON readers disagree on."""
BROKEN = (*UNREADABLE, zlib.error)
"""What reading a history that anyone may have written can end in."""


def encode(history: History) -> tuple[JsonObject, str]:
    """Return the index, and what is packed."""
    distinct = list({s.template.digest: s.template for s in history.snapshots}.values())
    places = {template.digest: place for place, template in enumerate(distinct)}
    details = {s.id: _details(s, places[s.template.digest]) for s in history.snapshots}
    content = {"templates": [template.body for template in distinct], "details": details}
    return _index(history), _pack(content)


def decode(index: str, packed: str) -> History:
    """Read both.

    Raises:
        BROKEN: they were not written here, or by a later version.
    """
    return _history(json.loads(index), _unpack(packed))


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
