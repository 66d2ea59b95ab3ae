"""Write down what became of a request: its status, and then the Events for what turned."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from rollback_operator.domain import report
from rollback_operator.domain.decisions import End
from rollback_operator.domain.events import About, event
from rollback_operator.domain.json_patch import status_patch
from rollback_operator.domain.outcomes import OUTCOMES
from rollback_operator.domain.reasons import Phase, Reason
from rollback_operator.domain.rollback_request import RollbackRequest
from rollback_operator.domain.status import Status, TargetStatus
from rollback_operator.domain.template import JsonObject
from rollback_operator.kube.cluster import Cluster
from rollback_operator.operations.admission_check import AdmissionCheck
from rollback_operator.operations.clock import Clock
from rollback_operator.operations.observer import Observer


class Journal:
    """Keeps the record that anyone can read."""

    def __init__(
        self, cluster: Cluster, clock: Clock, admission: AdmissionCheck, observer: Observer
    ) -> None:
        self._cluster = cluster
        self._clock = clock
        self._admission = admission
        self._observer = observer

    async def write(self, request: RollbackRequest, targets: Sequence[TargetStatus]) -> None:
        """Write the status if it says anything new; Events only tell what was stored.

        Raises:
            Stale: somebody wrote the request since it was read.
        """
        now = self._clock()
        await self._store(
            request, report.compose(request, targets, now, self._admission.latest), now
        )

    async def refuse(self, request: RollbackRequest, end: End) -> None:
        """Write that the request names no targets to judge.

        Raises:
            Stale: somebody wrote the request since it was read.
        """
        now = self._clock()
        await self._store(request, report.refused(request, end, now, self._admission.latest), now)

    async def _store(self, request: RollbackRequest, said: Status, now: datetime) -> None:
        new = report.fit_to_show(said)
        if report.says_the_same(request.status, new):
            return
        body = new.model_dump(mode="json", by_alias=True, exclude_none=True)
        await self._cluster.patch_request(request, status_patch(request.resource_version, body))
        self._observer.wrote(request, new)
        for one in _events(request, new, now):
            await self._cluster.create_event(request.namespace, one)


def _events(request: RollbackRequest, new: Status, now: datetime) -> Iterator[JsonObject]:
    """Yield one Event for each Deployment whose rollback began or ended, and one for the end."""
    before = {target.name: target.phase for target in request.status.targets}
    for target in new.targets:
        turned = target.phase is not before.get(target.name, Phase.QUEUED)
        if turned and target.started_at is not None and target.uid is not None:
            about = About.deployment(request.namespace, target.name, target.uid)
            text = f"request {request.name}: {target.message}"
            yield event(about, target.reason, text, now, warning=_warns(target.reason))
    if new.phase.is_final and new.reason is not None:
        about = About.request(request)
        yield event(about, new.reason, new.message or "", now, warning=_warns(new.reason))


def _warns(reason: Reason) -> bool:
    return OUTCOMES[reason].stalled
