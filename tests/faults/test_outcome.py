"""Which writes count as stored: the API server does not always know itself."""

from dataclasses import replace
from datetime import UTC, datetime

from faults.outcome import stored
from harness.audit import AuditEvent

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
