"""Kopf's watches: started, and stopped within seconds whatever Kopf is waiting for."""

import asyncio
from typing import Final

import kopf

from rollback_operator.handlers.ending import Ending
from rollback_operator.handlers.session import Sessions
from rollback_operator.operations.admission_check import AdmissionCheck
from rollback_operator.settings import Settings

SECONDS_TO_STOP: Final = 2.0
"""How long Kopf may take to finish what it has begun; it would give hung tasks some fifteen."""


class Watches:
    """Kopf at work."""

    def __init__(
        self,
        registry: kopf.OperatorRegistry,
        kopf_settings: kopf.OperatorSettings,
        settings: Settings,
        admission: AdmissionCheck,
    ) -> None:
        self._registry = registry
        self._kopf_settings = kopf_settings
        self._settings = settings
        self._admission = admission
        self._stop = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def watch(self, ending: Ending) -> None:
        """Watch until the end."""
        task = asyncio.create_task(self._watch(ending))
        if await ending.unless(task):
            ending.fail(_why_ended(task))
        self._task = task

    async def stop(self) -> None:
        """Stop watching, and do not wait for long."""
        if self._task is None:
            return
        self._stop.set()
        _, still_at_it = await asyncio.wait((self._task,), timeout=SECONDS_TO_STOP)
        if still_at_it:
            self._task.cancel()
            await asyncio.wait((self._task,), timeout=SECONDS_TO_STOP)

    async def _watch(self, ending: Ending) -> None:
        async with self._admission.kept_up():
            # Kopf cancels all tasks that are younger than its own.
            others = asyncio.all_tasks()
            tasks = await kopf.spawn_tasks(
                registry=self._registry,
                settings=self._kopf_settings,
                clusterwide=not self._settings.namespaces,
                namespaces=self._settings.namespaces,
                stop_flag=self._stop,
            )
            # It has just taken the signals for itself.
            ending.listen()
            await kopf.run_tasks(tasks, ignored=others)


def log_in(registry: kopf.OperatorRegistry, server: str, sessions: Sessions) -> None:
    """Let Kopf's watches use a session of ours."""

    @kopf.on.login(registry=registry)
    async def log_in_kopf(**_: object) -> kopf.AiohttpSession:
        return kopf.AiohttpSession(server=server, aiohttp_session=sessions.kopfs())


def _why_ended(task: asyncio.Task[None]) -> str:
    """Return why the watches have ended by themselves."""
    error = None if task.cancelled() else task.exception()
    return f"the watches have ended: {error!r}" if error else "the watches have ended"
