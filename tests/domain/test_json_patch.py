"""Each patch applies to just what it was decided on, and changes nothing else."""

from collections.abc import Callable
from typing import Any

import pytest

from builders import DeploymentBuilder, a_deployment, a_template
from patching import Failed, patched
from rollback_operator.domain.json_patch import (
    Operations,
    claim_patch,
    record_patch,
    status_patch,
)
from rollback_operator.domain.last_applied import LAST_APPLIED
from rollback_operator.domain.names import CLAIM, HISTORY, TEMPLATES

CONDITION = {"type": "Rollbackable", "status": "True"}
VALUES = {HISTORY: "new", TEMPLATES: "packed"}

LIVE = a_deployment("B").annotated({CLAIM: "old claim", HISTORY: "old", "team": "web"})
Change = Callable[[DeploymentBuilder], DeploymentBuilder]


def claiming(live: DeploymentBuilder) -> Operations:
    return claim_patch(live.build(), "claim", a_template("A"))


def recording(live: DeploymentBuilder) -> Operations:
    return record_patch(live.build(), VALUES, CONDITION)


def differing(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    return {
        f"{part}/{field}"
        for part in before.keys() | after.keys()
        for field in before.get(part, {}).keys() | after.get(part, {}).keys()
        if before.get(part, {}).get(field) != after.get(part, {}).get(field)
    }


def test_a_claim_changes_the_template_and_the_claim_and_nothing_else() -> None:
    result = patched(LIVE.obj, claiming(LIVE))

    assert differing(LIVE.obj, result) == {"spec/template", "metadata/annotations"}
    assert result["spec"]["template"] == a_template("A").body
    assert result["metadata"]["annotations"] == {
        **LIVE.obj["metadata"]["annotations"],
        CLAIM: "claim",
    }


def test_a_claim_takes_along_what_was_applied_and_what_an_undo_took_away() -> None:
    patch = claim_patch(LIVE.build(), "claim", a_template("A"), manifest="{}", lost=VALUES)

    assert patched(LIVE.obj, patch)["metadata"]["annotations"] == {
        **LIVE.obj["metadata"]["annotations"],
        **VALUES,
        CLAIM: "claim",
        LAST_APPLIED: "{}",
    }


def test_a_claim_never_sends_replicas() -> None:
    assert not [op for op in claiming(LIVE) if "replicas" in op["path"]]


@pytest.mark.parametrize(
    "change",
    [
        lambda live: live.of("C"),
        lambda live: live.of(a_template("B", restarted="12:00")),
        lambda live: live.of_uid("another"),
        lambda live: live.annotated({CLAIM: "another's claim"}),
        lambda live: live.paused(),
        lambda live: live.without_annotations(),
    ],
    ids=["template", "restart", "uid", "claim", "paused", "annotations"],
)
def test_a_claim_does_not_fit_what_changed_since_it_was_judged(change: Change) -> None:
    with pytest.raises(Failed):
        patched(change(LIVE).obj, claiming(LIVE))


@pytest.mark.parametrize(
    "change",
    [
        lambda live: live.scaled_to(9),
        lambda live: live.annotated({"team": "api", HISTORY: "newer"}),
        lambda live: live.labelled(tier="front"),
        lambda live: live.saying("Progressing", "ReplicaSetUpdated"),
    ],
    ids=["replicas", "annotations-of-others", "labels", "status"],
)
def test_a_claim_still_fits_when_something_else_changed(change: Change) -> None:
    result = patched(change(LIVE).obj, claiming(LIVE))

    assert result["spec"]["template"] == a_template("A").body


def test_the_first_claim_fits_only_while_there_is_none() -> None:
    unclaimed = a_deployment("B")

    assert patched(unclaimed.obj, claiming(unclaimed))["metadata"]["annotations"][CLAIM] == "claim"
    with pytest.raises(Failed):
        patched(unclaimed.annotated({CLAIM: "faster"}).obj, claiming(unclaimed))


def test_a_claim_and_a_record_make_the_map_of_annotations_where_there_is_none() -> None:
    bare = a_deployment("B").without_annotations()

    assert patched(bare.obj, claiming(bare))["metadata"]["annotations"] == {CLAIM: "claim"}
    assert patched(bare.obj, recording(bare))["metadata"]["annotations"] == VALUES
    for operations in (claiming(bare), recording(bare)):
        with pytest.raises(Failed):
            patched(bare.annotated({"team": "web"}).obj, operations)


def test_a_paused_deployment_is_claimed_only_while_it_is_paused() -> None:
    with pytest.raises(Failed):
        patched(LIVE.obj, claiming(LIVE.paused()))


def test_a_record_changes_its_annotations_and_its_condition_and_nothing_else() -> None:
    said = LIVE.saying("Available", "MinimumReplicasAvailable")

    result = patched(said.obj, recording(said))

    assert differing(said.obj, result) == {"metadata/annotations", "status/conditions"}
    assert result["status"]["conditions"] == [*said.obj["status"]["conditions"], CONDITION]


def test_a_record_replaces_its_condition_wherever_it_stands() -> None:
    said = LIVE.saying("Rollbackable", "x", "False").saying("Available", "y")

    result = patched(said.obj, recording(said))

    assert [c["type"] for c in result["status"]["conditions"]] == ["Rollbackable", "Available"]
    assert result["status"]["conditions"][0] == CONDITION


def test_a_record_does_not_overwrite_a_condition_that_moved_there() -> None:
    said = LIVE.saying("Available", "y").saying("Rollbackable", "x", "False")
    moved = LIVE.saying("Rollbackable", "x", "False").saying("Available", "y")

    with pytest.raises(Failed):
        patched(moved.obj, recording(said))


def test_a_record_of_a_status_without_conditions_makes_the_list() -> None:
    assert patched(LIVE.obj, recording(LIVE))["status"]["conditions"] == [CONDITION]


@pytest.mark.parametrize(
    "change",
    [
        lambda live: live.annotated({HISTORY: "newer"}),
        lambda live: live.of_uid("another"),
        lambda live: live.without_annotations(),
    ],
    ids=["history", "uid", "annotations"],
)
def test_a_record_does_not_fit_another_history_than_was_read(change: Change) -> None:
    with pytest.raises(Failed):
        patched(change(LIVE).obj, recording(LIVE))


def test_names_are_escaped_as_json_pointers_are() -> None:
    paths = {op["path"] for op in claiming(LIVE)}

    assert "/metadata/annotations/rollback-operator.dev~1claim" in paths
    tilde = record_patch(LIVE.build(), {"a/~b": "c"}, CONDITION)
    assert patched(LIVE.obj, tilde)["metadata"]["annotations"]["a/~b"] == "c"


def test_a_status_is_replaced_unless_somebody_wrote_since_it_was_read() -> None:
    request = {"metadata": {"resourceVersion": "7"}, "spec": {}}

    assert patched(request, status_patch("7", {"phase": "Queued"}))["status"] == {"phase": "Queued"}
    with pytest.raises(Failed):
        patched(request, status_patch("6", {"phase": "Queued"}))


def test_a_claim_on_a_copy_from_the_watch_fails_once_anything_has_changed() -> None:
    """Who leaves the version out patches what was judged on an old copy."""
    patch = claim_patch(LIVE.build(), "claim", a_template("A"), unchanged=True)
    moved = {**LIVE.obj, "metadata": {**LIVE.obj["metadata"], "resourceVersion": "later"}}

    assert patched(LIVE.obj, patch)["spec"]["template"] == a_template("A").body
    with pytest.raises(Failed):
        patched(moved, patch)
    assert patched(moved, claiming(LIVE))
