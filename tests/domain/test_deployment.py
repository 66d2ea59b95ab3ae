"""What is read of a Deployment, and whether its rollout is done."""

import pytest

from builders import (
    NAMESPACE,
    UID,
    DeploymentBuilder,
    a_deployment,
    a_replica_set,
    a_replica_set_object,
    a_template,
    uid_of,
    with_metadata,
)
from rollback_operator.domain.deployment import (
    Counters,
    Deployment,
    ReplicaSet,
    owned_by,
    parse_revision,
)
from rollback_operator.domain.template import JsonObject


@pytest.mark.parametrize(
    ("deployment", "expected"),
    [
        (a_deployment(), True),
        (a_deployment().counting(1, 2, 2), False),
        (a_deployment().counting(2, 3, 2), False),
        (a_deployment().counting(2, 3, 3), False),
        (a_deployment().counting(2, 2, 1), False),
        (a_deployment().counting(1, 1, 1), False),
        (a_deployment().counting(3, 3, 3), False),
        (a_deployment().counting(2, 2, 2, observed=0), False),
        (a_deployment().counting(2, 2, 2, observed=2), True),
        (a_deployment().scaled_to(0), True),
        (DeploymentBuilder(), False),
        (a_deployment().saying("Progressing", "ProgressDeadlineExceeded", "False"), True),
    ],
    ids=[
        "all",
        "not-all-updated",
        "old-pod-left",
        "surge-left",
        "not-all-available",
        "scaling-up",
        "scaling-down",
        "not-observed",
        "observed-later",
        "no-replicas",
        "no-status",
        "an-old-complaint-is-not-heeded",
    ],
)
def test_a_rollout_is_done_when_every_wanted_pod_is_new_and_available(
    deployment: DeploymentBuilder,
    expected: bool,  # noqa: FBT001 - a table
) -> None:
    assert deployment.build().is_done is expected


def test_a_new_replica_set_that_the_controller_calls_available_is_not_done_yet() -> None:
    """After a rollback to an existing ReplicaSet it says so with no updated pod (trap 8)."""
    said = a_deployment().counting(0, 2, 2).saying("Progressing", "NewReplicaSetAvailable").build()

    assert (said.was_available_once, said.is_done) == (True, False)


def test_what_the_controller_said_of_an_earlier_generation_does_not_count() -> None:
    said = a_deployment().counting(2, 2, 2, observed=0)

    assert not said.saying("Progressing", "NewReplicaSetAvailable").build().was_available_once


def test_the_last_writer_is_the_latest_that_owns_a_field_of_the_template() -> None:
    deployment = (
        a_deployment()
        .written_by("kubectl", "2030-01-01T12:00:00Z")
        .written_by("flux", "2030-01-01T12:05:00Z")
        .written_by("helm", "2030-01-01T12:01:00Z")
        .written_by("scaler", "2030-01-01T13:00:00Z", fieldsV1={"f:spec": {"f:replicas": {}}})
        .written_by("controller", "2030-01-01T13:00:00Z", subresource="status")
        .build()
    )

    assert deployment.last_writer is not None
    assert deployment.last_writer.manager == "flux"


def test_of_two_writers_in_one_second_the_one_that_owns_less_came_later() -> None:
    whole: JsonObject = {
        "f:spec": {"f:template": {"f:spec": {"f:containers": {}}, "f:metadata": {}}}
    }
    part: JsonObject = {"f:spec": {"f:template": {"f:spec": {}}}}

    for entries in ((whole, part), (part, whole)):
        deployment = a_deployment()
        for entry in entries:
            deployment = deployment.written_by("part" if entry is part else "w", fieldsV1=entry)
        writer = deployment.build().last_writer
        assert writer is not None
        assert writer.manager == "part"


def test_nobody_is_named_where_no_managed_field_tells() -> None:
    assert a_deployment().build().last_writer is None
    entry = {"manager": "old", "fieldsV1": {"f:spec": {"f:template": {}}}}
    untimed = {**a_deployment().obj["metadata"], "managedFields": [entry]}
    assert Deployment.from_object({**a_deployment().obj, "metadata": untimed}).last_writer is None


def test_we_know_our_own_writes_by_the_field_manager() -> None:
    writers = [
        a_deployment().written_by(name).build().last_writer
        for name in ("rollback-operator", "kubectl-rollout")
    ]

    assert [writer.is_us for writer in writers if writer] == [True, False]


def test_of_what_the_controller_has_not_seen_no_counters_are_told() -> None:
    """They speak of the spec before (trap 11)."""
    unseen = a_deployment().counting(2, 2, 2, observed=0).build()

    assert unseen.progress == "the deployment controller has not seen the change yet"


def test_progress_tells_the_counters_and_what_the_controller_complains_about() -> None:
    stuck = a_deployment().counting(1, 2, 0)
    denied = stuck.saying("ReplicaFailure", "FailedCreate", message="exceeded quota")

    assert stuck.build().progress == "1 of 2 updated, 0 available"
    assert denied.build().progress == ("1 of 2 updated, 0 available; FailedCreate: exceeded quota")


def test_a_webhook_that_quotes_a_secret_of_a_pod_is_passed_on_without_it() -> None:
    secret = a_template("A", env=[{"name": "PASSWORD", "value": "hunter2-prod"}])
    stuck = a_deployment().of(secret).counting(1, 2, 0)
    denied = stuck.saying("ReplicaFailure", "FailedCreate", message='PASSWORD is "hunter2-prod"')

    assert denied.build().progress.endswith('; FailedCreate: PASSWORD is "(hidden)"')


