"""What the user asks for, and the RollbackRequest that says so."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from rollback_operator.domain.names import API_VERSION, KIND
from rollback_operator.domain.reasons import Reason
from rollback_operator.domain.template import JsonObject, name_images
from rollback_operator.domain.times import format_time

NAME_PART: Final = 40
"""Characters of a Deployment's name that the name of a request repeats."""
PREVIEW_LIFETIME: Final = 600
"""Seconds that a preview stays, for those who want to look again: the plugin deletes nothing."""
PREVIEW_DEADLINE: Final = 60


@dataclass(frozen=True)
class Version:
    """One of revision, snapshot and images."""

    revision: int | None = None
    snapshot: str | None = None
    images: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        """Name it as the user did."""
        if self.revision is not None:
            return f"Revision {self.revision}"
        return f"Snapshot {self.snapshot}" if self.snapshot else name_images(self.images)

    def spec(self) -> JsonObject:
        """Return it as the resource has it."""
        given = {"revision": self.revision, "snapshot": self.snapshot, "images": self.images}
        return {name: value for name, value in given.items() if value}


@dataclass(frozen=True)
class Wish:
    """A rollback of these Deployments, or of those with these labels."""

    names: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    as_of: datetime | None = None
    to: Version | None = None
    leaving: Mapping[str, Version] = field(default_factory=dict)
    """By Deployment: what must be live, or nothing is done."""
    going: Mapping[str, Version] = field(default_factory=dict)
    """By Deployment: where it goes, if `to` does not say."""
    artifacts: bool = False
    components: tuple[str, ...] = ()
    pin: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    """Fields of the spec that were given."""

    def request(self, name: str, namespace: str) -> JsonObject:
        """Return the RollbackRequest."""
        which: JsonObject
        if self.names:
            which = {"targets": [self._target(deployment) for deployment in self.names]}
        else:
            which = {"selector": {"matchLabels": dict(self.labels)}}
            if self.as_of:
                which["asOf"] = format_time(self.as_of)
        return {
            "apiVersion": API_VERSION,
            "kind": KIND,
            "metadata": {"name": name, "namespace": namespace},
            "spec": {**which, **self.options},
        }

    def preview(self, name: str, namespace: str) -> JsonObject:
        """Return the request that only asks what would happen, and is deleted by itself."""
        request = self.request(name, namespace)
        request["spec"] |= {
            "dryRun": True,
            "startingDeadlineSeconds": PREVIEW_DEADLINE,
            "ttlSecondsAfterFinished": PREVIEW_LIFETIME,
        }
        return request

    def name(self, what: str, suffix: str) -> str:
        """Return a name for a request that says what it is about."""
        about = self.names[0] if len(self.names) == 1 else "group"
        return f"{what}-{about[:NAME_PART].rstrip('-.')}-{suffix}"

    def _target(self, name: str) -> JsonObject:
        target: JsonObject = {"name": name}
        if leaving := self.leaving.get(name):
            target["from"] = leaving.spec()
        if to := self.to or self.going.get(name):
            target["to"] = to.spec()
        if self.pin:
            target["pin"] = True
        if self.artifacts:
            target["components"] = {"mode": "Artifacts"}
        if self.components:
            target["components"] = {"mode": "Selected", "names": list(self.components)}
        return target


def as_confirmed(wish: Wish, preview: JsonObject) -> Wish:
    """Return the wish for just what the preview showed: if other is live by then, nothing is done.

    A version that was never recorded has no id to hold on to: the operator judges it anew.
    """
    targets = (preview.get("status") or {}).get("targets") or ()
    shown = {t["name"]: t for t in targets if t.get("reason") == Reason.PREVIEWED}
    leaving, going = _snapshots(shown, "from"), _snapshots(shown, "to")
    return replace(wish, leaving={**leaving, **wish.leaving}, going=going)


def _snapshots(targets: Mapping[str, JsonObject], side: str) -> dict[str, Version]:
    found = {name: (target.get(side) or {}).get("snapshot") for name, target in targets.items()}
    return {name: Version(snapshot=snapshot) for name, snapshot in found.items() if snapshot}
