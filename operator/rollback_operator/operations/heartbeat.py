"""The pulse of the process: how late the loop turns, who was heard of, and when to give up."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from rollback_operator.domain.health import FATAL, problems
from rollback_operator.operations.leadership import Monotonic
from rollback_operator.operations.observer import Observer
from rollback_operator.operations.vitals import Vitals

INTERVAL: Final = 1.0
QUIET: Final = 10.0
"""Seconds after which the API server is asked whether it is there; watches alone may be idle."""


class Heartbeat:
    """Beats once a second."""

    def __init__(
        self,
        vitals: Vitals,
        ping: Callable[[], Awaitable[None]],
        observer: Observer,
        monotonic: Monotonic,
    ) -> None:
        self._vitals = vitals
        self._ping = ping
        self._observer = observer
        self._monotonic = monotonic
        self._pinging: asyncio.Future[None] | None = None

    async def until_hopeless(self) -> str:
        """Beat until something is wrong that only a new process can mend; say what."""
        while True:
            before = self._monotonic()
            await asyncio.sleep(INTERVAL)
            self._vitals.turned()
            signs = self._vitals.signs()
            self._observer.turned(signs.now - before - INTERVAL, signs)
            if hopeless := problems(FATAL, signs):
                return "; ".join(hopeless)
            if signs.now - signs.heard_at > QUIET or signs.rejected_since is not None:
                self._ask()

    def _ask(self) -> None:
        """Ask the API server for a sign, unless the last answer is still awaited."""
        if self._pinging is None or self._pinging.done():
            self._pinging = asyncio.ensure_future(self._ping())