def test_a_deployment_is_named_as_kubectl_names_it() -> None:
    assert str(a_deployment().build()) == f"deployment {NAMESPACE}/web"


def test_annotations_may_be_absent() -> None:
    bare = a_deployment().without_annotations().build()

    assert (bare.annotation("x"), bare.revision) == (None, 0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("7", 7), (" 7 ", 7), ("", 0), ("seven", 0), ("-1", 0), ("²", 0), ("9" * 5000, 0)],
    ids=["number", "spaces", "empty", "word", "negative", "superscript", "endless"],
)
def test_a_revision_that_is_not_a_number_counts_as_none(text: str, expected: int) -> None:
    assert parse_revision({"deployment.kubernetes.io/revision": text}) == expected


def test_a_replica_set_carried_its_revision_and_all_that_it_had_before() -> None:
    replica_set = a_replica_set("A", 5, earlier=(1, 3))

    assert [r for r in range(7) if replica_set.carried(r)] == [1, 3, 5]


def test_only_replica_sets_that_the_deployment_controls_are_its_own_newest_first() -> None:
    foreign = a_replica_set_object("D", 9, owner="another-uid")
    orphan = a_replica_set_object("E", 8)
    orphan["metadata"].pop("ownerReferences")
    mine = [a_replica_set_object(version, n) for version, n in (("A", 1), ("C", 3), ("B", 2))]

    assert [r.revision for r in owned_by(UID, [foreign, orphan, *mine])] == [3, 2, 1]


def test_of_a_deployment_all_is_read_that_is_needed() -> None:
    condition: JsonObject = {"type": "Available", "status": "True"}
    entry: JsonObject = {"manager": "ci", "operation": "Update"}
    metadata: JsonObject = {
        "namespace": "shop",
        "name": "web",
        "uid": "u-1",
        "resourceVersion": "17",
        "generation": 4,
        "annotations": {"a": "1"},
        "labels": {"l": "2"},
        "managedFields": [entry],
        "deletionTimestamp": "2030-01-01T12:00:00Z",
    }
    selector: JsonObject = {"matchLabels": {"app": "web"}}
    template = dict(a_template("A").body)
    spec: JsonObject = {"replicas": 3, "paused": True, "selector": selector, "template": template}
    status: JsonObject = {
        "observedGeneration": 1,
        "replicas": 2,
        "updatedReplicas": 3,
        "availableReplicas": 4,
        "terminatingReplicas": 5,
        "conditions": [condition],
    }

    read = Deployment.from_object({"metadata": metadata, "spec": spec, "status": status})

    assert read == Deployment(
        namespace="shop",
        name="web",
        uid="u-1",
        resource_version="17",
        generation=4,
        template=a_template("A"),
        replicas=3,
        paused=True,
        deleted=True,
        selector=selector,
        annotations={"a": "1"},
        labels={"l": "2"},
        counters=Counters(generation=1, replicas=2, updated=3, available=4, terminating=5),
        conditions=[condition],
        managed_fields=[entry],
    )


def test_what_a_new_deployment_does_not_say_is_as_the_api_means_it() -> None:
    metadata = {"namespace": "shop", "name": "web", "uid": "u-1", "resourceVersion": "1"}
    spec: JsonObject = {"selector": {}, "template": {}}

    read = Deployment.from_object({"metadata": metadata, "spec": spec})

    assert (read.generation, read.replicas, read.paused, read.deleted) == (0, 1, False, False)
    assert (read.annotations, read.labels, read.revision) == (None, {}, 0)
    assert (read.conditions, read.managed_fields) == ((), ())
    assert read.counters == Counters(
        generation=0, replicas=0, updated=0, available=0, terminating=None
    )


def test_of_a_replica_set_all_is_read_that_is_needed() -> None:
    obj = a_replica_set_object("A", 7, earlier=(1, 3), available=2, replicas=4)

    assert ReplicaSet.from_object(obj) == ReplicaSet(
        name="web-A",
        uid=uid_of("A"),
        revision=7,
        earlier_revisions=frozenset({1, 3}),
        template=with_metadata(
            a_template("A"), labels={"app": "web", "pod-template-hash": "web-A"}
        ),
        replicas=4,
        available=2,
        annotations=obj["metadata"]["annotations"],
    )


def test_a_replica_set_that_nobody_has_written_a_status_of_has_no_pods() -> None:
    obj = a_replica_set_object("A", 7)
    del obj["status"], obj["metadata"]["annotations"]

    read = ReplicaSet.from_object(obj)

    assert (read.replicas, read.available, read.revision) == (0, 0, 0)
    assert (read.earlier_revisions, read.annotations) == (frozenset(), {})


def test_who_wrote_the_template_is_unknown_where_the_entry_does_not_say() -> None:
    """An entry that owns nothing of the spec is nobody's of the template."""
    annotating = a_deployment().written_by("ci", fieldsV1={"f:metadata": {}})
    entry: JsonObject = {**annotating.written_by("x").obj["metadata"]["managedFields"][1]}
    del entry["manager"]
    nameless = Deployment.from_object(
        annotating.obj | {"metadata": {**annotating.obj["metadata"], "managedFields": [entry]}}
    )

    assert annotating.build().last_writer is None
    assert nameless.last_writer is not None
    assert nameless.last_writer.manager == "unknown"
