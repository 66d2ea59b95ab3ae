"""Each field that a rollback took goes to whom it belongs to, by a patch that tests what it was."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollback_operator.domain.field_sets import FieldSet, Path, parse, render
from rollback_operator.domain.hand_back import TEMPLATE, hand_back
from rollback_operator.domain.json_patch import Operations
from rollback_operator.domain.names import FIELD_MANAGER, RESTARTED_AT
from rollback_operator.domain.template import JsonObject

CONTAINER: Path = (*TEMPLATE, "f:spec", "f:containers", 'k:{"name":"web"}')
NAME, IMAGE = (*CONTAINER, "f:name"), (*CONTAINER, "f:image")
FOO: Path = (*CONTAINER, "f:env", 'k:{"name":"FOO"}')
BAR: Path = (*CONTAINER, "f:env", 'k:{"name":"BAR"}')
SIDECAR: Path = (*TEMPLATE, "f:spec", "f:containers", 'k:{"name":"proxy"}')
RESTART: Path = (*TEMPLATE, "f:metadata", "f:annotations", f"f:{RESTARTED_AT}")
REPLICAS: Path = ("f:spec", "f:replicas")
CLAIM: Path = ("f:metadata", "f:annotations", "f:rollback-operator.dev/claim")

CHART = [CONTAINER, NAME]
"""What Helm keeps of the container, whatever we take."""


def applied(manager: str, *fields: Path) -> JsonObject:
    return entry(manager, "Apply", *fields)


def updated(manager: str, *fields: Path, **more: str) -> JsonObject:
    return entry(manager, "Update", *fields, **more)


def ours(*fields: Path) -> JsonObject:
    return updated(FIELD_MANAGER, CLAIM, *fields)


def entry(manager: str, operation: str, *fields: Path, **more: str) -> JsonObject:
    return {
        "manager": manager,
        "operation": operation,
        "apiVersion": "apps/v1",
        "time": "2030-01-01T12:00:00Z",
        "fieldsType": "FieldsV1",
        "fieldsV1": render(fields),
        **more,
    }


def outcome(
    before: Sequence[JsonObject] | None, after: Sequence[JsonObject]
) -> dict[str, set[Path]] | None:
    """Return what each manager owns once the patch is applied."""
    patch = hand_back(before, after)
    return None if patch is None else owned(patched(after, patch))


def owned(entries: Sequence[JsonObject]) -> dict[str, set[Path]]:
    return {entry["manager"]: set(parse(entry["fieldsV1"])) for entry in entries}


def patched(entries: Sequence[JsonObject], patch: Operations) -> list[JsonObject]:
    """Apply a patch the way the API server does."""
    result = [dict(entry) for entry in entries]
    for step in patch:
        index, _, name = step["path"].removeprefix("/metadata/managedFields/").partition("/")
        match step["op"]:
            case "test":
                assert result[int(index)].get(name) == step["value"]
            case "replace":
                result[int(index)][name] = step["value"]
            case "add":
                result.append(step["value"])
            case _:
                assert step["op"] == "remove"
                del result[int(index)]
    return result


def test_who_applied_a_field_and_lost_it_gets_it_back() -> None:
    before = [applied("helm", *CHART, IMAGE)]
    after = [applied("helm", *CHART), ours(IMAGE)]

    assert outcome(before, after) == {"helm": {*CHART, IMAGE}, FIELD_MANAGER: {CLAIM}}


def test_two_who_applied_the_same_both_get_it_back() -> None:
    before = [applied("helm", *CHART, IMAGE), applied("kubectl", CONTAINER, IMAGE)]
    after = [applied("helm", *CHART), applied("kubectl", CONTAINER), ours(IMAGE)]

    assert outcome(before, after) == {
        "helm": {*CHART, IMAGE},
        "kubectl": {CONTAINER, IMAGE},
        FIELD_MANAGER: {CLAIM},
    }


def test_what_came_back_with_the_old_version_goes_to_whom_the_container_belongs_to() -> None:
    proxy = applied("injector", SIDECAR, (*SIDECAR, "f:image"))
    before = [applied("helm", *CHART, IMAGE, BAR), proxy]
    after = [applied("helm", *CHART), proxy, ours(IMAGE, FOO)]

    assert outcome(before, after) == {
        "helm": {*CHART, IMAGE, FOO},
        "injector": {SIDECAR, (*SIDECAR, "f:image")},
        FIELD_MANAGER: {CLAIM},
    }


def test_of_two_in_the_same_container_the_larger_owner_gets_what_nobody_lost() -> None:
    after = [applied("vpa", CONTAINER, (*CONTAINER, "f:x")), applied("helm", *CHART, IMAGE)]

    found = outcome(None, [*after, ours(FOO)])

    assert found is not None
    assert found["helm"] == {*CHART, IMAGE, FOO}


def test_after_a_crash_the_same_owner_gets_the_same() -> None:
    before = [applied("helm", *CHART, IMAGE, BAR)]
    after = [applied("helm", *CHART), ours(IMAGE, FOO)]

    assert outcome(None, after) == outcome(before, after)


def test_who_applied_nothing_else_is_entered_again() -> None:
    before = [applied("helm", *CHART), applied("ci", IMAGE)]
    after = [applied("helm", *CHART), ours(IMAGE)]

    patch = hand_back(before, after)

    assert patch is not None
    assert patched(after, patch) == [applied("helm", *CHART), ours(), applied("ci", IMAGE)]


@pytest.mark.parametrize("manager", ["kubectl-set", "before-first-apply", "script"])
def test_what_somebody_else_had_set_goes_to_whom_the_container_is_applied_by(manager: str) -> None:
    before = [applied("helm", *CHART), updated(manager, IMAGE, REPLICAS)]
    after = [applied("helm", *CHART), updated(manager, REPLICAS), ours(IMAGE)]

    assert outcome(before, after) == {
        "helm": {*CHART, IMAGE},
        manager: {REPLICAS},
        FIELD_MANAGER: {CLAIM},
    }


def test_what_was_there_before_the_first_apply_is_no_rival() -> None:
    first = updated("before-first-apply", *CHART, FOO, BAR)

    found = outcome(None, [applied("helm", *CHART), first, ours(IMAGE)])

    assert found is not None
    assert found["helm"] == {*CHART, IMAGE}


def test_who_applies_the_image_only_does_not_come_to_own_the_rest() -> None:
    ci, manual = applied("ci", CONTAINER, NAME), updated("kubectl-client-side-apply", *CHART, BAR)
    before = [applied("ci", CONTAINER, NAME, IMAGE), manual]

    found = outcome(before, [ci, manual, ours(IMAGE, FOO)])

    assert found == {
        "ci": {CONTAINER, NAME, IMAGE},
        "kubectl-client-side-apply": {*CHART, BAR},
        FIELD_MANAGER: {CLAIM},
    }


@pytest.mark.parametrize("manager", ["before-first-apply", "ci"])
def test_who_applies_a_label_only_does_not_come_to_own_the_image(manager: str) -> None:
    """Not naming it in the next manifest would remove it, which the API server refuses."""
    label = (*TEMPLATE, "f:metadata", "f:labels", "f:team")
    labeller = applied("labeller", label)
    before = [labeller, updated(manager, *CHART, IMAGE)]

    found = outcome(before, [labeller, updated(manager, *CHART), ours(IMAGE)])

    assert found == {"labeller": {label}, manager: set(CHART), FIELD_MANAGER: {CLAIM}}


def test_who_applies_nothing_of_the_template_gets_nothing_of_it() -> None:
    labels = applied("labeller", ("f:metadata", "f:labels", "f:team"))

    assert hand_back([labels], [labels, ours(IMAGE)]) is None


@pytest.mark.parametrize("manager", ["kubectl-client-side-apply", "helm", "argocd-controller"])
def test_without_server_side_apply_our_fields_are_given_up(manager: str) -> None:
    before = [updated(manager, *CHART, IMAGE)]
    after = [updated(manager, *CHART), ours(IMAGE, FOO)]

    assert outcome(before, after) == {manager: set(CHART), FIELD_MANAGER: {CLAIM}}


def test_where_helm_releases_our_fields_are_given_up_whatever_its_program_is_called() -> None:
    after = [updated("terraform-provider-helm", *CHART), ours(IMAGE)]

    assert hand_back(None, after) is None
    patch = hand_back(None, after, by_helm=True)
    assert patch is not None
    assert owned(patched(after, patch))[FIELD_MANAGER] == {CLAIM}


def test_the_stamp_of_a_restart_goes_to_nobody() -> None:
    """Helm would remove it for not knowing it, and so restart the pods."""
    found = outcome(None, [applied("helm", *CHART), ours(IMAGE, RESTART)])

    assert found == {"helm": {*CHART, IMAGE}, FIELD_MANAGER: {CLAIM}}


def test_what_is_not_of_the_template_stays_ours() -> None:
    found = outcome(None, [applied("helm", *CHART), ours(IMAGE, REPLICAS)])

    assert found is not None
    assert found[FIELD_MANAGER] == {CLAIM, REPLICAS}


def test_our_entry_goes_if_it_had_nothing_else() -> None:
    after = [applied("helm", *CHART), updated(FIELD_MANAGER, IMAGE), updated("scaler", REPLICAS)]

    assert outcome(None, after) == {"helm": {*CHART, IMAGE}, "scaler": {REPLICAS}}


def test_the_last_entry_is_never_removed() -> None:
    """The API server would take an empty list for a wish to forget all owners."""
    before = [updated("helm", IMAGE)]

    assert hand_back(before, [updated(FIELD_MANAGER, IMAGE)]) is None


@pytest.mark.parametrize(
    "after",
    [
        [applied("helm", *CHART, IMAGE), ours()],
        [applied("helm", *CHART, IMAGE)],
        [updated("ci", *CHART), ours(IMAGE)],
        [],
    ],
    ids=["handed-back", "never-ours", "nobody-hindered", "nothing-kept"],
)
def test_nothing_is_written_without_need(after: list[JsonObject]) -> None:
    assert hand_back(None, after) is None


def test_each_touched_entry_is_tested_whole_and_no_other() -> None:
    status = updated("controller", ("f:status",), subresource="status")
    after = [applied("helm", *CHART), status, ours(IMAGE)]

    patch = hand_back(None, after) or []

    assert [(step["op"], step["path"].rpartition("managedFields/")[2]) for step in patch] == [
        *(("test", f"0/{n}") for n in ("manager", "operation", "subresource", "fieldsV1")),
        *(("test", f"2/{n}") for n in ("manager", "operation", "subresource", "fieldsV1")),
        ("replace", "0/fieldsV1"),
        ("replace", "2/fieldsV1"),
    ]


FIELDS = st.frozensets(st.sampled_from([*CHART, IMAGE, FOO, BAR, SIDECAR, RESTART, REPLICAS]))


@given(
    helm=FIELDS, ci=FIELDS, taken=FIELDS, brought=FIELDS, before=st.booleans(), client=st.booleans()
)
def test_nobody_loses_and_we_keep_nothing_of_the_template(
    *,
    helm: FieldSet,
    ci: FieldSet,
    taken: FieldSet,
    brought: FieldSet,
    before: bool,
    client: bool,
) -> None:
    owners: list[Any] = [applied("helm", *helm), entry("ci", "Update" if client else "Apply", *ci)]
    left = [{**o, "fieldsV1": render(parse(o["fieldsV1"]) - taken)} for o in owners]
    after = [*left, ours(*taken, *(brought - helm - ci))]

    patch = hand_back(owners if before else None, after)
    found = owned(patched(after, patch or []))

    assert all(found[name] >= fields for name, fields in owned(left).items())
    applied_by = helm if client else helm | ci
    is_hindered = any(path[:2] == TEMPLATE for path in applied_by)
    is_ours = any(path[:2] == TEMPLATE for path in parse(after[-1]["fieldsV1"]))
    if before:
        assert (patch is not None) == (is_hindered and is_ours)
    if patch is not None:
        assert found[FIELD_MANAGER] == {p for p in owned(after)[FIELD_MANAGER] if p[:2] != TEMPLATE}
        assert hand_back(None, patched(after, patch)) is None
    if patch is not None and before:
        assert found["helm"] >= {p for p in helm if p[:2] == TEMPLATE}
