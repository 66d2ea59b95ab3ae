"""`docs/plugin.md` shows what the plugin shows: the golden screens, and the table of exit codes."""

import os
import re
from pathlib import Path

from rollback_operator.cli.exit_codes import MEANING
from rollback_operator.cli.program import COMMANDS

DOCUMENT = Path(__file__).parents[2] / "docs" / "plugin.md"
GOLDEN = Path(__file__).parent / "golden"
SCREEN = re.compile(r"<!-- golden: ([\w-]+) -->\n```text\n(.*?)```", re.DOTALL)
CODES = re.compile(r"<!-- exit codes -->\n(.*?)\n\n", re.DOTALL)
TYPED = {
    "history": "history web",
    "history-wide": "history web -o wide",
    "history-unfinished": "history web",
    "diff": "diff web",
    "preview": "preview web",
    "preview-problems": "preview web",
    "rollback": 'web --reason "5xx since 14:02"',
    "rollback-progress": 'web --reason "5xx since 14:02" >/dev/null',
    "refusal": "web",
    "no-operator": "web --yes --timeout 15s",
    "dry-run": "web --name checkout-500s --from-live --dry-run client",
    "status": "status checkout-500s",
    "log": "log checkout-500s",
    "list": "list",
    "help": "--help",
    **{f"help-{command}": f"{command} --help" for command in COMMANDS},
}
"""What stands before each screen; tests/cli/test_screens.py runs the same."""


def screen(name: str) -> str:
    """Return a block of the document."""
    shown = (GOLDEN / f"{name}.txt").read_text()
    return f"<!-- golden: {name} -->\n```text\n$ kubectl rollback {TYPED[name]}\n{shown}```"


def exit_codes() -> str:
    """Return the table of exit codes."""
    rows = "".join(f"\n| {code.value} | {meaning} |" for code, meaning in MEANING.items())
    return f"<!-- exit codes -->\n| code | when |\n|---|---|{rows}\n\n"


def test_the_document_shows_the_screens_as_they_are() -> None:
    text = DOCUMENT.read_text()
    right = SCREEN.sub(lambda found: screen(found[1]), text)
    right = CODES.sub(lambda _: exit_codes(), right)
    if os.environ.get("UPDATE_GOLDEN"):
        DOCUMENT.write_text(right)
        text = right

    assert text == right


def test_the_document_shows_every_command() -> None:
    shown = {name for name, _ in SCREEN.findall(DOCUMENT.read_text())}

    assert {f"help-{command}" for command in COMMANDS} <= shown
