"""A rollback that runs its `before` steps is known by the marks on their Jobs."""

from builders import NOON, id_of
from rollback_operator.domain.preparation import Preparation

GROUP = "rollback-operator.dev"


def test_the_marks_of_a_job_say_who_runs_it_and_what_for() -> None:
    job = {
        "metadata": {
            "creationTimestamp": "2030-01-01T12:00:00Z",
            "labels": {f"{GROUP}/target": id_of("A", 1)},
            "annotations": {
                f"{GROUP}/request": "first-uid",
                f"{GROUP}/request-name": "first",
                f"{GROUP}/components": "web/config,web/image",
            },
        }
    }

    assert Preparation.of_job(job) == Preparation(
        request="first",
        request_uid="first-uid",
        target=id_of("A", 1),
        components=frozenset({"web/image", "web/config"}),
        at=NOON,
    )
