"""Give the fields that a rollback took to the owners that they belong to.

A rollback is a write like any other: the API server makes us the owner of each field that it
changes. Left so, the next `helm upgrade` fails on a conflict with us, and what the old version had
and the new one lacks stays behind for ever, since its owner no longer knows that it is its own.

Only Apply entries (server-side apply) get fields: nothing else is held to what it owns. Who
writes without it (`kubectl set`, `kubectl apply`, the client of a CI) never meets a conflict and
never removes a field for having owned it, while fields in its name would make others conflict; so
what nobody applies is given up. Fields outside the pod template stay ours.

Where nobody is hindered nothing is written: no Apply entry, and no tool that applies on the
client's side today and may go over to the server's tomorrow, as Helm may under any name.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

from rollback_operator.domain.field_sets import (
    NOTHING,
    FieldSet,
    Path,
    below,
    nearness,
    parse,
    places,
    render,
)
from rollback_operator.domain.json_patch import Operations
from rollback_operator.domain.names import FIELD_MANAGER, RESTARTED_AT
from rollback_operator.domain.template import JsonObject

TEMPLATE: Path = ("f:spec", "f:template")
BEFORE_FIRST_APPLY = "before-first-apply"
"""What the API server calls whoever wrote before it kept book; nobody writes by that name."""
CLIENT_SIDE = frozenset({"kubectl-client-side-apply", "helm", "argocd-controller"})
"""Managers that apply on the client's side, and on the server's once they are told to."""


@dataclass(frozen=True)
class Entry:
    """One entry of `managedFields`."""

    body: Mapping[str, Any]
    fields: FieldSet

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> Self:
        """Read it as the API server shows it."""
        return cls(body, parse(body.get("fieldsV1") or {}))

    @property
    def key(self) -> tuple[str, ...]:
        """What the API server tells entries apart by."""
        names = ("manager", "operation", "subresource", "apiVersion")
        return tuple(self.body.get(name, "") for name in names)

    @property
    def manager(self) -> str:
        """The field manager."""
        return str(self.body.get("manager", ""))

    @property
    def is_applied(self) -> bool:
        """Whether it owns by server-side apply."""
        return self.body.get("operation") == "Apply"

    @property
    def is_ours(self) -> bool:
        """Whether our rollback wrote it."""
        is_update = not self.is_applied and not self.body.get("subresource")
        return is_update and self.manager.startswith(FIELD_MANAGER)

    @property
    def is_hindered(self) -> bool:
        """Whether what we own in the template can come between its manager and the next release."""
        applies = self.is_applied or self.manager in CLIENT_SIDE
        return applies and bool(self.template) and not self.is_ours

    @cached_property
    def template(self) -> FieldSet:
        """What it owns of the pod template."""
        return NOTHING if self.body.get("subresource") else below(self.fields, TEMPLATE)

    @cached_property
    def places(self) -> FieldSet:
        """The places of the pod template that it owns something at or below."""
        return places(self.template)

    @property
    def weight(self) -> tuple[bool, int, bool, str]:
        """How much it has to do with the pod template, to compare with others."""
        writes = self.manager != BEFORE_FIRST_APPLY
        return writes, len(self.template), self.is_applied, self.manager

    def with_fields(self, fields: FieldSet) -> Self:
        """Return the entry with these fields in place of its own."""
        return replace(self, fields=fields)

    @property
    def text(self) -> JsonObject:
        """The entry as the API server takes it."""
        return {**self.body, "fieldsV1": render(self.fields)}


def hand_back(
    before: Sequence[Mapping[str, Any]] | None,
    after: Sequence[Mapping[str, Any]],
    *,
    by_helm: bool = False,
) -> Operations | None:
    """Return the patch that gives our template fields back, or None if there is nothing to do.

    `before` are the managed fields before the rollback, `after` those that it left. Each field
    goes to every Apply entry that lost it, and one that none of them lost to the Apply entry that
    has the nearest one. Without `before`, after a crash, all go by nearness: the same owner, but
    where two had applied the same value. `by_helm` says that Helm released the Deployment: who uses
    it as a library has a field manager of any name, and may go over to the server's side.

    The patch tests the contents of every entry that it touches: `resourceVersion` changes all the
    time during a rollout, and what an entry owns only when somebody takes it.
    """
    entries = [Entry.read(body) for body in after]
    ours = frozenset[Path]().union(*(e.template for e in entries if e.is_ours))
    earlier = [Entry.read(body) for body in before or ()]
    hindered = by_helm or any(entry.is_hindered for entry in (*earlier, *entries))
    if not ours or not hindered:
        return None
    changed = _changed(entries, _gains(ours, earlier, entries))
    reborn = list(_reborn(ours, earlier, entries))
    kept = [entry for entry in (*changed, *reborn) if entry.fields]
    return _patch(after, entries, changed, reborn) if kept else None


def _gains(
    ours: FieldSet, earlier: Sequence[Entry], entries: Sequence[Entry]
) -> dict[tuple[str, ...], set[Path]]:
    """Return the fields that each entry gets, by its key."""
    gains: dict[tuple[str, ...], set[Path]] = {}
    lost = {key: fields for key, fields in _losses(earlier, entries).items() if fields & ours}
    for path in ours:
        losers = [key for key, fields in lost.items() if path in fields]
        nearest = None if losers else _nearest(path, entries)
        for key in losers or ([nearest.key] if nearest else []):
            gains.setdefault(key, set()).add(path)
    return gains


def _losses(earlier: Sequence[Entry], entries: Sequence[Entry]) -> dict[tuple[str, ...], FieldSet]:
    """Return what each Apply entry owned before and does not now."""
    now = {entry.key: entry.template for entry in entries}
    return {e.key: e.template - now.get(e.key, NOTHING) for e in earlier if e.is_applied}


def _nearest(path: Path, entries: Sequence[Entry]) -> Entry | None:
    """Return the Apply entry whose business a field is that none of them lost.

    The one with the nearest field, of several the one with the most. Where that is no Apply entry
    nobody gets it: who applies a label only must not come to own, and so to remove, the rest. The
    stamp of a restart is never anybody's: an owner who does not know it would restart the pods.
    """
    if path[-1] == f"f:{RESTARTED_AT}":
        return None
    others = [entry for entry in entries if entry.template and not entry.is_ours]
    best = max(others, key=lambda entry: (nearness(entry.places, path), entry.weight), default=None)
    return best if best is not None and best.is_applied else None


def _changed(entries: Sequence[Entry], gains: Mapping[tuple[str, ...], set[Path]]) -> list[Entry]:
    """Return the entries as they shall be: ours without the template, others with their gains."""
    return [
        entry.with_fields(
            entry.fields - entry.template
            if entry.is_ours
            else entry.fields | gains.get(entry.key, NOTHING)
        )
        for entry in entries
    ]


def _reborn(ours: FieldSet, earlier: Sequence[Entry], entries: Sequence[Entry]) -> Iterator[Entry]:
    """Yield the Apply entries that lost all they had, and so are gone, with what is theirs."""
    present = {entry.key for entry in entries}
    for entry in earlier:
        if entry.is_applied and entry.key not in present and entry.template & ours:
            yield entry.with_fields(entry.template & ours)


def _patch(
    after: Sequence[Mapping[str, Any]],
    entries: Sequence[Entry],
    changed: Sequence[Entry],
    reborn: Sequence[Entry],
) -> Operations:
    """Test every touched entry first; remove from the end, so that places stay what they were."""
    touched = [i for i, (old, new) in enumerate(zip(entries, changed, strict=True)) if old != new]
    tests = [test for i in touched for test in _tests(i, after[i])]
    rewritten = [
        {"op": "replace", "path": f"{_path(i)}/fieldsV1", "value": render(changed[i].fields)}
        for i in touched
        if changed[i].fields
    ]
    added = [{"op": "add", "path": _path("-"), "value": entry.text} for entry in reborn]
    emptied = [i for i in reversed(touched) if not changed[i].fields]
    removed = [{"op": "remove", "path": _path(i)} for i in emptied]
    return [*tests, *rewritten, *added, *removed]


def _tests(index: int, body: Mapping[str, Any]) -> Iterator[JsonObject]:
    for name in ("manager", "operation", "subresource", "fieldsV1"):
        yield {"op": "test", "path": f"{_path(index)}/{name}", "value": body.get(name)}


def _path(place: int | str) -> str:
    return f"/metadata/managedFields/{place}"
