"""What is read of a request, also of one that is not as the CRD has it."""

import pytest
from pydantic import ValidationError

from builders import NOON, a_request_object
from rollback_operator.domain.rollback_request import RollbackRequest
from rollback_operator.domain.spec import Spec
from rollback_operator.domain.status import Status
from rollback_operator.domain.template import JsonObject


def an_object(**metadata: object) -> JsonObject:
    """Return a request with more of its metadata, that asks for a reason's sake."""
    obj = a_request_object()
    spec = {**obj["spec"], "reason": "5xx"}
    return {**obj, "metadata": {**obj["metadata"], **metadata}, "spec": spec}


def test_of_a_request_all_is_read_that_is_needed() -> None:
    obj = an_object(annotations={"a": "1"}, labels={"l": "2"}, generation=3, resourceVersion="17")

    read = RollbackRequest.from_object(obj | {"status": {"phase": "InProgress"}})

    assert (read.namespace, read.name, read.uid) == ("shop", "back", "back-uid")
    assert (read.resource_version, read.generation, read.created) == ("17", 3, NOON)
    assert (read.annotations, read.labels) == ({"a": "1"}, {"l": "2"})
    assert read.spec == Spec.model_validate(obj["spec"])
    assert read.status == Status.model_validate({"phase": "InProgress"})


def test_what_a_request_does_not_say_is_empty() -> None:
    obj = an_object()
    del obj["metadata"]["generation"]

    read = RollbackRequest.from_object(obj)

    assert (read.generation, read.annotations, read.labels) == (1, {}, {})
    assert read.status == Status()


def test_a_request_that_cannot_be_read_can_be_answered_all_the_same() -> None:
    """Under another version of the CRD it was accepted: its status is where that is said."""
    obj = an_object() | {"spec": {"targets": 5}, "status": {"phase": 5}}

    with pytest.raises(ValidationError):
        RollbackRequest.from_object(obj)

    read = RollbackRequest.unreadable(obj)
    assert (read.namespace, read.name, read.uid) == ("shop", "back", "back-uid")
    assert (read.spec, read.status) == (Spec(), Status())
