"""What differs between two templates is named, shown without secrets, and reverted by name."""

import pytest

from builders import a_container, a_pod, a_template, an_image_volume, with_metadata
from rollback_operator.domain.components import (
    Component,
    altered,
    component_names,
    fingerprint,
    needed_volumes,
    revert,
)
from rollback_operator.domain.template import Template


def names(live: Template, wanted: Template) -> list[str]:
    return [component.name for component in altered(live, wanted)]


WEB = a_container("web")
PLAIN = a_pod(WEB)


@pytest.mark.parametrize(
    ("live", "expected"),
    [
        (PLAIN, []),
        (a_pod(a_container("web", "nginx:B")), ["web/image"]),
        (a_pod(a_container("web", args=["-v"])), ["web/config"]),
        (a_pod(a_container("web", "nginx:B", args=["-v"])), ["web/image", "web/config"]),
        (a_pod(WEB, a_container("log")), ["log"]),
        (a_pod(a_container("site")), ["site", "web"]),
        (a_pod(initContainers=[WEB]), ["web"]),
        (a_pod(WEB, hostNetwork=True), ["pod"]),
        (a_pod(WEB, volumes=[{"name": "tmp", "emptyDir": {}}]), ["pod"]),
        (with_metadata(PLAIN, labels={"app": "shop"}), ["labels"]),
        (with_metadata(PLAIN, annotations={"team": "web"}), ["annotations"]),
        (a_template("A", restarted="12:00"), []),
    ],
    ids=[
        "nothing",
        "image",
        "configuration",
        "image-and-configuration",
        "added-container",
        "renamed-container",
        "moved-to-init",
        "pod",
        "volume",
        "labels",
        "annotations",
        "restart",
    ],
)
def test_each_altered_component_is_named(live: Template, expected: list[str]) -> None:
    assert names(live, PLAIN) == expected


def test_the_image_of_a_volume_is_a_component_of_its_own() -> None:
    live, wanted = (a_pod(WEB, volumes=[an_image_volume("data", f"data:{n}")]) for n in (2, 1))

    assert altered(live, wanted) == (Component("volume:data/image", "data:2", "data:1"),)


def test_the_pull_policy_of_an_image_volume_belongs_to_the_pod() -> None:
    live = a_pod(WEB, volumes=[an_image_volume("data", "data:1", pullPolicy="Always")])
    wanted = a_pod(WEB, volumes=[an_image_volume("data", "data:1")])

    assert names(live, wanted) == ["pod"]


def test_the_order_of_containers_belongs_to_the_pod() -> None:
    log = a_container("log")

    assert names(a_pod(WEB, log), a_pod(log, WEB)) == ["pod"]


def test_an_image_is_shown_and_a_secret_is_not() -> None:
    live = a_pod(a_container("web", "nginx:B", env=[{"name": "TOKEN", "value": "s3cret"}]))

    assert altered(live, PLAIN) == (
        Component("web/image", "nginx:B", "nginx:A"),
        Component("web/config", "(changed)", "(changed)"),
    )


def test_what_only_one_template_has_is_said_to_be_absent_in_the_other() -> None:
    assert altered(a_pod(WEB, a_container("log")), PLAIN) == (
        Component("log", "(present)", "(absent)"),
    )


def test_images_are_artifacts_and_nothing_else_is() -> None:
    artifacts = [Component(n, "", "").is_artifact for n in ("web/image", "web/config", "web")]

    assert artifacts == [True, False, False]


def test_a_container_without_an_image_shows_none() -> None:
    """As where something else puts the image in."""
    bare = a_pod({"name": "web"})

    assert altered(bare, PLAIN) == (Component("web/image", "(absent)", "nginx:A"),)
    assert altered(PLAIN, bare) == (Component("web/image", "nginx:A", "(absent)"),)


def test_every_component_of_a_pod_has_a_name() -> None:
    pod = a_pod(
        WEB,
        initContainers=[a_container("labels")],
        volumes=[an_image_volume("data", "data:1"), {"name": "tmp", "emptyDir": {}}],
    )

    assert component_names(pod) == {
        *("web", "web/image", "web/config"),
        *("container:labels", "container:labels/image", "container:labels/config"),
        *("volume:data/image", "pod", "labels", "annotations"),
    }


@pytest.mark.parametrize("field", ["volumeMounts", "volumeDevices"])
def test_a_volume_that_a_container_uses_is_needed_unless_the_pod_has_it(field: str) -> None:
    web = {"name": "web", field: [{"name": "data"}, {"name": "tmp"}]}
    log = {"name": "log", field: [{"name": "tmp"}]}
    tmp = {"name": "tmp", "emptyDir": {}}

    assert needed_volumes(a_pod(web, initContainers=[log], volumes=[tmp])) == {"web": "data"}
    assert needed_volumes(a_pod(log)) == {"log": "tmp"}


