"""Sets of fields: what `managedFields` says is read and written without loss, and sets behave."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollback_operator.domain.field_sets import FieldSet, below, nearness, parse, places, render
from rollback_operator.domain.template import JsonObject

ELEMENTS = st.sampled_from(["f:spec", "f:image", "f:env", 'k:{"name":"web"}', "v:1", "i:0"])
PATHS = st.lists(ELEMENTS, min_size=1, max_size=4).map(tuple)
SETS = st.frozensets(PATHS, max_size=8)

OF_A_CONTAINER: JsonObject = {
    "f:spec": {
        "f:containers": {
            'k:{"name":"web"}': {".": {}, "f:image": {}, "f:env": {'k:{"name":"A"}': {".": {}}}}
        }
    }
}


@given(SETS)
def test_what_is_written_is_read_as_it_was(fields: FieldSet) -> None:
    assert parse(render(fields)) == fields


def test_what_somebody_nested_without_end_is_left_out() -> None:
    """Python 3.13 parses it, and would walk through it until it gives up."""
    nested: JsonObject = {}
    for _ in range(5_000):
        nested = {"f:a": nested}

    assert parse({"f:spec": {"f:image": {}}, "f:status": nested}) == {("f:spec", "f:image")}


@given(SETS)
def test_there_is_one_way_to_write_a_set(fields: FieldSet) -> None:
    assert render(parse(render(fields))) == render(sorted(fields, reverse=True))


@given(SETS, SETS)
def test_what_is_taken_and_given_again_makes_the_same_set(whole: FieldSet, part: FieldSet) -> None:
    taken = whole & part

    assert parse(render(whole - taken)) | parse(render(taken)) == whole
    assert parse(render(whole - taken)) & taken == frozenset()


@given(SETS, PATHS)
def test_a_set_is_what_is_below_a_place_and_what_is_not(
    fields: FieldSet, root: tuple[str, ...]
) -> None:
    inside = below(fields, root)

    assert all(nearness(places([path]), root) == len(root) for path in inside)
    assert all(nearness(places([path]), root) < len(root) for path in fields - inside)


@given(SETS, PATHS)
def test_a_member_is_as_near_as_can_be(fields: FieldSet, path: tuple[str, ...]) -> None:
    assert nearness(places(fields | {path}), path) == len(path)
    assert 0 <= nearness(places(fields), path) <= len(path)


def test_a_place_is_a_member_only_where_it_says_so() -> None:
    assert parse(OF_A_CONTAINER) == {
        ("f:spec", "f:containers", 'k:{"name":"web"}'),
        ("f:spec", "f:containers", 'k:{"name":"web"}', "f:image"),
        ("f:spec", "f:containers", 'k:{"name":"web"}', "f:env", 'k:{"name":"A"}'),
    }


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (set(), {}),
        ({("f:a",)}, {"f:a": {}}),
        ({("f:a", "f:b")}, {"f:a": {"f:b": {}}}),
        ({("f:a",), ("f:a", "f:b")}, {"f:a": {".": {}, "f:b": {}}}),
        ({("f:a",), ("f:a", "f:b"), ("f:a", "f:c")}, {"f:a": {".": {}, "f:b": {}, "f:c": {}}}),
    ],
    ids=["nothing", "leaf", "path", "both", "siblings"],
)
def test_a_member_above_members_is_marked_by_a_dot(
    fields: set[tuple[str, ...]], expected: JsonObject
) -> None:
    assert render(fields) == expected


def test_the_way_along_with_the_nearest_member_is_counted() -> None:
    fields = parse({"f:a": {"f:b": {"f:c": {}}}, "f:x": {}})

    assert nearness(places(fields), ("f:a", "f:b", "f:d")) == 2
    assert nearness(places(fields), ("f:y",)) == 0
    assert nearness(places([]), ("f:a",)) == 0
