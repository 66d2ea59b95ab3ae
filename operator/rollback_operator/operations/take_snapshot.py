"""Record successful rollouts in the annotations of their Deployment."""

import asyncio
import logging
from collections import defaultdict
from dataclasses import replace
from datetime import datetime

from rollback_operator.domain import annotations, rollbackable
from rollback_operator.domain.claim import Claim
from rollback_operator.domain.deployment import Deployment
from rollback_operator.domain.events import About, event
from rollback_operator.domain.gaps import may_have_succeeded
from rollback_operator.domain.json_patch import record_patch
from rollback_operator.domain.record import needs_a_look, next_history
from rollback_operator.domain.sight import Missed, Seen, Sight
from rollback_operator.domain.signing import Keyring
from rollback_operator.domain.snapshot import History, Origin
from rollback_operator.errors import Refused, Stale
from rollback_operator.kube.cluster import Cluster
from rollback_operator.operations.clock import Clock
from rollback_operator.operations.observer import Observer
from rollback_operator.operations.sighting import Sightings
from rollback_operator.operations.subject import about

logger = logging.getLogger(__name__)

TRIES = 10
"""How often a record is decided anew because the Deployment changed under it."""


class Recorder:
    """Takes a snapshot of every rollout that succeeded, once.

    What is written rests on what was read. What it remembers of a Deployment spares work, and tells
    where something is missing: a history that was rewound, a rollout that could not be recorded.
    """

    def __init__(
        self,
        cluster: Cluster,
        keyring: Keyring,
        limit: int,
        clock: Clock,
        *,
        step_accounts: tuple[str, ...] = (),
        observer: Observer | None = None,
    ) -> None:
        self._cluster = cluster
        self._keyring = keyring
        self._limit = limit
        self._step_accounts = step_accounts
        self._observer = observer or Observer()
        self._sightings = Sightings(cluster, keyring, clock)
        self._seen: dict[str, Seen] = {}
        self._missed: dict[str, Missed] = {}
        self._met: set[str] = set()
        self._locks: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def observe(self, deployment: Deployment, *, first: bool = False) -> None:
        """Write what the Deployment, as it was just seen, gives cause to write.

        Raises:
            KubeError: that came to nothing; what was seen counts at the next look.
        """
        self._met.add(deployment.uid)
        with about(target=f"{deployment.namespace}/{deployment.name}"):
            async with self._locks[deployment.uid]:
                await self._observe(deployment, first=first)

    async def try_observe(self, deployment: Deployment) -> None:
        """Observe, on the way of a request: that recording is denied must not hold it up.

        After a start a request may come before the watch has shown its Deployment.
        """
        try:
            await self.observe(deployment, first=deployment.uid not in self._met)
        except (Refused, Stale) as error:
            logger.warning("%s cannot be recorded: %s", deployment, error)

    def forget(self, uid: str) -> None:
        """Drop what is remembered of a deleted Deployment."""
        self._met.discard(uid)
        self._seen.pop(uid, None)
        self._missed.pop(uid, None)
        self._locks.pop(uid, None)

    def is_behind(self, deployment: Deployment) -> bool:
        """Whether the Deployment's own copy may have been rewound, so others must be looked at."""
        own = annotations.read_own(deployment, self._keyring)
        seen = self._seen.get(deployment.uid, Seen())
        if own is None or not own.signed or own.sequence < seen.sequence:
            return True
        return deployment.revision != own.revision

    def has_seen_more_than(self, history: History) -> bool:
        """Whether the best copy that is left of a history lacks what was recorded since."""
        return history.sequence < self._seen.get(history.uid, Seen()).sequence

    async def _observe(self, deployment: Deployment, *, first: bool) -> None:
        before = self._missed.get(deployment.uid, Missed())
        self._missed[deployment.uid] = replace(before, first=before.first or first)
        found = await self._look(deployment)
        kept = replace(self._missed[deployment.uid], first=before.first)
        if found is None or found.is_done or kept == Missed():
            self._missed.pop(deployment.uid)
        else:
            self._missed[deployment.uid] = kept

    async def _look(self, deployment: Deployment) -> Deployment | None:
        """Record what there is to be recorded; return the Deployment as it was seen last."""
        found: Deployment | None = deployment
        if self._is_older(deployment):
            # Either somebody rewound the history, or the event is older than what we wrote.
            found = await self._cluster.deployment(deployment.namespace, deployment.name)
        if found is None or not self._needs_a_look(found):
            return found
        for _ in range(TRIES):
            if found is None or await self._record(found):
                return found
            found = await self._cluster.deployment(deployment.namespace, deployment.name)
        message = f"{deployment} kept changing"
        raise Stale(message)

    def _is_older(self, deployment: Deployment) -> bool:
        own, seen = self._own(deployment), self._seen.get(deployment.uid, Seen())
        return (own.sequence if own else 0) < seen.sequence

    def _own(self, deployment: Deployment) -> History | None:
        """Return the Deployment's own copy; an unsigned one only if no signed one was ever seen."""
        seen = self._seen.get(deployment.uid)
        believing = seen is not None and not seen.signed
        return annotations.read_own(deployment, self._keyring, believing=believing)

    def _needs_a_look(self, deployment: Deployment) -> bool:
        own = self._own(deployment)
        claim = Claim.read(deployment.uid, deployment.annotations, self._keyring)
        seen = self._seen.get(deployment.uid, Seen())
        return needs_a_look(deployment, own, claim, seen, self._missed[deployment.uid])

    async def _record(self, deployment: Deployment) -> bool:
        """Decide and write once; False if the Deployment has changed under it."""
        seen, missed = self._seen.get(deployment.uid, Seen()), self._missed[deployment.uid]
        self._missed[deployment.uid] = missed.then(deployment)
        try:
            sight = await self._sightings.look(deployment, seen, missed)
            self._note_unwatched(sight)
            new = next_history(sight)
            if new is None or not await self._write(sight, new):
                self._remember_no_less(sight)
                return True
        except Stale:
            return False
        self._remember(sight, self._as_signed(new))
        return True

    def _note_unwatched(self, sight: Sight) -> None:
        """Remember what may have been done before the first sight until a rollout is recorded."""
        missed = self._missed[sight.deployment.uid]
        unwatched = missed.unwatched | may_have_succeeded(sight)
        self._missed[sight.deployment.uid] = replace(missed, unwatched=unwatched)

    async def _write(self, sight: Sight, new: History) -> bool:
        """Write the history; False if not one snapshot of it fits."""
        deployment = sight.deployment
        room = annotations.room_beside(deployment.annotations)
        fitting = annotations.fit(new, self._keyring, room, self._limit)
        if fitting is None:
            await self._give_way(sight, room)
            return False
        kept, values = fitting
        shown = rollbackable.condition(
            deployment, self._as_signed(kept), sight.now, self._step_accounts
        )
        await self._cluster.patch_status(deployment, record_patch(deployment, values, shown))
        logger.info("recorded %s of %s", kept.newest, deployment)
        if kept.newest:
            self._observer.recorded(kept.newest, annotations.size(values))
        await self._tell_if_undone(sight, kept)
        return True

    async def _tell_if_undone(self, sight: Sight, kept: History) -> None:
        """Say so where somebody else's rollout replaces what a request had put back."""
        before, now, live = sight.history.newest, kept.newest, sight.deployment
        if before is None or now is None or before.origin is not Origin.ROLLBACK:
            return
        if now.id == before.id or now.origin is Origin.ROLLBACK:
            return
        text = f"{now} by {now.manager} replaces {before}, which a request had put back"
        about = About.deployment(live.namespace, live.name, live.uid)
        await self._cluster.create_event(
            live.namespace, event(about, "RollbackReplaced", text, sight.now)
        )

    async def _give_way(self, sight: Sight, room: int) -> None:
        """Leave the room to others: a history must never be what freezes a rollout (trap 4)."""
        if sight.crowded:
            await self._write_nothing(sight.deployment, sight.now)
        text = f"no snapshot of this rollout fits: other annotations leave {max(room, 0)} bytes"
        live = sight.deployment
        about = About.deployment(live.namespace, live.name, live.uid)
        logger.warning("%s: %s", live, text)
        await self._cluster.create_event(
            live.namespace, event(about, "SnapshotDoesNotFit", text, sight.now, warning=True)
        )

    async def _write_nothing(self, deployment: Deployment, now: datetime) -> None:
        """Take the history off a Deployment."""
        none = rollbackable.condition(deployment, History(deployment.uid), now)
        patch = record_patch(deployment, annotations.EMPTY, none)
        await self._cluster.patch_status(deployment, patch)

    def _as_signed(self, history: History) -> History:
        return replace(history, signed=bool(self._keyring.keys))

    def _remember(self, sight: Sight, history: History) -> None:
        deployment = sight.deployment
        self._seen[deployment.uid] = Seen(history.sequence, deployment.revision, history.signed)

    def _remember_no_less(self, sight: Sight) -> None:
        """Remember what was seen, but forget no later history that was rewound meanwhile.

        A gap is recorded when the rollout is done, which may be at a later look.
        """
        seen = self._seen.get(sight.deployment.uid, Seen())
        if not sight.rewound:
            self._remember(sight, sight.history)
        else:
            self._seen[sight.deployment.uid] = replace(seen, revision=sight.deployment.revision)
