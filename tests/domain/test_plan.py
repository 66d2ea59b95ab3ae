"""How the chosen components get back to a version, and what is said where they cannot."""

from typing import Any

import pytest

from builders import (
    RequestBuilder,
    a_container,
    a_history,
    a_pod,
    a_request,
    a_template,
    a_world,
    with_metadata,
)
from rollback_operator.domain.components import altered
from rollback_operator.domain.decisions import End, Goal, Restore
from rollback_operator.domain.plan import plan
from rollback_operator.domain.reasons import Reason
from rollback_operator.domain.template import Template

OLD = with_metadata(a_template("A", args=["a"]), labels={"app": "web", "old": "yes"})
NEW = a_template("B", args=["b"])


def planned(old: Template, live: Template, asked: RequestBuilder) -> Restore | End:
    """Return how a Deployment that runs one version gets back to another."""
    world = a_world(a_history(old, live)).asked(asked).build()
    return plan(world, Goal.of(world.history.snapshots[0]))


def refusal(old: Template, live: Template, asked: RequestBuilder) -> tuple[Reason, str]:
    """Return why it cannot."""
    end = planned(old, live, asked)
    assert isinstance(end, End), end
    return end.reason, end.message


def restored(old: Template, live: Template, asked: RequestBuilder) -> Restore:
    """Return how it can."""
    restore = planned(old, live, asked)
    assert isinstance(restore, Restore), restore
    return restore


def test_by_default_the_recorded_template_comes_back_and_all_that_differs_is_named() -> None:
    restore = restored(OLD, NEW, a_request())

    assert restore.result == OLD == restore.goal.template
    assert restore.altered == altered(NEW, OLD)
    assert restore.reverted == ("web/image", "web/config", "labels")
    assert restore.unaltered == ()


@pytest.mark.parametrize(
    ("asked", "reverted"),
    [
        (a_request().artifacts(), ("web/image",)),
        (a_request().selecting("labels", "web/config"), ("web/config", "labels")),
        (a_request().selecting("web"), ("web/image", "web/config")),
    ],
    ids=["artifacts", "selected", "whole-container"],
)
def test_a_part_is_reverted_though_all_that_differs_is_shown(
    asked: RequestBuilder, reverted: tuple[str, ...]
) -> None:
    restore = restored(OLD, NEW, asked)

    assert restore.altered == altered(NEW, OLD)
    assert (restore.goal.revision, restore.reverted) == (1, reverted)
    left = tuple(c.name for c in altered(restore.result, OLD))
    assert sorted(reverted + left) == ["labels", "web/config", "web/image"]


@pytest.mark.parametrize(
    ("names", "unaltered"),
    [
        (["web/image"], ()),
        (["web"], ()),
        (["labels", "web/image", "web/config"], ("labels", "web/config")),
        (["web", "pod"], ("pod",)),
    ],
)
def test_what_was_selected_and_is_as_wanted_already_is_said_apart(
    names: list[str], unaltered: tuple[str, ...]
) -> None:
    restore = restored(a_template("A"), a_template("B"), a_request().selecting(*names))

    assert (restore.reverted, restore.unaltered) == (("web/image",), unaltered)


def test_where_nothing_differs_the_version_is_there_already() -> None:
    same = a_template("B", restarted="12:00", args=["b"])

    assert refusal(same, NEW, a_request()) == (
        Reason.ALREADY_THERE,
        "the template of deployment shop/web does not differ from that of revision 1",
    )


def test_where_nothing_that_was_selected_differs_there_is_nothing_to_revert() -> None:
    asked = a_request().selecting("web/config", "pod")

    assert refusal(a_template("A"), a_template("B"), asked) == (
        Reason.ALREADY_THERE,
        "web/config, pod of deployment shop/web did not change; nothing to revert",
    )


def test_where_no_image_differs_what_does_is_named_with_how_to_ask_for_it() -> None:
    live = a_template("A", args=["b"])

    assert refusal(OLD, live, a_request().artifacts()) == (
        Reason.NO_ARTIFACT_CHANGED,
        (
            "deployment shop/web has the images of revision 1 already; what differs is"
            " web/config, labels: say `components: {mode: All}` or `{mode: Selected, names: […]}`"
        ),
    )


def test_a_component_that_is_not_there_is_answered_with_those_that_are() -> None:
    """Of both versions: what the live one lacks can be brought back too."""
    old = a_pod(a_container("web", "nginx:A"), a_container("log", "log:1"))
    live = a_pod(a_container("web", "nginx:B"), a_container("mesh", "mesh:1"))
    asked = a_request().selecting("web/image", "cache/image")

    reason, message = refusal(old, live, asked)

    assert reason is Reason.UNKNOWN_COMPONENT
    assert message == (
        "`components.names` has cache/image, which deployment shop/web does not have;"
        " it has annotations, labels, log, log/config, log/image, mesh, mesh/config, mesh/image,"
        " pod, web, web/config, web/image"
    )
    assert restored(old, live, a_request().selecting("log")).reverted == ("log",)
    assert restored(old, live, a_request().selecting("mesh")).reverted == ("mesh",)


def test_what_would_mount_volumes_that_are_not_there_is_not_reverted_alone() -> None:
    data: dict[str, Any] = {"volumeMounts": [{"name": "data", "mountPath": "/data"}]}
    logs: dict[str, Any] = {"volumeMounts": [{"name": "logs", "mountPath": "/logs"}]}
    volumes: dict[str, Any] = {"volumes": [{"name": n, "emptyDir": {}} for n in ("data", "logs")]}
    old = a_pod(a_container("web", **data), a_container("log", **logs), **volumes)
    live = a_pod(a_container("web"), a_container("log"))

    assert refusal(old, live, a_request().selecting("web", "log")) == (
        Reason.CANNOT_REVERT_ALONE,
        (
            "web mounts volume data, log mounts volume logs, which deployment shop/web would not"
            " have; select `pod` too, or use `mode: All`"
        ),
    )
    whole = restored(old, live, a_request().selecting("web", "log", "pod"))
    assert whole.result == old
