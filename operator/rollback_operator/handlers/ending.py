"""How the process ends: asked to by a signal, or for a reason that only a new process can mend."""

import asyncio
import logging
import signal
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

logger = logging.getLogger(__name__)

T = TypeVar("T")

SECONDS_TO_END: Final = 2.0
"""How long tasks may take to end when all that matters has ended."""


class HopelessError(Exception):
    """This process cannot go on; another one can."""


class Ending:
    """The first reason to end counts."""

    def __init__(self) -> None:
        self._ended = asyncio.Event()
        self._why: HopelessError | None = None
        self._sentinels: set[asyncio.Task[None]] = set()

    def listen(self) -> None:
        """End when a signal asks for it; whoever listened before does so no more."""
        loop = asyncio.get_running_loop()
        for each in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(each, self._asked, each)

    def when(self, hopeless: Coroutine[Any, Any, str]) -> None:
        """Keep an eye on something that returns why the process has to end."""
        task = asyncio.create_task(self._keep_an_eye_on(hopeless))
        self._sentinels.add(task)
        task.add_done_callback(self._sentinels.discard)

    async def unless(self, work: asyncio.Task[T]) -> bool:
        """Let work be done; False if the process is to end before that."""
        ended = asyncio.create_task(self._ended.wait())
        try:
            await asyncio.wait((work, ended), return_when=asyncio.FIRST_COMPLETED)
        finally:
            ended.cancel()
        return not self._ended.is_set()

    def fail(self, why: str) -> None:
        """End, because this process cannot go on."""
        if not self._ended.is_set():
            self._why = HopelessError(why)
            self._ended.set()

    def check(self) -> None:
        """Raise the reason, if it was not a signal.

        Raises:
            HopelessError: the process could not go on.
        """
        if self._why is not None:
            raise self._why

    def _asked(self, by: signal.Signals) -> None:
        logger.info("%s: stopping", by.name)
        self._ended.set()

    async def _keep_an_eye_on(self, hopeless: Coroutine[Any, Any, str]) -> None:
        try:
            self.fail(await hopeless)
        except Exception as error:  # what keeps watch over the rest has failed itself
            logger.exception("unexpected")
            self.fail(f"{error!r}")


def run_to_the_end(work: Coroutine[Any, Any, None]) -> None:
    """Run as `asyncio.run` does, but leave tasks behind that do not end.

    Kopf's `Scheduler.close()` may wait for ever for what it has cancelled (seen with a leader that
    woke up too late), and `asyncio.run` would wait for it: a process that has let everything go,
    answers no probe, and yet never makes room for a new one.
    """
    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(work)
    finally:
        loop.run_until_complete(_end_tasks())
        loop.close()


async def _end_tasks() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    if tasks:
        _, stuck = await asyncio.wait(tasks, timeout=SECONDS_TO_END)
        for task in stuck:
            logger.info("left behind: %s", task.get_name())
        # The line that says why the process ends is the last one: no complaint about these follows.
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)
