"""`python -m harness` starts and ends exactly what it should, whatever happens to it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

import harness
from harness.waiting import wait_until

TESTS = Path(harness.__file__).parents[1]
ENVIRONMENT = os.environ | {"PYTHONPATH": str(TESTS), "CLUSTER": "embedded"}
COMPONENTS = 5
OWNER = """
import harness, sys, time
from pathlib import Path
harness.start(Path(sys.argv[1]))
print("ready", flush=True)
time.sleep(600)
"""


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    """Give a directory for a cluster that is down in the end."""
    yield tmp_path
    command(tmp_path, "down")


def command(directory: Path, name: str) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "harness", name, "--directory", directory],
        check=False,
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
    )


def processes_of(directory: Path) -> list[psutil.Process]:
    """Return the living components of the cluster in this directory."""
    binaries = str(directory / "bin")
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        line = process.info["cmdline"] or [""]
        if line[0].startswith(binaries) and process.info["status"] != psutil.STATUS_ZOMBIE:
            found.append(process)
    return found


def test_up_stays_up_survives_kills_and_goes_down(directory: Path) -> None:
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        first = command(directory, "up")
        assert first.returncode == 0, first.stderr
        assert f"export KUBECONFIG={directory / 'kubeconfig'}" in first.stdout
        before = processes_of(directory)
        assert len(before) == COMPONENTS

        again = command(directory, "up")
        assert "up already" in again.stdout
        assert processes_of(directory) == before

        before[0].kill()
        second = command(directory, "up")
        assert second.returncode == 0, second.stderr
        after = processes_of(directory)
        assert len(after) == COMPONENTS
        assert not set(before) & set(after)
        assert command(directory, "status").returncode == 0

        assert command(directory, "down").returncode == 0
        assert processes_of(directory) == []
        assert bystander.poll() is None
        assert command(directory, "status").returncode == 1
        assert (directory / "logs" / "kube-apiserver.log").exists()
        assert not (directory / "kubeconfig").exists()
    finally:
        bystander.kill()
        bystander.wait()


def test_a_recorded_process_that_is_another_one_now_is_left_alone(directory: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as somebody:
        record = {"name": "etcd", "command": ["etcd"], "log": "etcd.log", "pid": somebody.pid}
        facts = {"provider": "embedded", "api_port": 1, "etcd_port": 2, "emulated": None}
        document = facts | {"processes": [record | {"created": 1.0}]}
        (directory / "processes.json").write_text(json.dumps(document))

        assert command(directory, "down").returncode == 0

        assert somebody.poll() is None
        somebody.kill()


def test_all_ends_when_the_owner_is_killed(directory: Path) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, directory],
        stdout=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
    )
    assert owner.stdout
    assert owner.stdout.readline() == "ready\n"
    assert len(processes_of(directory)) == COMPONENTS

    owner.kill()
    owner.communicate()

    wait_until(lambda: not processes_of(directory), "the components to end with their owner")


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_up_leaves_nothing_running(
    directory: Path,
    signal_number: signal.Signals,
) -> None:
    up = subprocess.Popen(
        [sys.executable, "-m", "harness", "up", "--directory", directory],
        stderr=subprocess.DEVNULL,
        env=ENVIRONMENT,
    )
    wait_until(lambda: processes_of(directory), "the first component")

    up.send_signal(signal_number)
    up.wait(60)

    assert up.returncode != 0
    wait_until(lambda: not processes_of(directory), "the components to end")


def test_an_unknown_choice_is_an_error_in_one_line(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "harness", "up", "--directory", tmp_path],
        check=False,
        capture_output=True,
        text=True,
        env=ENVIRONMENT | {"CLUSTER": "cloud"},
    )

    assert done.returncode == 1
    assert done.stderr == (
        "Error: CLUSTER=cloud is none of embedded, kind, existing: set it to one, or unset it.\n"
    )
