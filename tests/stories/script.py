"""A story written down: what people do, scene by scene, and what is to be seen afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from model.comparison import told
from model.versions import Version
from rollback_operator.domain.annotations import read_best
from rollback_operator.domain.deployment import Deployment, owned_by
from rollback_operator.domain.names import ROLLBACKABLE
from rollback_operator.domain.signing import Keyring
from rollback_operator.domain.status import Status
from rollback_operator.domain.template import JsonObject

Seen = Mapping[str, Any]
"""What is to be seen of a Deployment or a request, in words that compare and print."""


@dataclass(frozen=True)
class Act:
    """One thing that is done: the name of a method of `Workloads`, or `start` and `stop`."""

    what: str
    arguments: tuple[Any, ...] = ()

    def __str__(self) -> str:
        """Return it as one would call it."""
        return f"{self.what}({', '.join(map(str, self.arguments))})"


@dataclass(frozen=True)
class Scene:
    """What is done at once, and what is to be seen once all have done their part.

    `rollouts` says of each Deployment whether its rollout is done. Where no operator is there,
    nothing of what it would do is `seen`.
    """

    acts: tuple[Act, ...]
    rollouts: Mapping[str, bool]
    seen: Seen | None


def of_deployment(live: Deployment, sets: list[JsonObject], keyring: Keyring) -> Seen:
    """Return what is to be seen of a Deployment."""
    found = read_best(live, owned_by(live.uid, sets), keyring)
    places = {snapshot.id: place for place, snapshot in enumerate(found.snapshots)}
    shown = live.condition(ROLLBACKABLE)
    return {
        "version": Version.of(live.template),
        "history": [told(snapshot) for snapshot in found.snapshots],
        "line": [places[s.id] for s in found.below(found.newest)],
        "rollbackable": [shown.get("status"), shown.get("reason")],
    }


def of_request(status: Status) -> Seen:
    """Return what is to be seen of a request."""
    return {
        "reasons": {target.name: target.reason.value for target in status.targets},
        "following": {target.name: target.following for target in status.targets},
        "is over": status.phase.is_final,
    }


def differences(found: Seen, expected: Seen, of: str = "") -> list[str]:
    """Say in what the first differs from the second."""
    lines = []
    for key in sorted({*found, *expected}):
        one, two = found.get(key), expected.get(key)
        if isinstance(one, Mapping) and isinstance(two, Mapping):
            lines += differences(one, two, f"{of} {key}".strip())
        elif one != two:
            lines.append(f"{of} {key}: {one}, should be {two}".strip())
    return lines
