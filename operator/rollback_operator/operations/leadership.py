"""Lead, or stand by: take the Lease when it is free, renew it, and let it go at the end.

Correctness never rests on it, only on claims and tested writes; it spares replicas from doing the
same work twice. Yet who has lost it stops at once, and may not write from that moment on.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Final, TypeAlias

from rollback_operator.domain.lease import (
    NOBODY,
    Acquire,
    Hold,
    Lease,
    LeaseName,
    Sight,
    Terms,
    Wait,
    decide,
    new_lease,
)
from rollback_operator.errors import KubeError, Missing, Stale, Unreachable
from rollback_operator.kube.leases import Leases
from rollback_operator.operations.clock import Clock

logger = logging.getLogger(__name__)

RELEASE_TIMEOUT: Final = 3.0
"""Seconds that letting go may take; without it the standby waits until the Lease is over."""

Monotonic: TypeAlias = Callable[[], float]


class Leadership:
    """One replica's part in the election for a Lease."""

    def __init__(
        self,
        leases: Leases,
        name: LeaseName,
        me: str,
        terms: Terms,
        clock: Clock,
        monotonic: Monotonic,
    ) -> None:
        self._leases = leases
        self._name = name
        self._me = me
        self._terms = terms
        self._clock = clock
        self._monotonic = monotonic
        self._sight = Sight(None, monotonic())
        self._held_until = monotonic()
        self._told = ""

    @property
    def may_write(self) -> bool:
        """Whether we lead now, by our own clock: a process that was stopped finds out here."""
        return self._monotonic() < self._held_until

    @property
    def holder(self) -> str:
        """Who leads, as far as we know."""
        return self._sight.lease.holder if self._sight.lease else NOBODY

    @property
    def transitions(self) -> int:
        """How often the Lease has changed hands."""
        return self._sight.lease.transitions if self._sight.lease else 0

    async def acquire(self) -> None:
        """Wait until nobody else leads, and take the Lease."""
        while True:
            try:
                await self._look()
                await self._until_free()
                await self._take()
            except (KubeError, TimeoutError) as error:
                self._tell(f"standing by: {self._name} cannot be had: {_said(error)}")
                await asyncio.sleep(self._terms.retry_period)
            else:
                logger.info("leading as %s", self._me)
                return

    async def keep(self) -> str:
        """Renew the Lease; return why it is lost."""
        trouble = "the process did not run"
        while (left := await self._rested()) > 0:
            try:
                async with asyncio.timeout(min(left, self._terms.call_timeout)):
                    if not await self._renewed():
                        return f"{self.holder} has taken {self._name}"
            except (KubeError, TimeoutError) as error:
                trouble = _said(error)
                logger.warning("%s is not renewed: %s", self._name, trouble)
        limit = self._terms.renew_deadline
        return f"{self._name} could not be renewed for {limit:g} s: {trouble}"

    async def release(self) -> None:
        """Let it go, so that the standby need not wait until it is over."""
        lease = self._sight.lease
        self._held_until = self._monotonic()
        if lease is None or lease.holder != self._me:
            return
        try:
            async with asyncio.timeout(RELEASE_TIMEOUT):
                await self._leases.update(lease.with_holder(NOBODY, self._terms, self._clock()))
        except (KubeError, TimeoutError) as error:
            logger.warning("%s is not let go: %s", self._name, _said(error))
        else:
            logger.info("%s is let go", self._name)

    async def _rested(self) -> float:
        """Rest between two attempts; return how many seconds are left to renew."""
        await asyncio.sleep(self._terms.retry_period)
        return self._held_until - self._monotonic()

    async def _look(self) -> None:
        async with asyncio.timeout(self._terms.call_timeout):
            self._see(await self._leases.read())

    async def _until_free(self) -> None:
        """Follow the Lease until its holder lets it go or has been silent for too long."""
        lease = self._sight.lease
        if lease is None:
            return
        async with contextlib.aclosing(self._leases.changes(lease)) as changes:
            while isinstance(wait := decide(self._sight, self._me, self._monotonic()), Wait):
                self._tell(f"standing by: {wait.holder} leads")
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(wait.until - self._monotonic()):
                        seen = await anext(changes, None)
                        if seen is None:
                            message = f"the watch on {self._name} has ended"
                            raise Unreachable(message)
                        self._see(seen)

    async def _take(self) -> None:
        """Write our name; Stale if another was faster."""
        begun, now = self._monotonic(), self._clock()
        async with asyncio.timeout(self._terms.call_timeout):
            if self._sight.lease is None:
                first = new_lease(self._name, self._me, self._terms, now)
                self._see(await self._leases.create(first))
            else:
                ours = self._sight.lease.with_holder(self._me, self._terms, now)
                self._see(await self._leases.update(ours))
        self._held_until = begun + self._terms.renew_deadline

    async def _renewed(self) -> bool:
        """Renew once; False if somebody else leads."""
        try:
            await self._take()
        except (Stale, Missing):
            # Our own write whose reply was lost, somebody's label, or another holder.
            await self._look()
            match decide(self._sight, self._me, self._monotonic()):
                case Wait():
                    return False
                case Hold() | Acquire():
                    await self._take()
        return True

    def _see(self, lease: Lease | None) -> None:
        self._sight = self._sight.then(lease, self._monotonic())

    def _tell(self, text: str) -> None:
        """Log what is new."""
        if text != self._told:
            self._told = text
            logger.info(text)


def _said(error: Exception) -> str:
    return str(error) or "no answer in time"


class Alone:
    """The part of an operator that is the only one: it leads from the start."""

    may_write = True
    transitions = 0

    async def acquire(self) -> None:
        """Lead at once."""

    async def keep(self) -> str:
        """Lead for ever."""
        await asyncio.Event().wait()
        return ""

    async def release(self) -> None:
        """Have nothing to let go."""
