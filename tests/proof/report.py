"""Writes docs/reliability.md: what was proved, with figures, and what it brought to light."""

import platform
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from harness import versions
from mutants.traps import MUTANTS
from proof import mutation
from proof.findings import FINDINGS, LIMITS
from proof.ledger import Entry, Ledger

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
    for what, goal, reached, failed in _figures():
        yield f"| {what} | {goal} | {reached} | {failed} |"
    yield from _explanation()
    yield from _found()
    yield from _seeded_bugs()


def _figures() -> Iterator[tuple[str, str, str, str]]:
    model, faults = Ledger("model").entries(), Ledger("faults").entries()
    # A chunk that failed has been made short by playing parts of it many times.
    stories = _sum([entry for entry in model if entry.passed])
    yield (
        "random stories of 30 steps against the model, in memory",
        "10,000",
        (
            f"{stories['stories']:,} ({stories['requests']:,} requests,"
            f" {stories['processes']:,} processes of the operator, {stories['writes']:,} writes;"
            f" {_hours(model)})"
        ),
        str(sum(not entry.passed for entry in model)),
    )
    yield _stories()
    reached = _sum(faults)
    goals = {"crash points": "all, 300", "API faults": "5,000", "watch faults": "500"}
    for kind, goal in goals.items():
        failed = [e for e in faults if not e.passed and e.figures.get(kind)]
        yield f"{kind} on a real API server", goal, f"{reached[kind]:,}", str(len(failed))
    yield (
        "plans whose request did not come this time",
        "-",
        f"{reached['missed']:,} of {reached['plans']:,} ({_hours(faults)})",
        "-",
    )
    yield _fuzz()
    yield _claims()
    yield _soak()
    yield _mutation()
    mutants = {entry.piece: entry for entry in Ledger("mutants").entries()}
    killed = sum(entry.passed for entry in mutants.values())
    yield (
        "seeded bugs killed",
        "35 of 35",
        f"{killed} of {len(mutants)} tried",
        str(len(mutants) - killed),
    )


def _stories() -> tuple[str, str, str, str]:
    entries = Ledger("stories").entries()
    total = _sum([entry for entry in entries if entry.passed])
    return (
        "such stories on a real API server, in up to 30 scenes",
        "300",
        (
            f"{total['stories']:,} ({total['scenes']:,} scenes, {total['requests']:,} requests,"
            f" {total['processes']:,} processes of the operator; {_hours(entries)})"
        ),
        str(sum(not entry.passed for entry in entries)),
    )


def _fuzz() -> tuple[str, str, str, str]:
    entries = Ledger("fuzz").entries()
    total = _sum(entries)
    reasons = sum(name.startswith("ended ") for name in total)
    return (
        "requests generated from the published schema, on a real API server",
        "20,000",
        (
            f"{total['requests']:,} ({total['refused']:,} refused by the API server, the others"
            f" ended for {reasons} reasons; {_hours(entries)})"
        ),
        str(sum(not entry.passed for entry in entries)),
    )


def _claims() -> tuple[str, str, str, str]:
    entries = Ledger("claims").entries()
    total = _sum(entries)
    return (
        "claims that three operators without a leader race for, on a real API server",
        "1,000, one template change each",
        f"{total['requests']:,} ({total['refused claims']:,} came too late; {_hours(entries)})",
        str(sum(not entry.passed for entry in entries)),
    )


def _soak() -> tuple[str, str, str, str]:
    entries = Ledger("soak").entries()
    total = _sum(entries)
    return (
        "soak: 240 Deployments, kills, and one answer in fifty an error",
        "60 minutes, 0 wrong, below 1,024 kB an hour",
        (
            f"{total['minutes']:,} minutes ({total['rollouts']:,} rollouts,"
            f" {total['rollbacks']:,} rollbacks, {total['kills']:,} kills,"
            f" {total['errors']:,} errors; {total['kB per hour']:,} kB an hour)"
        ),
        str(sum(not entry.passed for entry in entries)),
    )


def _mutation() -> tuple[str, str, str, str]:
    entries = Ledger("mutation").entries()
    total = _sum(entries)
    share = total["killed"] / total["tried"] if total["tried"] else 0
    return (
        "changes of the domain package, made by mutmut, that its own tests notice",
        f"{mutation.GOAL:.0%}",
        f"{share:.1%} of {total['tried']:,} ({_hours(entries)})",
        str(sum(not entry.passed for entry in entries)),
    )


def _explanation() -> Iterator[str]:
    yield EXPLANATION


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


def _sum(entries: list[Entry]) -> Counter[str]:
    total: Counter[str] = Counter()
    for entry in entries:
        total.update(entry.figures)
    return total


def _hours(entries: list[Entry]) -> str:
    minutes = sum(entry.seconds for entry in entries) / 60
    return f"{minutes:,.0f} minutes of work"
