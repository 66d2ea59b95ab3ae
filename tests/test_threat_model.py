"""Every test that the threat model names is there."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
MODEL = (TESTS.parent / "docs" / "threat-model.md").read_text()


def named() -> Iterator[tuple[str, str]]:
    """Yield file and function of each test that is named; the file may be the one before."""
    file = ""
    for found in re.finditer(r"`([a-z_0-9/]*\.py)?(?:::(test_[a-z_0-9]+))?`", MODEL):
        file = found[1] or file
        if found[1] or found[2]:
            yield file, found[2] or ""


NAMED = list(named())


def test_it_names_many() -> None:
    assert len(NAMED) > 40


@pytest.mark.parametrize(("file", "function"), NAMED, ids=["::".join(one) for one in NAMED])
def test_a_test_that_it_names_is_there(file: str, function: str) -> None:
    assert f"def {function}" in (TESTS / file).read_text()
