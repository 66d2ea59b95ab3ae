"""Events have a name made of what they say: saying it twice makes one Event."""

from datetime import timedelta

from builders import NAMESPACE, NOON, UID, a_request
from rollback_operator.domain.events import About, event
from rollback_operator.domain.template import digest

WEB = About.deployment(NAMESPACE, "web", UID)


def test_the_same_said_twice_is_one_event() -> None:
    first, again = (event(WEB, "RolledBack", "so", NOON + timedelta(hours=n)) for n in (0, 1))

    assert first["metadata"] == again["metadata"]


def test_another_text_reason_or_object_is_another_event() -> None:
    other = About.deployment(NAMESPACE, "web", "another-uid")
    said = [
        event(WEB, "RolledBack", "so", NOON),
        event(WEB, "RolledBack", "otherwise", NOON),
        event(WEB, "Superseded", "so", NOON),
        event(other, "RolledBack", "so", NOON),
    ]

    assert len({one["metadata"]["name"] for one in said}) == 4


def test_an_event_is_about_its_object_and_in_its_namespace() -> None:
    said = event(About.request(a_request("back").build()), "RolledBack", "so", NOON)

    assert said["metadata"]["namespace"] == NAMESPACE
    assert said["involvedObject"] == {
        "apiVersion": "rollback-operator.dev/v1alpha1",
        "kind": "RollbackRequest",
        "namespace": NAMESPACE,
        "name": "back",
        "uid": "back-uid",
    }


def test_an_event_has_every_field_that_the_api_and_kubectl_want() -> None:
    assert event(WEB, "RolledBack", "so", NOON) == {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {
            "namespace": NAMESPACE,
            "name": f"web.{digest([UID, 'RolledBack', 'so'])}",
        },
        "involvedObject": {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "namespace": NAMESPACE,
            "name": "web",
            "uid": UID,
        },
        "reason": "RolledBack",
        "message": "so",
        "type": "Normal",
        "source": {"component": "rollback-operator"},
        "reportingComponent": "rollback-operator",
        "firstTimestamp": "2030-01-01T12:00:00Z",
        "lastTimestamp": "2030-01-01T12:00:00Z",
        "count": 1,
    }


def test_what_went_wrong_is_a_warning() -> None:
    assert event(WEB, "Superseded", "so", NOON, warning=True)["type"] == "Warning"


def test_names_and_messages_fit_the_api() -> None:
    said = event(About.deployment(NAMESPACE, "w" * 253, UID), "RolledBack", "x" * 5000, NOON)

    assert said["metadata"]["name"].rpartition(".")[0] == "w" * 200
    assert len(said["metadata"]["name"]) <= 253
    assert len(said["message"]) == 1024
