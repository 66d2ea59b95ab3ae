"""What others wrote cannot do anything to a terminal, and colours are for terminals only."""

import io
import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from builders import a_history, a_request
from builders.plugin import a_target, an_answer, answered, recorded
from fake_plugin_cluster import FakePluginCluster
from plugin_runner import Plugin
from rollback_operator.cli.screen import Screen, harmless

ATTACKS = {
    "red \x1b[31mtext\x1b[0m": "red text",
    "title\x1b]0;owned\x07 set": "title set",
    "clear\x1b[2J\x1b[H": "clear",
    "link \x1b]8;;http://evil\x1b\\here\x1b]8;;\x1b\\": "link here",
    "back\b\b\bspace": "backspace",
    "two\r\nlines\tand a tab": "two  lines and a tab",
    "eight bits \x9b31m": "eight bits 31m",
    "turned \u202egnp.exe": "turned gnp.exe",
    "lone \x1b": "lone ",
    "nginx:B → nginx:Ä": "nginx:B → nginx:Ä",
}


def a_screen(**options: object) -> tuple[Screen, io.StringIO]:
    """Return a screen on a terminal, and what was written to it."""
    written = io.StringIO()
    console = Console(file=written, force_terminal=True, width=80, **options)  # type: ignore[arg-type]
    return Screen(console, console), written


@pytest.mark.parametrize("text", ATTACKS)
def test_escapes_and_controls_are_left_out(text: str) -> None:
    assert harmless(text) == ATTACKS[text]


@given(st.text())
def test_whatever_is_written_one_printable_line_is_left(text: str) -> None:
    left = harmless(text)

    assert "\x1b" not in left
    assert len(left.splitlines()) <= 1


@pytest.mark.parametrize("attack", ["\x1b[2Jgone", "\x1b]0;owned\x07gone"])
def test_no_command_passes_on_what_others_wrote(
    api: FakePluginCluster, plugin: Plugin, attack: str
) -> None:
    target = a_target(message=attack, warning=attack, steps=[{"name": attack}])
    status = an_answer(target, change=attack, log=[{"at": attack, "text": attack}])
    request = answered(a_request("back").saying(reason=attack), status | {"requester": attack})
    history = a_history().of("A", manager=attack).of("B", cause=attack).build()
    api.has(request, recorded(history).obj)

    for words in (["status", "back"], ["log", "back"], ["list"], ["history", "web"]):
        for output in ([], ["-o", "yaml"] if words[0] != "log" else []):
            shown = plugin(*words, *output)

            assert "gone" in shown.out
            assert "\x1b" not in shown.out + shown.err


@pytest.mark.parametrize("output", ["json", "yaml"])
def test_on_a_terminal_objects_are_harmless_too(
    api: FakePluginCluster, plugin: Plugin, output: str
) -> None:
    """JSON and YAML escape some of it by themselves, but not what turns the writing."""
    api.has(answered(a_request("back").saying(reason="a \u202egnp.exe"), an_answer(a_target())))

    shown = plugin("status", "back", "-o", output)

    assert "a gnp.exe" in shown.out


def test_programs_get_what_is_written(
    api: FakePluginCluster, plugin: Plugin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not a terminal: nothing is left out, only escaped."""
    request = a_request("back").saying(reason="red \x1b[31m → blue")
    api.has(answered(request, an_answer(a_target())))
    monkeypatch.setenv("TTY_COMPATIBLE", "0")

    read = [json.loads(plugin("status", "back", "-o", "json").out)]
    read += [yaml.safe_load(plugin("status", "back", "-o", "yaml").out)]

    assert [found["spec"]["reason"] for found in read] == ["red \x1b[31m → blue"] * 2


def test_a_terminal_has_colours() -> None:
    screen, written = a_screen(color_system="standard")

    screen.line(("Completed", "green"))

    assert "\x1b[32m" in written.getvalue()


def test_no_color_is_honoured() -> None:
    screen, written = a_screen(color_system="standard", no_color=True)

    screen.line(("Completed", "green"))

    assert written.getvalue() == "Completed\n"


def test_a_pipe_has_neither_colours_nor_broken_lines(
    api: FakePluginCluster, plugin: Plugin, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.has(answered(a_request("back"), an_answer(a_target(), change="x" * 300)))
    monkeypatch.setenv("TTY_COMPATIBLE", "0")

    [_, line] = plugin("list").out.splitlines()

    assert "x" * 300 in line
