"""Two templates are one version's when they differ by restarts at most."""

import pytest

from builders import a_container, a_pod, a_template, an_image_volume, with_metadata
from rollback_operator.domain.template import Template, canonical, describe_images, digest


def test_a_restart_leaves_a_template_what_it_was() -> None:
    restarted = a_template("A", restarted="2030-01-01T12:00:00Z")

    assert restarted.same_as(a_template("A"))
    assert restarted.restarted_at == "2030-01-01T12:00:00Z"


def test_the_hash_label_of_the_replica_set_controller_does_not_count() -> None:
    labelled = with_metadata(a_template("A"), labels={"app": "web", "pod-template-hash": "5f"})

    assert labelled.same_as(a_template("A"))
    assert labelled.without_hash().body == a_template("A").body


@pytest.mark.parametrize(
    "other",
    [
        a_template("B"),
        a_template("A", env=[{"name": "X", "value": "1"}]),
        with_metadata(a_template("A"), labels={"app": "shop"}),
        with_metadata(a_template("A"), annotations={"team": "web"}),
        a_pod(a_container("web"), serviceAccountName="web"),
        a_pod(a_container("web"), a_container("sidecar")),
    ],
    ids=["image", "configuration", "labels", "annotations", "pod", "sidecar"],
)
def test_any_other_difference_makes_another_version(other: Template) -> None:
    assert not other.same_as(a_template("A"))


def test_empty_and_absent_metadata_are_the_same() -> None:
    spec = a_template("A").spec
    empty = Template({"metadata": {"labels": {}, "annotations": None}, "spec": spec})

    assert empty.same_as(Template({"spec": spec}))


def test_a_template_without_a_spec_has_no_images() -> None:
    assert Template({}).images == {}


def test_images_are_those_of_init_containers_sidecars_and_image_volumes_too() -> None:
    template = a_pod(
        a_container("web", "nginx:A"),
        initContainers=[a_container("migrate", "migrate:1")],
        volumes=[an_image_volume("models", "models:7"), {"name": "tmp", "emptyDir": {}}],
    )

    assert template.images == {
        "migrate": "migrate:1",
        "web": "nginx:A",
        "volume:models": "models:7",
    }


def test_a_template_runs_images_when_each_container_named_has_just_that_one() -> None:
    template = a_pod(a_container("web", "nginx:A"), a_container("log", "fluent:1"))

    assert template.runs({"web": "nginx:A"})
    assert not template.runs({"web": "nginx:A", "log": "fluent:2"})
    assert not template.runs({"cache": "redis:7"})


def test_equal_values_have_one_text_and_one_digest() -> None:
    assert canonical({"b": 1, "a": "ü"}) == '{"a":"ü","b":1}'
    assert digest({"b": 1, "a": 2}) == digest({"a": 2, "b": 1})
    assert len(digest("anything")) == 16


def test_one_image_is_described_bare_and_several_by_container() -> None:
    assert describe_images({"web": "nginx:A"}) == "nginx:A"
    assert describe_images({"web": "nginx:A", "log": "f:1"}) == "web=nginx:A, log=f:1"
