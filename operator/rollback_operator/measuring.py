"""Turns what is observed into metrics."""

from datetime import datetime, timedelta

from rollback_operator import __version__
from rollback_operator.domain.health import Signs
from rollback_operator.domain.reasons import Phase
from rollback_operator.domain.rollback_request import RollbackRequest
from rollback_operator.domain.snapshot import Snapshot
from rollback_operator.domain.status import Status
from rollback_operator.metrics import Metrics
from rollback_operator.operations.clock import Clock
from rollback_operator.operations.observer import Observer

SECOND = timedelta(seconds=1)


class Measuring(Observer):
    """Takes notes in metrics."""

    def __init__(self, metrics: Metrics, clock: Clock) -> None:
        self._metrics = metrics
        self._clock = clock
        self._open: dict[str, datetime] = {}
        metrics.build_info.labels(__version__).set(1)

    def saw(self, request: RollbackRequest) -> None:
        """Remember since when an open request waits.

        The API server cuts the time of creation to whole seconds. So one that is no more than a
        second old was seen at once, and what passed before is not known.
        """
        if not request.status.phase.is_final:
            seen = min(self._clock(), request.created + SECOND)
            self._open.setdefault(request.uid, seen)

    def lost(self, request_uid: str) -> None:
        """Forget a deleted request."""
        self._open.pop(request_uid, None)

    def patched(self, request: RollbackRequest) -> None:
        """Measure the first patch of a request."""
        since = self._open.get(request.uid)
        if since is not None and request.status.phase is Phase.QUEUED:
            self._metrics.request_to_patch.observe(_seconds(self._clock() - since))

    def wrote(self, request: RollbackRequest, status: Status) -> None:
        """Count and measure a request that has ended."""
        if not status.phase.is_final:
            return
        self._metrics.requests_finished.labels(status.phase, status.reason or "").inc()
        since = self._open.pop(request.uid, None)
        if since is not None:
            seconds = _seconds(self._clock() - since)
            self._metrics.request_to_done.labels(status.phase).observe(seconds)

    def recorded(self, snapshot: Snapshot, size: int) -> None:
        """Count a history that was written."""
        self._metrics.snapshots_recorded.labels(snapshot.origin).inc()
        self._metrics.history_size.observe(size)

    def called(self, verb: str, resource: str, code: str, seconds: float) -> None:
        """Count and measure a call of the API."""
        self._metrics.api_requests.labels(verb, resource, code).inc()
        self._metrics.api_latency.labels(verb, resource).observe(seconds)

    def turned(self, lag: float, signs: Signs) -> None:
        """Measure how late the event loop is, and show the signs of health."""
        self._metrics.loop_lag.observe(max(lag, 0))
        self._metrics.leader.set(signs.is_leader)
        self._metrics.watch_age.clear()
        for resource, at in signs.oldest_by_resource.items():
            self._metrics.watch_age.labels(resource).set(signs.now - at)


def _seconds(passed: timedelta) -> float:
    return max(passed.total_seconds(), 0)
