"""What others wrote is shown, and acts on nothing."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import NOON, a_request
from rollback_operator.domain import report
from rollback_operator.domain.decisions import End
from rollback_operator.domain.events import About, event
from rollback_operator.domain.legible import TEXT_LIMIT, legible, legible_object
from rollback_operator.domain.reasons import Reason

CLEAR = "\x1b[2J\x1b]0;owned\x07"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("release 7 → 8, “späť”", "release 7 → 8, “späť”"),
        ("\x1b[31mred", "<U+001B>[31mred"),
        ("one\ntwo\tthree", "one⏎two three"),
        ("a\r\x00b", "a<U+000D><U+0000>b"),
        ("gnp.\u202eexe", "gnp.<U+202E>exe"),
        ("a\u2028b\x85c", "a<U+2028>b<U+0085>c"),
        ("half \ud800", "half <U+D800>"),
    ],
)
def test_what_cannot_be_seen_is_written_out(text: str, shown: str) -> None:
    assert legible(text) == shown


@given(st.text(max_size=300), st.integers(1, 50))
def test_every_text_becomes_one_bounded_line(text: str, limit: int) -> None:
    shown = legible(text, limit)

    assert len(shown) <= limit
    assert not {c for c in shown if ord(c) < 32 or 127 <= ord(c) < 160}
    assert legible(shown, limit) == shown


def test_a_text_without_end_is_cut() -> None:
    assert len(legible("x" * 10**6)) == TEXT_LIMIT
    assert legible("x" * 10**6).endswith("…")
    assert len(legible("\x1b" * 10**6)) == TEXT_LIMIT


def test_every_text_in_an_object_is_made_legible() -> None:
    assert legible_object({"a": ["\x1b", 1, None, {"b": "\n"}]}) == {
        "a": ["<U+001B>", 1, None, {"b": "⏎"}]
    }


def test_a_status_has_no_text_that_acts() -> None:
    said = report.refused(a_request().build(), End(Reason.FORBIDDEN, CLEAR), NOON)

    shown = report.fit_to_show(said)

    assert "\x1b" not in shown.model_dump_json() + (shown.message or "")
    assert "owned" in (shown.message or "")
    assert report.fit_to_show(shown) is shown


def test_what_was_stored_legible_is_not_written_again() -> None:
    """Else every look at a request with such a text would write it."""
    end = End(Reason.FORBIDDEN, CLEAR)
    first = report.fit_to_show(report.refused(a_request().build(), end, NOON))
    later = NOON + timedelta(minutes=1)
    again = report.refused(a_request().answered(first).build(), end, later)

    assert report.says_the_same(first, report.fit_to_show(again))


def test_an_event_has_no_text_that_acts() -> None:
    told = event(About.deployment("shop", "web", "u"), "Forbidden", CLEAR * 500, NOON)

    assert "\x1b" not in told["message"]
    assert len(told["message"]) == 1024