def test_only_the_selected_component_is_reverted() -> None:
    live = a_pod(a_container("web", "nginx:B", args=["-v"]), a_container("log", "log:2"))
    wanted = a_pod(a_container("web", "nginx:A"), a_container("log", "log:1"))

    assert revert(live, wanted, ["web/image"]) == a_pod(
        a_container("web", "nginx:A", args=["-v"]), a_container("log", "log:2")
    )


def test_a_reverted_configuration_keeps_the_live_image() -> None:
    live = a_pod(a_container("web", "nginx:B", args=["-v"]))

    assert revert(live, PLAIN, ["web/config"]) == a_pod(a_container("web", "nginx:B"))


def test_reverting_does_not_change_what_it_was_given() -> None:
    live, wanted = a_template("B"), a_template("A")

    revert(live, wanted, ["web/image"])

    assert (live, wanted) == (a_template("B"), a_template("A"))


def test_a_removed_init_container_comes_back_in_its_place() -> None:
    migrate, setup = a_container("migrate"), a_container("setup")
    live = a_pod(WEB, initContainers=[migrate])
    wanted = a_pod(WEB, initContainers=[setup, migrate])

    assert revert(live, wanted, ["setup"]).body == wanted.body


def test_the_images_alone_of_a_pod_with_a_new_image_volume_can_be_reverted() -> None:
    live = a_pod(a_container("web", "nginx:B"), volumes=[an_image_volume("data", "data:1")])
    chosen = [c.name for c in altered(live, PLAIN) if c.is_artifact]

    assert revert(live, PLAIN, chosen).images["web"] == "nginx:A"


def test_the_live_restart_stamp_stays_when_annotations_are_reverted() -> None:
    live = with_metadata(
        PLAIN, annotations={"team": "b", "kubectl.kubernetes.io/restartedAt": "12:00"}
    )
    wanted = with_metadata(PLAIN, annotations={"team": "a"})

    reverted = revert(live, wanted, ["annotations"])

    assert reverted.restarted_at == "12:00"
    assert reverted.same_as(wanted)


def test_the_pod_is_reverted_without_the_image_of_its_volume() -> None:
    live = a_pod(WEB, volumes=[an_image_volume("data", "data:2", pullPolicy="Always")])
    wanted = a_pod(WEB, volumes=[an_image_volume("data", "data:1")])

    assert revert(live, wanted, ["pod"]) == a_pod(WEB, volumes=[an_image_volume("data", "data:2")])
    assert revert(live, wanted, ["volume:data/image"]) == a_pod(
        WEB, volumes=[an_image_volume("data", "data:1", pullPolicy="Always")]
    )


def test_a_component_that_the_target_lacks_is_left_alone() -> None:
    live = a_pod(WEB, a_container("log", "log:2"))

    assert revert(live, PLAIN, ["log/image", "cache/image"]) == live


def test_a_fingerprint_changes_with_its_components_and_with_nothing_else() -> None:
    before = fingerprint(a_template("A"), ["web/image"])

    assert fingerprint(a_template("A", args=["-v"], restarted="1"), ["web/image"]) == before
    assert fingerprint(a_template("B"), ["web/image"]) != before
    assert fingerprint(a_pod(), ["web/image"]) != before


@pytest.mark.parametrize("name", ["pod", "labels", "annotations"])
def test_a_container_called_like_another_component_is_told_apart(name: str) -> None:
    live = a_pod(a_container(name, "nginx:B", args=["-v"]), WEB, hostNetwork=True)
    live = with_metadata(live, labels={"app": "shop"}, annotations={"team": "web"})
    wanted = a_pod(a_container(name, "nginx:A"), WEB)
    own = [f"container:{name}/image", f"container:{name}/config"]

    assert names(live, wanted) == [*own, "pod", "labels", "annotations"]
    reverted = revert(live, wanted, own[:1])
    assert names(reverted, wanted) == [own[1], "pod", "labels", "annotations"]
    assert fingerprint(live, own[:1]) != fingerprint(reverted, own[:1])
    assert fingerprint(live, [name]) == fingerprint(reverted, [name])


def test_such_a_container_is_added_and_removed_by_its_own_name() -> None:
    without, wanted = PLAIN, a_pod(WEB, a_container("pod"))

    assert names(without, wanted) == ["container:pod"]
    assert revert(without, wanted, ["container:pod"]) == wanted
    assert revert(wanted, without, ["container:pod"]).body == without.body
