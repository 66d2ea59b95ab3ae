"""How long requests that have ended are kept."""

from datetime import timedelta

import pytest

from builders import NOON, RequestBuilder, a_request
from rollback_operator.domain.reasons import Phase
from rollback_operator.domain.retention import due, ignored_ttl, surplus
from rollback_operator.domain.rollback_request import RollbackRequest
from rollback_operator.domain.status import Status

BY_FLUX = {"kustomize.toolkit.fluxcd.io/name": "shop"}
KEPT_AN_HOUR = a_request().saying(ttlSecondsAfterFinished=3600)
DONE = Status(phase=Phase.COMPLETED, finished_at=NOON)


def ended(name: str, minutes: int, **annotations: str) -> RollbackRequest:
    """Return a request that ended that many minutes after noon."""
    status = Status(phase=Phase.COMPLETED, finished_at=NOON + timedelta(minutes=minutes))
    return a_request(name).annotated(**annotations).answered(status).build()


def test_a_request_is_deleted_when_its_time_to_live_after_its_end_is_over() -> None:
    assert due(KEPT_AN_HOUR.answered(DONE).build()) == NOON + timedelta(hours=1)
    assert due(a_request().saying(ttlSecondsAfterFinished=0).answered(DONE).build()) == NOON


@pytest.mark.parametrize(
    "request_",
    [
        a_request().answered(DONE),
        KEPT_AN_HOUR.answered(Status(phase=Phase.IN_PROGRESS)),
        KEPT_AN_HOUR.annotated(**BY_FLUX).answered(DONE),
    ],
    ids=["no-time-to-live", "not-over", "applied-by-a-tool"],
)
def test_no_other_request_is(request_: RequestBuilder) -> None:
    assert due(request_.build()) is None


def test_a_time_to_live_that_does_not_count_is_said_to_be_ignored() -> None:
    told = "ttlSecondsAfterFinished is ignored: Flux would make the request again"

    assert ignored_ttl(KEPT_AN_HOUR.annotated(**BY_FLUX).build()) == told
    assert ignored_ttl(KEPT_AN_HOUR.build()) is None
    assert ignored_ttl(a_request().annotated(**BY_FLUX).build()) is None


@pytest.mark.parametrize(
    ("limit", "deleted"),
    [(0, ["first", "second", "third"]), (1, ["first", "second"]), (3, []), (9, [])],
)
def test_what_ended_first_is_more_than_a_namespace_keeps(limit: int, deleted: list[str]) -> None:
    finished = [ended("third", 3), ended("first", 1), ended("second", 2)]

    assert [request.name for request in surplus(finished, limit)] == deleted


def test_without_the_time_of_its_end_a_request_is_as_old_as_its_creation() -> None:
    """All builders' requests were created at noon."""
    unknown = a_request("unknown").answered(Status(phase=Phase.EXCEPTION)).build()

    assert surplus([ended("later", 1), unknown, ended("earlier", -1)], 1)[-1] == unknown


def test_what_a_tool_applies_is_never_surplus_and_does_not_count() -> None:
    """It would come back as a new request."""
    finished = [ended("of-git", 0, **BY_FLUX), ended("first", 1), ended("second", 2)]

    assert [request.name for request in surplus(finished, 1)] == ["first"]
