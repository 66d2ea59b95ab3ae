"""How the process ends: by a signal, or for a reason that is told."""

import asyncio
import contextlib
import gc
import logging
import os
import signal

import pytest

from rollback_operator.handlers.ending import Ending, HopelessError, run_to_the_end


async def forever() -> None:
    await asyncio.Event().wait()


async def test_work_that_is_done_before_the_end_is_done() -> None:
    ending = Ending()

    assert await ending.unless(asyncio.create_task(asyncio.sleep(0)))
    ending.check()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_without_an_error(number: signal.Signals) -> None:
    ending = Ending()
    ending.listen()
    work = asyncio.create_task(forever())
    os.kill(os.getpid(), number)

    assert not await ending.unless(work)
    ending.check()
    work.cancel()


async def test_what_is_hopeless_ends_it_with_its_reason() -> None:
    async def hopeless() -> str:
        return "the Lease is lost"

    ending = Ending()
    work = asyncio.create_task(forever())
    ending.when(hopeless())

    assert not await ending.unless(work)
    with pytest.raises(HopelessError, match="the Lease is lost"):
        ending.check()
    work.cancel()


async def test_the_first_reason_counts() -> None:
    ending = Ending()
    ending.fail("first")
    ending.fail("second")

    with pytest.raises(HopelessError, match="first"):
        ending.check()


async def test_after_a_signal_nothing_is_a_failure() -> None:
    """Stopping breaks connections and cancels tasks: no reason to call it a crash."""
    ending = Ending()
    ending.listen()
    os.kill(os.getpid(), signal.SIGTERM)
    await ending.unless(asyncio.create_task(forever(), name="to be cancelled"))

    ending.fail("the watches have ended")

    ending.check()
    for task in asyncio.all_tasks():
        if task.get_name() == "to be cancelled":
            task.cancel()


async def test_a_watchman_who_fails_is_a_reason_too() -> None:
    async def broken() -> str:
        message = "a bug"
        raise RuntimeError(message)

    ending = Ending()
    work = asyncio.create_task(forever())
    ending.when(broken())

    assert not await ending.unless(work)
    with pytest.raises(HopelessError, match="a bug"):
        ending.check()
    work.cancel()


class Stubborn:
    """A task that does not end when it is cancelled, for a minute at least."""

    def __init__(self) -> None:
        self.task: asyncio.Task[None] | None = None

    async def work(self) -> None:
        """Leave such a task behind."""
        self.task = asyncio.create_task(self._hang(), name="a scheduler that is closing")
        await asyncio.sleep(0)

    async def _hang(self) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + 60
        while (left := until - loop.time()) > 0:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(left)


def test_a_task_that_does_not_end_is_left_behind(caplog: pytest.LogCaptureFixture) -> None:
    stubborn = Stubborn()

    with caplog.at_level(logging.INFO):
        run_to_the_end(stubborn.work())

    assert stubborn.task is not None
    assert not stubborn.task.done()
    del stubborn
    gc.collect()
    assert caplog.messages == ["left behind: a scheduler that is closing"]


def test_what_ends_when_it_is_asked_to_is_waited_for() -> None:
    tasks = []

    async def work() -> None:
        tasks.append(asyncio.create_task(forever()))
        await asyncio.sleep(0)

    run_to_the_end(work())

    assert [task.cancelled() for task in tasks] == [True]


def test_why_the_work_failed_is_told() -> None:
    async def work() -> None:
        message = "the Lease is lost"
        raise HopelessError(message)

    with pytest.raises(HopelessError, match="the Lease is lost"):
        run_to_the_end(work())
