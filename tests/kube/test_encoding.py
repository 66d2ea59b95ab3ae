"""JSON as the API server would have written it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollback_operator.kube.encoding import encoded


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a && b", rb'"a \u0026\u0026 b"'),
        ("x < y > z", rb'"x \u003c y \u003e z"'),
        ("größe", '"größe"'.encode()),
        ("発売🚀", '"発売🚀"'.encode()),
        ("a\u2028b\u2029", rb'"a\u2028b\u2029"'),
        ('"\\/', rb'"\"\\/"'),
        ("\x1b\b\f\n\r\t\x7f", b'"\\u001b\\b\\f\\n\\r\\t\x7f"'),
    ],
)
def test_texts_are_written_as_go_does(text: str, written: bytes) -> None:
    assert encoded(text) == written


@given(st.text())
def test_it_means_what_it_meant(text: str) -> None:
    shown = text.encode(errors="replace").decode()

    assert json.loads(encoded([{text: text}])) == [{shown: shown}]
