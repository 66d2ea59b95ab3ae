"""What a terminal shows in a document, held against what it shows in truth."""

import re
from dataclasses import dataclass
from itertools import zip_longest

PROMPT = "$ "
CONTINUED = "> "
GAP = "…"
"""A line of it stands for any lines, at the end of a line for the rest of it."""

VARYING = (
    (r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME"),
    (r"\b(?:\d+(?:d|h|m|s))+\b", "AGE"),
    (r"\b[a-f][0-9a-f]{9}\b", "ID"),
    (r"\b([a-z-]+)-[0-9a-z]{8,10}-[0-9a-z]{5}\b", r"\1-POD"),
    (r"[ \t]+", " "),
)


HANGING_UP = re.compile(r'[EW]\d{4} .*"Unexpected error when reading response body".*canceled')
"""What client-go in helm complains of now and then, when a wait is over and its watch is ended."""


@dataclass(frozen=True)
class Command:
    """A command of a document, and what it shows; None where the document does not say."""

    text: str
    shown: str | None


def commands(language: str, text: str) -> list[Command]:
    """Return the commands of a block: a script as a whole, those of a console one by one."""
    if language == "sh":
        return [Command(text, None)]
    return [_command(part) for part in re.split(rf"(?m)^{re.escape(PROMPT)}", text)[1:]]


def agrees(expected: str, actual: str) -> bool:
    """Whether a screen is the real one, but for what differs each time: ages, times, ids."""
    return _agrees(_lines(expected), _lines(actual))


def _command(part: str) -> Command:
    """Divide what was typed, to the last line that is continued, from what came of it."""
    first, *rest = part.splitlines()
    typed = [first]
    while rest and (typed[-1].endswith("\\") or rest[0].startswith(CONTINUED)):
        typed.append(rest.pop(0).removeprefix(CONTINUED))
    return Command("\n".join(typed), "\n".join(rest).strip() or None)


def _lines(screen: str) -> list[str]:
    said = (line for line in screen.strip().splitlines() if not HANGING_UP.match(line))
    return [_settled(line).strip() for line in said]


def _settled(line: str) -> str:
    for pattern, word in VARYING:
        line = re.sub(pattern, word, line)
    return line


def _agrees(expected: list[str], actual: list[str]) -> bool:
    if GAP in expected:
        place = expected.index(GAP)
        before, after = expected[:place], expected[place + 1 :]
        rest = actual[place:]
        fits = _agrees(before, actual[:place])
        return fits and any(_agrees(after, rest[n:]) for n in range(len(rest) + 1))
    return all(_same(*pair) for pair in zip_longest(expected, actual, fillvalue=None))


def _same(expected: str | None, actual: str | None) -> bool:
    if expected is None or actual is None:
        return False
    if expected.endswith(GAP):
        return actual.startswith(expected.removesuffix(GAP).rstrip())
    return expected == actual
