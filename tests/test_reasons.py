"""Every reason that a user can meet is shown by a test, and explained in the documents."""

from pathlib import Path

import pytest

from rollback_operator.domain.outcomes import OUTCOMES
from rollback_operator.domain.reasons import Reason

TESTS = Path(__file__).parent
EXPLAINED = (TESTS.parent / "docs" / "reasons.md").read_text()
SOURCES = "\n".join(file.read_text() for file in TESTS.rglob("test_*.py") if file != Path(__file__))


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_explained(reason: Reason) -> None:
    row = next((line for line in EXPLAINED.splitlines() if line.startswith(f"| `{reason}` |")), "")

    assert OUTCOMES[reason].meaning in row
    assert OUTCOMES[reason].advice in row


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_expected_by_some_test(reason: Reason) -> None:
    """As the text in a status, or as the member of the enum."""
    assert f'"{reason}"' in SOURCES or f"Reason.{reason.name}" in SOURCES


def test_nothing_is_explained_that_is_no_reason() -> None:
    rows = [line for line in EXPLAINED.splitlines() if line.startswith("| `")]

    assert [row.split("`")[1] for row in rows] == [reason.value for reason in Reason]
