"""Snapshots, histories, claims and keys."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from builders.deployments import UID, uid_of
from builders.templates import Version, a_template
from rollback_operator.domain.claim import Claim
from rollback_operator.domain.signing import Keyring
from rollback_operator.domain.snapshot import Executed, History, Origin, Snapshot, rollout_id

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
KEYRING = Keyring((b"the key",))
NO_KEY = Keyring()


def id_of(version: Version, revision: int) -> str:
    """Return the id of the rollout of a version with that revision number."""
    return rollout_id(UID, uid_of(version), revision)


def a_snapshot(version: Version = "A", revision: int = 1, **fields: Any) -> Snapshot:
    """Return a verified snapshot, completed at that many minutes after noon."""
    defaults: dict[str, Any] = {
        "id": id_of(version, revision),
        "revision": revision,
        "completed": NOON + timedelta(minutes=revision),
        "template": a_template(version),
        "replica_set": uid_of(version),
    }
    return Snapshot(**{**defaults, **fields})


@dataclass(frozen=True)
class HistoryBuilder:
    """Builds a signed history; each snapshot gets the next revision number."""

    history: History = field(default_factory=lambda: History(UID, sequence=1, signed=True))

    def build(self) -> History:
        return replace(self.history, revision=self._revision)

    def of(self, *versions: Version, **fields: Any) -> Self:
        """Roll these out, each forward: on top of the one before."""
        built = self
        for version in versions:
            built = built._on_top(version, **fields)
        return built

    def adopted(self, version: Version) -> Self:
        return self._on_top(version, origin=Origin.ADOPTED)

    def with_gap(self, version: Version, *, skipping: int = 1) -> Self:
        revision = self._revision + skipping + 1
        return self._on_top(version, revision=revision, gap=True)

    def unverified(self, version: Version) -> Self:
        return self._on_top(version, verified=False)

    def returned_to(self, version: Version, **fields: Any) -> Self:
        """Return to the newest snapshot of that version."""
        target = self.history.of_template(a_template(version))
        assert target is not None, f"{version} is not in the history"
        return self._on_top(version, below=target.below, returned_to=target.id, **fields)

    def at_sequence(self, sequence: int) -> Self:
        return type(self)(replace(self.history, sequence=sequence))

    def executed(self, *hashes: str) -> Self:
        lines = [Executed(f"rollout-{n}", "back", text) for n, text in enumerate(hashes)]
        return type(self)(self.history.with_executed(lines))

    def truncated(self) -> Self:
        return type(self)(replace(self.history, truncated=True))

    def unsigned(self) -> Self:
        return type(self)(replace(self.history, signed=False))

    @property
    def _revision(self) -> int:
        newest = self.history.newest
        return newest.revision if newest else 0

    def _on_top(self, version: Version, **fields: Any) -> Self:
        newest = self.history.newest
        place = {"revision": self._revision + 1, "below": newest.id if newest else None}
        return type(self)(self.history.with_snapshot(a_snapshot(version, **{**place, **fields})))


def a_history(*versions: Version) -> HistoryBuilder:
    """Begin with a history of these versions, rolled out one after another."""
    return HistoryBuilder().of(*versions)


def a_claim(left: Snapshot, target: Snapshot, **fields: Any) -> Claim:
    """Return the claim of a rollback from one snapshot to another."""
    defaults: dict[str, Any] = {
        "uid": UID,
        "replica_set": left.replica_set,
        "revision": left.revision,
        "target": target.id,
        "target_revision": target.revision,
        "components": ("web/image",),
        "result": target.template.digest,
        "request": "another",
        "request_uid": "another-uid",
        "request_hash": "another-hash",
        "at": NOON + timedelta(hours=1),
    }
    return Claim(**{**defaults, **fields})
