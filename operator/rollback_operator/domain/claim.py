"""The claim: the marker on a Deployment that makes a rollout's rollback happen once."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from rollback_operator.domain.deployment import Deployment, ReplicaSet
from rollback_operator.domain.names import CLAIM, is_object_name
from rollback_operator.domain.signing import UNREADABLE, Keyring
from rollback_operator.domain.snapshot import Executed, History, rollout_id
from rollback_operator.domain.template import canonical
from rollback_operator.domain.times import format_time, parse_time

FORMAT = 1
NAME_LIMIT = 63
"""Characters of a request's name that the ledger keeps, for people; the hash has all of it."""
CLAIM_CAP = 32 * 1024
"""Characters of a claim that are read: what is longer was not written here."""


@dataclass(frozen=True)
class Claim:
    """Who rolls which rollout back, to what.

    It is written in the one JSON Patch that changes the template (trap 26), so either both are
    there or neither is. `result` is the digest of the template that the patch asked for;
    `earlier` keeps the ledger lines of void claims that this one overwrote; `live_revision` is what
    the Deployment had when it was judged: `revision` is that of the snapshot, which may be older,
    or 0 for a rollout that was abandoned before the controller had seen it.
    """

    uid: str
    replica_set: str
    revision: int
    target: str
    target_revision: int
    components: tuple[str, ...]
    result: str
    request: str
    request_uid: str
    request_hash: str
    at: datetime
    earlier: tuple[Executed, ...] = ()
    live_revision: int = 0

    @property
    def rollout(self) -> str:
        """The id of the rollout that is left."""
        return rollout_id(self.uid, self.replica_set, self.revision)

    @property
    def ledger(self) -> tuple[Executed, ...]:
        """The lines that the history takes over."""
        return (*self.earlier, Executed(self.rollout, self.request[:NAME_LIMIT], self.request_hash))

    def is_spent(self, history: History) -> bool:
        """Whether its rollback was recorded: what is live now is somebody else's work."""
        return history.has_left(self.rollout, self.request_hash)

    def is_live_on(self, deployment: Deployment) -> bool:
        """Whether the live template is what it brought; else the claim is void.

        Defaults of a newer API server and mutating webhooks make the stored template differ from
        the one that was asked for (trap 32); then it is ours if nobody wrote the template since.
        """
        if deployment.template.digest == self.result:
            return True
        writer, claimed = deployment.last_writer, deployment.claimed_at
        if writer is not None and writer.is_us:
            # Of two clocks one may be ahead: where the API server tells both times, they count.
            return writer.at >= (claimed or self.at.replace(microsecond=0))
        # What was handed back has owners who wrote before us.
        return claimed is not None and (writer is None or writer.at < claimed)

    def encode(self, keyring: Keyring) -> str:
        """Return the annotation's text."""
        body = self._body()
        return canonical(body | {"signature": keyring.sign(canonical(body))})

    def _body(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "uid": self.uid,
            "replicaSet": self.replica_set,
            "revision": self.revision,
            "target": self.target,
            "targetRevision": self.target_revision,
            "components": list(self.components),
            "result": self.result,
            "request": self.request,
            "requestUid": self.request_uid,
            "requestHash": self.request_hash,
            "at": format_time(self.at),
            "liveRevision": self.live_revision,
            "earlier": [[e.rollout, e.request, e.hash] for e in self.earlier],
        }

    @classmethod
    def read(cls, uid: str, annotations: Mapping[str, str] | None, keyring: Keyring) -> Self | None:
        """Read the claim of the Deployment with that UID.

        None if there is none that can be believed: a forged, foreign or broken claim must not
        block, so it counts as absent and is overwritten.
        """
        try:
            text = (annotations or {})[CLAIM]
            body = json.loads(text) if len(text) <= CLAIM_CAP else {}
            signature = body.pop("signature")
            claim = cls._parse(body)
            believed = keyring.accepts(canonical(body), signature)
        except UNREADABLE:
            return None
        is_ours = believed and claim.uid == uid and is_object_name(claim.request)
        return claim if is_ours else None

    @classmethod
    def read_all(
        cls, uid: str, replica_sets: Iterable[ReplicaSet], keyring: Keyring
    ) -> "tuple[Claim, ...]":
        """Read the copies on ReplicaSets: after an undo the Deployment's own is gone (trap 3)."""
        claims = (cls.read(uid, r.annotations, keyring) for r in replica_sets)
        return tuple(dict.fromkeys(claim for claim in claims if claim is not None))

    @classmethod
    def _parse(cls, body: Mapping[str, Any]) -> Self:
        return cls(
            uid=str(body["uid"]),
            replica_set=str(body["replicaSet"]),
            revision=int(body["revision"]),
            target=str(body["target"]),
            target_revision=int(body["targetRevision"]),
            components=tuple(str(name) for name in body["components"]),
            result=str(body["result"]),
            request=str(body["request"]),
            request_uid=str(body["requestUid"]),
            request_hash=str(body["requestHash"]),
            at=parse_time(body["at"]),
            earlier=tuple(Executed(*map(str, line)) for line in body["earlier"]),
            live_revision=int(body.get("liveRevision", 0)),
        )


def unrecorded(claims: Iterable[Claim], history: History) -> tuple[Executed, ...]:
    """Return the ledger lines of claims that no record has, of the oldest claim first.

    Whoever writes anyway takes them along: the next claim is copied over those that an undo left
    on a ReplicaSet, and once the Deployment's own history is the latest nobody looks at them.
    """
    void = sorted((c for c in claims if not c.is_spent(history)), key=lambda c: c.at)
    return tuple(dict.fromkeys(line for claim in void for line in claim.ledger))
