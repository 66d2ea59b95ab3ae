"""Runs commands on a cluster that is made up, on a screen of a hundred columns without colours."""

import os
import secrets
import sys
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest

from builders import NOON
from fake_plugin_cluster import FakePluginCluster
from plugin_runner import Golden, Plugin, Shown
from rollback_operator.cli import clock
from rollback_operator.cli.main import run

GOLDEN = Path(__file__).parent / "golden"
NOW = NOON + timedelta(hours=1, minutes=5)


@pytest.fixture
def api() -> FakePluginCluster:
    """A cluster with nothing in it, and an operator that answers as it was told."""
    return FakePluginCluster()


@pytest.fixture
def plugin(
    api: FakePluginCluster, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Plugin:
    """Run a command as if on a terminal; its clock stands still but for what it waits."""
    screen = {"TTY_COMPATIBLE": "1", "TERM": "dumb", "COLUMNS": "100", "LINES": "40"}
    for name, value in screen.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(clock, "now", _now)
    monkeypatch.setattr(clock, "monotonic", lambda: api.seconds)
    monkeypatch.setattr(secrets, "token_hex", lambda _: "3f9a1c")

    def call(*words: str, stdin: str = "") -> Shown:
        monkeypatch.setattr(sys, "stdin", StringIO(stdin))
        code = run(list(words), connect=api.seen_by)
        printed = capsys.readouterr()
        return Shown(code, _trimmed(printed.out), _trimmed(printed.err))

    return call


@pytest.fixture
def golden() -> Golden:
    """Compare a screen with its file; `make golden` writes the files anew."""

    def compare(name: str, shown: str) -> None:
        path = GOLDEN / f"{name}.txt"
        if os.environ.get("UPDATE_GOLDEN"):
            path.write_text(shown)
        assert shown == path.read_text()

    return compare


def _now() -> datetime:
    return NOW


def _trimmed(text: str) -> str:
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines())
