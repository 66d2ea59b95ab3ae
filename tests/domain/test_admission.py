"""What is believed of a request, by the policies that are in force."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from builders import NOON, a_request
from fake_policies import FakePolicies
from rollback_operator.domain.admission import (
    CHECKS,
    MUTATING,
    STAMP,
    UNCHECKED,
    VALIDATING,
    Admission,
    Found,
    assess,
)
from rollback_operator.domain.rollback_request import RollbackRequest
from rollback_operator.domain.times import format_time

STAMPED = {"rollback-operator.dev/requester": "alice"}


def found(policies: FakePolicies) -> list[Found]:
    """Return all that a look finds."""
    kinds = [*((VALIDATING, check) for check in CHECKS), (MUTATING, STAMP)]
    names = [(kind, f"guard-{end}") for kind, end in kinds if f"guard-{end}" in policies.policies]
    return [
        Found(kind, name, policies.policies.get(name), policies.bindings.get(name))
        for kind, name in names
    ]


def request() -> RollbackRequest:
    """Return a request made at noon that says it is Alice's."""
    return a_request().annotated(**STAMPED).build()


def installed(at: datetime, *, stamping: bool = True) -> Admission:
    """Return what is seen where the chart was installed at that time."""
    return assess(found(FakePolicies(since=format_time(at), stamping=stamping)))


def test_a_request_made_under_the_policies_is_admitted_and_its_stamp_believed() -> None:
    admission = installed(NOON - timedelta(hours=1))

    assert admission.missing == ()
    assert admission.problem_of(request()) is None
    assert admission.requester_of(request()) == "alice"
    assert admission.requester_of(a_request().build()) == "unknown"


def test_where_nothing_stamps_nobody_knows_who_asked() -> None:
    admission = installed(NOON - timedelta(hours=1), stamping=False)

    assert admission.problem_of(request()) is None
    assert admission.requester_of(request()) == "unknown"


@pytest.mark.parametrize("seconds", [-60, 0, 2])
def test_a_request_that_is_older_than_the_policies_was_checked_by_nobody(seconds: int) -> None:
    """Else whoever waits for the operator to be installed could ask for anything."""
    since = NOON - timedelta(seconds=seconds)
    admission = installed(since)

    assert admission.problem_of(request()) == too_early(format_time(since))
    assert admission.requester_of(request()) == "unknown"


def test_before_anybody_looked_nothing_is_believed() -> None:
    assert UNCHECKED.problem_of(request()) == too_early("never")
    assert UNCHECKED.requester_of(request()) == "unknown"


def too_early(since: str) -> str:
    """Return what is said of a request made at noon."""
    return (
        "the request was made at 2030-01-01T12:00:00Z, before the admission policies were in force"
        f" ({since}), so nobody checked whether its maker may roll anything back"
    )


Spoil = Callable[[FakePolicies], Any]


@pytest.mark.parametrize("name", [f"guard-{end}" for end in (*CHECKS, STAMP)])
@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda p, n: p.policies.update({n: None}), "{} is missing"),
        (lambda p, n: p.bindings.pop(n), "{} has no binding"),
        (
            lambda p, n: p.policies[n]["spec"].update(failurePolicy="Ignore"),
            "{} lets pass what it cannot check (failurePolicy)",
        ),
        (
            lambda p, n: p.bindings[n]["spec"].update(policyName="other"),
            "the binding of {} binds another policy",
        ),
    ],
)
def test_what_does_not_hold_counts_as_missing(
    name: str, spoil: Callable[[FakePolicies, str], Any], says: str
) -> None:
    policies = FakePolicies()
    spoil(policies, name)

    kind = MUTATING if name == f"guard-{STAMP}" else VALIDATING
    assert assess(found(policies)).missing == (says.format(f"{kind} {name}"),)


def test_all_that_is_missing_is_named() -> None:
    policies = FakePolicies()
    policies.bindings.pop("guard-status")
    policies.bindings.pop("guard-steps")

    assert assess(found(policies)).problem_of(request()) == (
        "admission policies are not in force:"
        " ValidatingAdmissionPolicy guard-status has no binding;"
        " ValidatingAdmissionPolicy guard-steps has no binding"
    )


def test_a_policy_that_leaves_its_failure_policy_out_fails_closed() -> None:
    """As the API server takes it."""
    policies = FakePolicies()
    policies.policies["guard-targets"]["spec"].pop("failurePolicy")

    assert assess(found(policies)).missing == ()


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("actions", [[], ["Warn", "Audit"], None])
def test_a_policy_that_only_warns_denies_nothing(check: str, actions: list[str] | None) -> None:
    policies = FakePolicies()
    policies.bindings[f"guard-{check}"]["spec"]["validationActions"] = actions

    policy = f"ValidatingAdmissionPolicy guard-{check}"
    assert assess(found(policies)).missing == (
        f"{policy} denies nothing (validationActions of its binding)",
    )


def test_what_may_not_be_read_counts_as_missing() -> None:
    unreadable = Found(VALIDATING, "guard-targets", problem="no right")

    assert assess([unreadable]).missing == (
        "ValidatingAdmissionPolicy guard-targets cannot be read (no right)",
    )


def test_the_youngest_of_them_counts() -> None:
    policies = FakePolicies()
    policies.bindings["guard-status"]["metadata"]["creationTimestamp"] = format_time(NOON)

    assert assess(found(policies)).problem_of(request()) is not None


def test_a_spoilt_policy_of_the_requester_vouches_for_no_stamp() -> None:
    policies = FakePolicies()
    policies.bindings["guard-requester"]["spec"]["validationActions"] = ["Warn"]

    assert assess(found(policies)).requester_of(request()) == "unknown"
