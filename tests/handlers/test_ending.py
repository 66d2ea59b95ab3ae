"""How the process ends: by a signal, or for a reason that is told."""

import asyncio
import os
import signal

import pytest

from rollback_operator.handlers.ending import Ending, HopelessError


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
