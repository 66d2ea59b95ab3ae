"""For any two templates: what differs is exactly what is named, and is reverted exactly."""

from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from rollback_operator.domain.components import (
    RESERVED,
    altered,
    container_of,
    fingerprint,
    revert,
)
from rollback_operator.domain.names import RESTARTED_AT
from rollback_operator.domain.template import Template

NAMES = ["web", "log", "pod", "labels"]
"""Two of them are called like components that are no containers."""
TEXTS = st.sampled_from(["1", "2", "3"])
MAPS = st.dictionaries(st.sampled_from(["app", "team"]), TEXTS, max_size=2)


@st.composite
def containers(draw: st.DrawFn, names: Sequence[str]) -> list[dict[str, Any]]:
    """Draw a container for each name, in any order."""
    return [
        {"name": name, "image": draw(TEXTS)}
        | draw(st.fixed_dictionaries({}, optional={"args": st.lists(TEXTS, max_size=1)}))
        for name in draw(st.permutations(names))
    ]


def volumes() -> st.SearchStrategy[list[dict[str, Any]]]:
    """Draw volumes, one of which may be an image."""
    image = st.builds(lambda n: {"name": "data", "image": {"reference": n}}, TEXTS)
    plain = st.builds(lambda n: {"name": "conf", "configMap": {"name": n}}, TEXTS)
    return st.lists(image | plain, min_size=1, max_size=2, unique_by=lambda volume: volume["name"])


@st.composite
def templates(draw: st.DrawFn) -> Template:
    """Draw a pod template."""
    present = draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True))
    split = draw(st.integers(0, len(present) - 1))
    annotations = draw(MAPS) | draw(st.fixed_dictionaries({}, optional={RESTARTED_AT: TEXTS}))
    spec: dict[str, Any] = {"containers": draw(containers(present[split:]))}
    if split:
        spec["initContainers"] = draw(containers(present[:split]))
    spec |= draw(st.fixed_dictionaries({}, optional={"volumes": volumes(), "nodeName": TEXTS}))
    return Template({"metadata": {"labels": draw(MAPS), "annotations": annotations}, "spec": spec})


def names_between(live: Template, wanted: Template) -> list[str]:
    return [component.name for component in altered(live, wanted)]


@given(templates(), templates())
def test_reverting_all_that_was_altered_gives_the_recorded_template(
    live: Template, wanted: Template
) -> None:
    assert revert(live, wanted, names_between(live, wanted)).comparable == wanted.comparable


@given(templates(), templates())
def test_nothing_is_altered_if_and_only_if_it_is_the_same_version(
    live: Template, wanted: Template
) -> None:
    assert (names_between(live, wanted) == []) == live.same_as(wanted)


@given(templates(), templates(), st.data())
def test_a_selection_is_reverted_and_touches_nothing_else(
    live: Template, wanted: Template, data: st.DataObject
) -> None:
    """A volume that only one of the two has comes and goes with the pod, image and all.

    A container that moves to the other list moves in the order of them all, which is the pod's.
    """
    differing = names_between(live, wanted)
    chosen = set(data.draw(st.lists(st.sampled_from(differing or ["pod"]), unique=True)))
    alone = {name + "/image" for name in live.images.keys() ^ wanted.images.keys()}
    of_pod = {name for name in alone if name.startswith("volume:")} if "pod" in chosen else set()
    common = live.images.keys() & wanted.images.keys()
    whole = [container_of(name) for name in differing if name not in RESERVED]
    moved = {"pod"} if common.intersection(whole) else set()

    result = revert(live, wanted, chosen)

    assert set(names_between(live, result)) <= chosen | of_pod | moved
    assert set(names_between(result, wanted)) & chosen <= moved


@given(templates(), templates())
def test_the_artifacts_alone_can_always_be_reverted(live: Template, wanted: Template) -> None:
    artifacts = [c.name for c in altered(live, wanted) if c.is_artifact]

    result = revert(live, wanted, artifacts)

    shared = live.images.keys() & wanted.images.keys()
    moved = {container_of(c.name) for c in altered(live, wanted) if "/" not in c.name}
    assert {n: result.images[n] for n in shared - moved} == {
        n: wanted.images[n] for n in shared - moved
    }
    assert result.restarted_at == live.restarted_at


@given(templates(), templates())
def test_a_fingerprint_is_the_same_if_and_only_if_its_components_are(
    live: Template, wanted: Template
) -> None:
    differing = [name for name in names_between(live, wanted) if name != "pod"]
    same = [n for n in ("labels", "annotations", "web/image") if n not in differing]
    whole = {name for name in differing if "/" not in name}

    if "web" not in whole:
        assert fingerprint(live, same) == fingerprint(wanted, same)
    for name in differing:
        assert fingerprint(live, [name]) != fingerprint(wanted, [name])
