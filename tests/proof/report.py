"""Writes docs/reliability.md: what was proved, with figures, and what it brought to light."""

import platform
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from harness import versions
from mutants.traps import MUTANTS
from proof import figures
from proof.findings import FINDINGS, LIMITS
from proof.ledger import Ledger

FILE = Path(__file__).parent.parent.parent / "docs" / "reliability.md"
HEAD = """\
# Reliability

A rollback is used on the worst day; it must be the thing that does not break. What follows was
measured by `make test-all` and written by `make reliability`. Each campaign goes on where it
stopped and can be divided (`SHARD=1/4`); a piece that fails prints the command that repeats it.
"""

EXPLANATION = """
- *Random stories* (`tests/model/`): people roll out, undo, restart, scale, pause, apply again,
  delete and re-create; pods crash, quotas fill up; the operator is away or killed at any write;
  requests of all kinds come in between. A model written from the specification alone says what
  must be on record, what is live, what each request is answered, and how many writes it takes.
  Of requests that are found at once any may come first; one order must explain all the rest.
  Some of the stories (`tests/stories/`) are told again with the real deployment controller,
  kubectl and API server, and after each scene everything must be as it was in memory.
- *Plans* (`tests/faults/`): the trace of each scenario is learned from undisturbed runs; then for
  each request in it, and each event of a watch, every kind of fault is injected by a proxy between
  operator and API server; then come storms, in which one request in six goes wrong. The end state
  and the number of writes to Deployments, counted in the audit log, must be those of the
  undisturbed run; the template must never change twice; the phase of a request must only go
  forward. Where the API server says no (403) before anything is stored, a refusal counts too, if
  everything else is as ever.
- *Generated requests* (`tests/fuzz/`): values that the schema allows, and such with up to three
  things changed anywhere in them. Each must be refused with a message or come to an end with a
  documented reason, hundreds side by side; the operator must say nothing of an accident.
- *Changes* (`tests/proof/mutation.py`): each comparison, number, text and call of the domain
  package is changed, one at a time; a test in `tests/domain/` must fail.
"""


def write() -> None:
    """Write the document."""
    FILE.write_text("\n".join(_lines()) + "\n")


def _lines() -> Iterator[str]:
    yield HEAD
    date = datetime.now(UTC).date().isoformat()
    yield (
        f"Last run: {date}, Kubernetes {versions.wanted()}, Python {platform.python_version()},"
        f" Kopf {version('kopf')}, Hypothesis {version('hypothesis')}.\n"
    )
    yield "## Figures\n"
    yield "| what | goal | reached | failed |"
    yield "|---|---|---|---|"
    for what, goal, reached, failed in figures.rows():
        yield f"| {what} | {goal} | {reached} | {failed} |"
    yield EXPLANATION
    yield from _found()
    yield from _seeded_bugs()


def _found() -> Iterator[str]:
    yield "## What it brought to light\n"
    yield "| found by | what was wrong | test that keeps it mended |"
    yield "|---|---|---|"
    for finding in FINDINGS:
        yield f"| {finding.by} | {finding.what} | `{finding.test}` |"
    yield "\n## What is known and left\n"
    for limit in LIMITS:
        yield f"- {limit}"


def _seeded_bugs() -> Iterator[str]:
    tried = {entry.piece: entry for entry in Ledger("mutants").entries()}
    yield "\n## Seeded bugs\n"
    yield "Each known trap, as a first design falls into it, put into a copy of the code"
    yield "(`tests/mutants/traps.py`); the tests named must fail.\n"
    yield "| trap | the seeded bug … | tests | result |"
    yield "|---|---|---|---|"
    for mutant in MUTANTS:
        entry = tried.get(str(mutant.trap))
        result = "not tried" if entry is None else "killed" if entry.passed else "**lives**"
        tests = ", ".join(f"`{test}`" for test in mutant.tests.split())
        yield f"| {mutant.trap} | {mutant.naive} | {tests} | {result} |"
