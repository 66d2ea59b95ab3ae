"""Know which admission policies are in force, without asking for every request."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from rollback_operator.domain.admission import (
    CHECKS,
    MUTATING,
    STAMP,
    UNCHECKED,
    VALIDATING,
    Admission,
    assess,
    stamps_requests,
)
from rollback_operator.domain.rollback_request import RollbackRequest
from rollback_operator.errors import KubeError
from rollback_operator.kube.admission import AdmissionCluster
from rollback_operator.operations.clock import Clock

logger = logging.getLogger(__name__)

EVERY = timedelta(minutes=1)
"""How often the policies are looked at unasked; a whole set is believed for twice as long."""
AGAIN = timedelta(seconds=1)
"""How long it is believed that one is missing: whoever installs it should not have to wait."""


class AdmissionCheck:
    """Looks at the policies whose names begin with `name`, and remembers what it saw.

    `required` says whether a request is refused where one is missing.
    """

    def __init__(
        self, cluster: AdmissionCluster, name: str, clock: Clock, *, required: bool
    ) -> None:
        self._cluster = cluster
        self._name = name
        self._clock = clock
        self._required = required
        self._latest = UNCHECKED
        self._looked: datetime | None = None
        self._looking = asyncio.Lock()

    @property
    def latest(self) -> Admission:
        """What was seen last."""
        return self._latest

    @property
    def is_in_force(self) -> bool:
        """Whether all policies were there when they were looked at last."""
        return self._latest.since is not None and not self._latest.missing

    async def problem_of(self, request: RollbackRequest) -> str | None:
        """Return why the request must not be carried out, if so.

        Raises:
            Unreachable: the API server does not answer.
        """
        if not self._required:
            return None
        async with self._looking:
            if self._is_old():
                await self._look()
        return self._latest.problem_of(request)

    def _is_old(self) -> bool:
        believed = 2 * EVERY if self.is_in_force else AGAIN
        return self._looked is None or self._clock() >= self._looked + believed

    @asynccontextmanager
    async def kept_up(self) -> AsyncIterator[None]:
        """Look now, and again and again until the end, so that no request has to wait for it."""
        await self._try_to_look()
        task = asyncio.create_task(self._keep_looking(), name="admission policies")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(EVERY.total_seconds())
            await self._try_to_look()

    async def _try_to_look(self) -> None:
        try:
            async with self._looking:
                await self._look()
        except KubeError as error:
            logger.warning("the admission policies cannot be looked at: %s", error)

    async def _look(self) -> None:
        asked = (self._cluster.policy(VALIDATING, f"{self._name}-{check}") for check in CHECKS)
        found = await asyncio.gather(*asked)
        if any(stamps_requests(one) for one in found):
            found.append(await self._cluster.policy(MUTATING, f"{self._name}-{STAMP}"))
        seen, was = assess(found), self._latest
        self._latest, self._looked = seen, self._clock()
        if seen != was:
            self._tell()

    def _tell(self) -> None:
        """Say it in one line, once for each change."""
        if self.is_in_force:
            requester = "known" if self._latest.stamps else "unknown: nothing stamps requests"
            logger.info("the admission policies are in force; requesters are %s", requester)
            return
        what = "requests are refused" if self._required else "nobody checks who asks for a rollback"
        logger.warning("%s: %s", what, "; ".join(self._latest.missing))
