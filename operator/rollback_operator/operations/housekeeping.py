"""Delete requests that have ended when their time is over, or when a namespace has too many."""

import asyncio
import logging
from collections import defaultdict

from rollback_operator.domain.retention import due, surplus
from rollback_operator.domain.rollback_request import RollbackRequest
from rollback_operator.errors import KubeError
from rollback_operator.kube.cluster import Cluster
from rollback_operator.operations.clock import Clock

logger = logging.getLogger(__name__)


class Housekeeper:
    """Remembers the requests that have ended, from the watch; a restart shows them again."""

    def __init__(self, cluster: Cluster, limit: int, clock: Clock) -> None:
        self._cluster = cluster
        self._limit = limit
        self._clock = clock
        self._finished: dict[str, dict[str, RollbackRequest]] = defaultdict(dict)
        self._alarms: dict[str, asyncio.TimerHandle] = {}
        self._deletions: set[asyncio.Task[None]] = set()

    def saw(self, request: RollbackRequest) -> None:
        """Take note of a request; one that goes on is none of our business."""
        if not request.status.phase.is_final:
            return
        self._finished[request.namespace][request.uid] = request
        self._set_alarm(request)
        for old in surplus(self._finished[request.namespace].values(), self._limit):
            self._delete(old, f"the namespace keeps {self._limit}")

    def lost(self, namespace: str, uid: str) -> None:
        """Forget a deleted request."""
        self._finished[namespace].pop(uid, None)
        if alarm := self._alarms.pop(uid, None):
            alarm.cancel()

    def _set_alarm(self, request: RollbackRequest) -> None:
        if alarm := self._alarms.pop(request.uid, None):
            alarm.cancel()
        at = due(request)
        if at is None:
            return
        seconds = max((at - self._clock()).total_seconds(), 0)
        self._alarms[request.uid] = asyncio.get_running_loop().call_later(
            seconds, self._delete, request, "its time to live is over"
        )

    def _delete(self, request: RollbackRequest, why: str) -> None:
        self.lost(request.namespace, request.uid)
        task = asyncio.create_task(self._delete_now(request, why))
        self._deletions.add(task)
        task.add_done_callback(self._deletions.discard)

    async def _delete_now(self, request: RollbackRequest, why: str) -> None:
        try:
            await self._cluster.delete_request(request)
        except KubeError as error:
            logger.warning("request %s/%s is kept: %s", request.namespace, request.name, error)
        else:
            logger.info("request %s/%s deleted: %s", request.namespace, request.name, why)
