"""A program that is forked off the nursery is to the tests as if it had been started."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from harness.nursery import Nursery, open_nursery
from harness.operator_process import OperatorProcess
from harness.waiting import wait_until

LEAVES = """
import os, sys
if __name__ == "__main__":
    print("told", os.environ["ROLLBACK_TOLD"])
    sys.exit(3)
"""
STAYS = """
import signal
print("here", flush=True)
signal.pause()
"""
OWNER = """
import os, sys
from pathlib import Path
from harness.nursery import Nursery
print(Nursery().start("stays", os.environ, Path(sys.argv[1])).pid, flush=True)
os.kill(os.getpid(), 9)
"""

Starts = Callable[..., OperatorProcess]


@pytest.fixture(autouse=True, scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """What is started: one ends by itself, and one never does."""
    directory = tmp_path_factory.mktemp("programs")
    (directory / "leaves.py").write_text(LEAVES)
    (directory / "stays.py").write_text(STAYS)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PYTHONPATH", str(directory))
        yield directory


@pytest.fixture(scope="module")
def own_nursery(programs: Path) -> Iterator[Nursery]:
    """A nursery that knows them."""
    assert programs.is_dir()
    with open_nursery() as nursery:
        yield nursery


@pytest.fixture(params=["started", "forked"])
def start(request: pytest.FixtureRequest, own_nursery: Nursery, tmp_path: Path) -> Starts:
    """Start a program, in each of both ways."""
    nursery = own_nursery if request.param == "forked" else None

    def begin(module: str, **settings: str) -> OperatorProcess:
        log = tmp_path / "log"
        return OperatorProcess(tmp_path / "kubeconfig", log, settings, module, nursery).start()

    return begin


def until_it_is_there(program: OperatorProcess) -> None:
    wait_until(lambda: program.log.read_text() == "here\n", "its first line")


def test_it_gets_its_settings_and_its_log_and_hands_back_its_code(start: Starts) -> None:
    program = start("leaves", ROLLBACK_TOLD="so")

    assert program.wait(60) == 3
    assert not program.is_running
    assert program.log.read_text() == "told so\n"


def test_started_again_it_goes_on_in_the_same_log(start: Starts) -> None:
    program = start("leaves", ROLLBACK_TOLD="so")
    program.wait(60)

    assert program.start(ROLLBACK_TOLD="otherwise").wait(60) == 3
    assert program.log.read_text() == "told so\ntold otherwise\n"


def test_it_can_be_stopped_in_its_tracks_and_killed(start: Starts) -> None:
    program = start("stays")
    until_it_is_there(program)

    os.kill(program.pid, signal.SIGSTOP)
    assert program.is_running
    program.kill()

    assert program.wait(60) == -signal.SIGKILL
    assert not psutil.pid_exists(program.pid)


def test_it_is_asked_to_end(start: Starts) -> None:
    program = start("stays")
    until_it_is_there(program)

    program.stop()

    assert program.wait(60) == -signal.SIGTERM


def test_one_that_does_not_end_in_time_is_told_of(start: Starts) -> None:
    program = start("stays")

    with pytest.raises(subprocess.TimeoutExpired):
        program.wait(0)

    program.kill()


def test_the_operator_says_the_same_about_settings_that_it_cannot_use(start: Starts) -> None:
    program = start("rollback_operator", ROLLBACK_LOG_LEVEL="shout")

    assert program.wait(60) == 2
    said = program.log.read_text()
    assert "rollback-operator cannot start" in said
    assert "Warning" not in said


def test_what_is_left_ends_with_the_nursery(tmp_path: Path) -> None:
    with open_nursery() as nursery:
        left = nursery.start("stays", os.environ, tmp_path / "log")

    wait_until(lambda: not psutil.pid_exists(left.pid), "its end")


def test_all_ends_when_the_owner_is_killed(tmp_path: Path) -> None:
    owner = [sys.executable, "-c", OWNER, str(tmp_path / "log")]
    done = subprocess.run(owner, check=False, stdout=subprocess.PIPE, text=True)

    wait_until(lambda: not psutil.pid_exists(int(done.stdout)), "its end")
