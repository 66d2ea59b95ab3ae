"""Kopf's watches: started, and stopped within seconds whatever Kopf is waiting for."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final

import kopf

from rollback_operator.handlers.ending import Ending
from rollback_operator.handlers.session import Sessions
from rollback_operator.operations.admission_check import AdmissionCheck
from rollback_operator.operations.definition import until_served
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
        is_defined: Callable[[], Awaitable[bool]],
    ) -> None:
        self._registry = registry
        self._kopf_settings = kopf_settings
        self._settings = settings
        self._admission = admission
        self._is_defined = is_defined
        self._stop = asyncio.Event()
        self._tasks: list[asyncio.Task[Any]] = []

    async def watch(self, ending: Ending) -> None:
        """Watch until the end."""
        watching = asyncio.create_task(self._until_one_ends(ending))
        self._tasks.append(watching)
        if await ending.unless(watching):
            ending.fail(watching.result())

    async def stop(self) -> None:
        """Stop watching, and do not wait for long."""
        self._stop.set()
        _, still_at_it = await asyncio.wait(self._tasks, timeout=SECONDS_TO_STOP)
        for task in still_at_it:
            task.cancel()
        if still_at_it:
            await asyncio.wait(still_at_it, timeout=SECONDS_TO_STOP)

    async def _until_one_ends(self, ending: Ending) -> str:
        """Watch until one of Kopf's tasks ends by itself, which none should; return why.

        Kopf ends the others then, but may wait for them for ever.
        """
        await until_served(self._is_defined)
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
            self._tasks.append(asyncio.create_task(kopf.run_tasks(tasks, ignored=others)))
            ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            return _why(ended)


def log_in(registry: kopf.OperatorRegistry, server: str, sessions: Sessions) -> None:
    """Let Kopf's watches use a session of ours."""

    @kopf.on.login(registry=registry)
    async def log_in_kopf(**_: object) -> kopf.AiohttpSession:
        return kopf.AiohttpSession(server=server, aiohttp_session=sessions.kopfs())


def _why(ended: Iterable[asyncio.Task[Any]]) -> str:
    errors = [task.exception() for task in ended if not task.cancelled()]
    said = "; ".join(repr(error) for error in errors if error) or "without a reason"
    return f"the watches have ended: {said}"
