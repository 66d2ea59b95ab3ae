"""Look again, later, at Deployments that could not be recorded.

Rights may be granted only after the operator has started, and nothing may happen to a Deployment
for months. So what came to nothing is tried again: few Deployments at a time, each after pauses
that grow, from the object as it is then. Where all is recorded nothing is read or written.
"""

import asyncio
import logging
from dataclasses import dataclass
from typing import Final

from rollback_operator.domain.deployment import Deployment
from rollback_operator.errors import KubeError
from rollback_operator.kube.cluster import Cluster
from rollback_operator.operations.take_snapshot import Recorder
from rollback_operator.settings import Settings

logger = logging.getLogger(__name__)

FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 300.0
"""Seconds until a Deployment is looked at again: twice as many each time, up to these."""
AT_ONCE: Final = 4
"""Deployments that are looked at again side by side: missing rights concern thousands at once."""


@dataclass(frozen=True)
class _Due:
    """A Deployment that is looked at again, when, and the pause that is made until then."""

    namespace: str
    name: str
    alarm: asyncio.TimerHandle
    pause: float


class SecondLooks:
    """Lets the recorder look at Deployments until it has come to an end with them."""

    def __init__(self, cluster: Cluster, recorder: Recorder, settings: Settings) -> None:
        self._cluster = cluster
        self._recorder = recorder
        self._settings = settings
        self._due: dict[str, _Due] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def observe(self, deployment: Deployment, *, first: bool = False) -> None:
        """Let the recorder look at what was just seen; again later if that comes to nothing."""
        try:
            await self._recorder.observe(deployment, first=first)
        except KubeError as error:
            logger.warning("%s could not be recorded: %s", deployment, error)
            self._put_off(deployment.uid, deployment.namespace, deployment.name)
        else:
            self._leave(deployment.uid)

    def forget(self, uid: str) -> None:
        """Drop what is remembered of a deleted Deployment."""
        self._leave(uid)
        self._recorder.forget(uid)

    def _leave(self, uid: str) -> float:
        """Look no more at a Deployment; return the last pause."""
        due = self._due.pop(uid, None)
        if due is None:
            return 0
        due.alarm.cancel()
        return due.pause

    def _put_off(self, uid: str, namespace: str, name: str) -> None:
        pause = min(max(self._leave(uid) * 2, FIRST_PAUSE), LONGEST_PAUSE)
        logger.info("deployment %s/%s is looked at again in %.0f s", namespace, name, pause)
        alarm = asyncio.get_running_loop().call_later(pause, self._begin, uid)
        self._due[uid] = _Due(namespace, name, alarm, pause)

    def _begin(self, uid: str) -> None:
        task = asyncio.create_task(self._look(uid), name=f"second look at {uid}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _look(self, uid: str) -> None:
        """Look at what the Deployment is by now, unless it has become another one."""
        async with self._turns:
            due = self._due.get(uid)
            if due is None:
                return
            try:
                found = await self._cluster.deployment(due.namespace, due.name)
            except KubeError as error:
                logger.warning("%s/%s cannot be read: %s", due.namespace, due.name, error)
                self._put_off(uid, due.namespace, due.name)
                return
            if found is None or found.uid != uid or not self._settings.records(found.labels):
                self._leave(uid)
            else:
                await self.observe(found)
