"""JSON that is nested too deep for Python is cut where it is, and nothing else of it changes."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollback_operator.domain.nesting import DEEPEST, loads, shallow

TOO_DEEP = 9_990
"""Levels: as many as the API server keeps."""


def nested(levels: int, inner: str = "1") -> str:
    """Return an object in an object, and so on."""
    return '{"f:a":' * levels + inner + "}" * levels


def depth(value: Any) -> int:
    return 1 + max(map(depth, value.values()), default=0) if isinstance(value, dict) else 0


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON)
def test_what_is_not_too_deep_stays_as_it_is(value: Any) -> None:
    text = json.dumps(value)

    assert shallow(text) == text


def test_what_is_as_deep_as_may_be_is_kept() -> None:
    assert depth(json.loads(shallow(nested(DEEPEST)))) == DEEPEST
    assert depth(json.loads(shallow(nested(DEEPEST + 1)))) == DEEPEST


def test_brackets_in_texts_do_not_count() -> None:
    text = json.dumps({"cause": '\\"' + "{[" * DEEPEST})

    assert shallow(text) == text


@pytest.mark.parametrize("inner", ["1", "[]", '{"x": "}"}', '"\\"]"'])
def test_only_what_lies_too_deep_becomes_null(inner: str) -> None:
    text = f'[{nested(TOO_DEEP, inner)}, {{"kind": "Deployment"}}, [{nested(TOO_DEEP)}, 2]]'

    first, second, third = loads(text)

    assert depth(first) == DEEPEST - 1
    assert second == {"kind": "Deployment"}
    assert third[1] == 2


def test_what_is_no_json_is_an_error_as_ever() -> None:
    with pytest.raises(ValueError, match="Expecting"):
        loads("{")
