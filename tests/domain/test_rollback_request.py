"""A request is read as far as it can be: what cannot be read is answered all the same."""

from builders import NOON, a_request, a_request_object
from rollback_operator.domain.rollback_request import RollbackRequest
from rollback_operator.domain.spec import Spec
from rollback_operator.domain.status import Status

IN_GIT = {"team": "web"}, {"app": "shop"}


def test_a_request_has_what_its_object_says() -> None:
    annotations, labels = IN_GIT
    obj = a_request_object("back")
    obj["metadata"] |= {"annotations": annotations, "labels": labels, "generation": 3}
    obj["status"] = {"phase": "InProgress"}

    request = RollbackRequest.from_object(obj)

    assert request == RollbackRequest(
        namespace="shop",
        name="back",
        uid="back-uid",
        resource_version="1",
        generation=3,
        created=NOON,
        annotations=annotations,
        labels=labels,
        spec=Spec.model_validate({"targets": [{"name": "web"}]}),
        status=Status.model_validate({"phase": "InProgress"}),
    )


def test_what_an_object_may_leave_out_is_empty() -> None:
    obj = a_request_object()
    del obj["metadata"]["generation"]
    obj["metadata"] |= {"annotations": None, "labels": None}

    request = RollbackRequest.from_object({**obj, "status": None})

    assert (request.generation, request.annotations, request.labels) == (1, {}, {})
    assert request.status == Status()


def test_a_request_that_cannot_be_read_is_still_known_by_its_name() -> None:
    obj = {**a_request_object("back"), "spec": {"targets": 1}, "status": {"phase": "Unheard"}}

    assert RollbackRequest.unreadable(obj) == a_request("back").build().model_copy(
        update={"spec": Spec(), "status": Status()}
    )
