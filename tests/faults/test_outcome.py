"""Which writes count as stored, and which ends as refusals."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from faults.outcome import is_refusal, stored
from harness.audit import AuditEvent
from harness.objects import Object

CLAIM = AuditEvent(
    audit_id="1",
    verb="patch",
    group="apps",
    resource="deployments",
    subresource="",
    namespace="shop",
    name="web",
    user="operator",
    user_agent="rollback-operator",
    code=200,
    dry_run=False,
    at=datetime(2030, 1, 1, tzinfo=UTC),
    request_object=[{"op": "replace", "path": "/spec/template"}],
    response_object=None,
)
TIMED_OUT = replace(CLAIM, code=504)
RECORD = replace(CLAIM, subresource="status")


def test_what_succeeded_was_stored_and_what_was_refused_was_not() -> None:
    refused = [replace(CLAIM, code=code) for code in (403, 409, 422, 500)]

    assert stored([CLAIM, *refused]) == [CLAIM]


def test_a_dry_run_was_not_stored_however_it_ended() -> None:
    assert stored([replace(write, dry_run=True) for write in (CLAIM, TIMED_OUT)]) == []


def test_what_the_server_was_too_slow_to_confirm_and_nobody_made_again_was_stored() -> None:
    assert stored([TIMED_OUT, RECORD]) == [TIMED_OUT, RECORD]


def test_what_was_made_again_was_not() -> None:
    assert stored([TIMED_OUT, CLAIM]) == [CLAIM]


def test_what_was_never_confirmed_counts_once() -> None:
    again = replace(TIMED_OUT, audit_id="2")

    assert stored([TIMED_OUT, again]) == [again]


def ended(*reasons: str, changed: str = "") -> Object:
    """Return how a group of Deployments a, b … ended, and which of them were changed."""
    names = "abc"[: len(reasons)]
    return {
        "requests": {"back": {"reasons": list(reasons)}},
        "deployments": {name: "back" if name in changed else "bad" for name in names},
        "writes": {f"{name} template": 1 for name in changed},
    }


@pytest.mark.parametrize(
    "found",
    [
        ended("Forbidden"),
        ended("BeforeFailed"),
        ended("AfterFailed", changed="a"),
        ended("OtherTargetRefused", "Forbidden"),
        ended("RolledBack", "Forbidden", "OtherTargetFailed", changed="a"),
    ],
)
def test_a_refusal_leaves_the_rest_as_if_undisturbed(found: Object) -> None:
    assert is_refusal(found, ended("RolledBack", "RolledBack", "RolledBack", changed="abc"))


def test_fields_may_be_refused_to_be_given_back() -> None:
    """The old version serves all the same."""
    back = ended("RolledBack", changed="a")
    handed_back = {**back, "writes": {**back["writes"], "a other": 1}}

    assert is_refusal(back, handed_back)
    assert not is_refusal(ended("RolledBack"), handed_back)
    assert not is_refusal(handed_back, handed_back)


@pytest.mark.parametrize(
    "found",
    [
        ended(),
        ended("RolledBack", changed="a"),
        ended("Forbidden", changed="a"),
        ended("RolledBack", "Forbidden"),
        ended("DeadlineExceeded"),
        ended("RolledBack", "Forbidden", changed="a") | {"deployments": {"a": "odd", "b": "bad"}},
    ],
)
def test_nothing_else_is_a_refusal(found: Object) -> None:
    assert not is_refusal(found, ended("RolledBack", "RolledBack", "RolledBack", changed="abc"))
