"""One task for each request that is not over: it sleeps until something that matters changes."""

import asyncio
import logging
from collections.abc import Coroutine
from datetime import datetime, timedelta

from rollback_operator.domain.decisions import End
from rollback_operator.domain.rollback_request import RollbackRequest
from rollback_operator.errors import KubeError, Stale
from rollback_operator.kube.cluster import Cluster
from rollback_operator.operations.clock import Clock
from rollback_operator.operations.roll_back import RollBack
from rollback_operator.operations.subject import about
from rollback_operator.operations.wakeups import ANY, Key, Wakeups

logger = logging.getLogger(__name__)

STALE_PAUSE = timedelta(milliseconds=20)
"""How long a request rests after something changed under it: others are at work there."""
PAUSE = timedelta(seconds=2)
"""How long a request rests after the API server could not be reached, tries included."""

SECONDS_TO_STOP = 2.0
"""How long tasks may take to stop: while they do, no other process takes up their requests."""


class Pursuits:
    """Carries requests to their end. A task that is lost is begun again from the objects."""

    def __init__(
        self,
        cluster: Cluster,
        roll_back: RollBack,
        wakeups: Wakeups,
        clock: Clock,
    ) -> None:
        self._cluster = cluster
        self._roll_back = roll_back
        self._wakeups = wakeups
        self._clock = clock
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._refused: set[str] = set()
        self._over: set[str] = set()
        self._stopped = False

    @property
    def open(self) -> int:
        """How many requests are being carried out, or wait for their time."""
        return len(self._tasks)

    def saw(self, request: RollbackRequest) -> None:
        """Begin to carry the request out, or wake the task that does if its spec changed.

        What is over stays so: an event that was under way meanwhile still shows it as open, and
        the claim would be made before its status proves too old to be written.
        """
        if request.status.phase.is_final or request.uid in self._over or self._stopped:
            return
        if request.uid not in self._tasks:
            self._begin(request, self._carry(request))
        elif request.generation != request.status.observed_generation:
            self._wakeups.wake(_key(request))

    def refuse(self, request: RollbackRequest, end: End) -> None:
        """Answer a request that cannot be carried out at all, once."""
        if request.uid in self._tasks or request.uid in self._refused:
            return
        self._refused.add(request.uid)
        self._begin(request, self._refuse(request, end))

    def _begin(self, request: RollbackRequest, work: Coroutine[None, None, None]) -> None:
        """Let a task do the work, and forget it when it ends."""

        def put_down(_: asyncio.Task[None]) -> None:
            self._tasks.pop(request.uid, None)
            logger.debug("request %s is put down", _name(request))

        logger.debug("request %s is taken up", _name(request))
        task = asyncio.create_task(work, name=f"request {_name(request)}")
        task.add_done_callback(put_down)
        self._tasks[request.uid] = task

    async def _refuse(self, request: RollbackRequest, end: End) -> None:
        try:
            await self._roll_back.refuse(request, end)
        except KubeError as error:
            self._refused.discard(request.uid)
            logger.warning("request %s could not be answered: %s", _name(request), error)

    def lost(self, namespace: str, name: str, uid: str) -> None:
        """Let the task of a deleted request find that out."""
        self._refused.discard(uid)
        self._over.discard(uid)
        self._wakeups.wake(Key("request", namespace, name))

    async def stop(self) -> None:
        """End all tasks for good; the requests go on wherever they are seen next."""
        self._stopped = True
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=SECONDS_TO_STOP)

    async def _carry(self, request: RollbackRequest) -> None:
        # What a selector matches is not known yet.
        names = [t.name for t in request.spec.targets or ()] or [ANY]
        keys = [_key(request), *(Key("deployment", request.namespace, name) for name in names)]
        current: RollbackRequest | None = request
        with about(request=_name(request)), self._wakeups.watching(keys) as changed:
            while current is not None and current.uid == request.uid:
                changed.clear()
                until = await self._step(current)
                if until is None:
                    self._over.add(request.uid)
                    return
                await self._sleep(changed, until)
                current = await self._read(current)

    async def _step(self, request: RollbackRequest) -> datetime | None:
        """Advance once; return until when to wait, or None if the request is over."""
        if request.status.phase.is_final:
            return None
        try:
            return await self._roll_back.advance(request)
        except Stale:
            return self._clock() + STALE_PAUSE
        except KubeError as error:
            logger.warning("request %s waits: %s", _name(request), error)
        except Exception:  # whatever it is, the request must not be forgotten
            logger.exception("request %s could not be advanced", _name(request))
        return self._clock() + PAUSE

    async def _sleep(self, changed: asyncio.Event, until: datetime) -> None:
        seconds = (until - self._clock()).total_seconds()
        try:
            async with asyncio.timeout(max(seconds, 0)):
                await changed.wait()
        except TimeoutError:
            return

    async def _read(self, request: RollbackRequest) -> RollbackRequest | None:
        """Read the request again, however long it takes: without it nothing can be decided."""
        while True:
            try:
                return await self._cluster.request(request.namespace, request.name)
            except KubeError as error:
                logger.warning("request %s cannot be read: %s", _name(request), error)
                await asyncio.sleep(PAUSE.total_seconds())


def _key(request: RollbackRequest) -> Key:
    return Key("request", request.namespace, request.name)


def _name(request: RollbackRequest) -> str:
    return f"{request.namespace}/{request.name}"
