"""The difference that a preview shows: readable, whole, and without a secret."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import a_container, a_pod, a_template, an_image_volume, with_metadata
from rollback_operator.domain.readable_diff import diff_lines, shortened

HIDDEN = "hunter2-and-more"
OLD: dict[str, Any] = {"name": "TOKEN", "value": HIDDEN}
NEW: dict[str, Any] = {"name": "TOKEN", "value": "another"}


def of_container(live: dict[str, Any], result: dict[str, Any]) -> list[str]:
    """Return the lines for a change of the container `web`."""
    return diff_lines(a_template("A", **live), a_template("A", **result))


def of_pod(live: dict[str, Any], result: dict[str, Any]) -> list[str]:
    """Return the lines for a change of the pod."""
    return diff_lines(a_pod(a_container("web"), **live), a_pod(a_container("web"), **result))


def test_an_image_is_shown() -> None:
    assert diff_lines(a_template("B"), a_template("A")) == ["web/image: nginx:B → nginx:A"]


def test_what_does_not_change_is_not_shown() -> None:
    """A restart is no change either: `restartedAt` is not a component."""
    assert diff_lines(a_template("A", restarted="2030-01-01"), a_template("A")) == []


@pytest.mark.parametrize(
    ("live", "result", "line"),
    [
        ({"env": [NEW]}, {"env": [OLD]}, "env[TOKEN].value (changed)"),
        ({"env": []}, {"env": [OLD]}, "env (changed)"),
        ({}, {"env": [OLD]}, "env[TOKEN] (added)"),
        ({"env": [OLD]}, {}, "env[TOKEN] (removed)"),
        ({"args": ["--a"]}, {"args": ["--b"]}, "args (changed)"),
        ({"command": ["a"]}, {}, "command (removed)"),
        (
            {"resources": {"limits": {"cpu": "1"}}},
            {"resources": {"limits": {"cpu": "250m"}}},
            "resources.limits.cpu 1 → 250m",
        ),
        (
            {},
            {"resources": {"requests": {"memory": "1Gi"}}},
            "resources.requests.memory (absent) → 1Gi",
        ),
        (
            {"readinessProbe": {"httpGet": {"port": 80}}},
            {"readinessProbe": {"httpGet": {"port": "http"}}},
            "readinessProbe.httpGet.port 80 → http",
        ),
        (
            {"readinessProbe": {"httpGet": {"path": "/a"}}},
            {"readinessProbe": {"httpGet": {"path": "/b"}}},
            "readinessProbe.httpGet.path (changed)",
        ),
        (
            {"env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "new", "key": "k"}}}]},
            {"env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "old", "key": "k"}}}]},
            "env[A].valueFrom.secretKeyRef.name new → old",
        ),
        ({"env": [OLD, {"name": "B"}]}, {"env": [{"name": "B"}, OLD]}, "order of env (changed)"),
        ({"env": [OLD, OLD]}, {"env": [OLD, NEW]}, "env (changed)"),
        (
            {"securityContext": {"runAsNonRoot": True}},
            {"securityContext": {"runAsNonRoot": False}},
            "securityContext.runAsNonRoot true → false",
        ),
    ],
)
def test_a_container_s_configuration(
    live: dict[str, Any], result: dict[str, Any], line: str
) -> None:
    assert of_container(live, result) == [f"web/config: {line}"]


@pytest.mark.parametrize(
    ("live", "result", "line"),
    [
        (
            {"terminationGracePeriodSeconds": 30},
            {"terminationGracePeriodSeconds": 1},
            "terminationGracePeriodSeconds 30 → 1",
        ),
        (
            {"volumes": [{"name": "conf", "configMap": {"name": "conf-2"}}]},
            {"volumes": [{"name": "conf", "configMap": {"name": "conf-1"}}]},
            "volumes[conf].configMap.name conf-2 → conf-1",
        ),
        ({}, {"volumes": [{"name": "tmp", "emptyDir": {}}]}, "volumes[tmp] (added)"),
        ({"volumes": [an_image_volume("data", "data:1")]}, {}, "volumes[data] (removed)"),
        ({"nodeSelector": {"disk": "hdd"}}, {"nodeSelector": {"disk": "ssd"}}, "nodeSelector.disk"),
    ],
)
def test_a_pod_s_settings(live: dict[str, Any], result: dict[str, Any], line: str) -> None:
    found = of_pod(live, result)

    assert [text.removesuffix(" (changed)") for text in found] == [f"pod: {line}"]


def test_the_image_of_a_volume_is_a_component_of_its_own() -> None:
    lines = of_pod(
        {"volumes": [an_image_volume("data", "data:2")]},
        {"volumes": [an_image_volume("data", "data:1")]},
    )

    assert lines == ["volume:data/image: data:2 → data:1"]


def test_beside_the_image_of_a_volume_the_pod_shows_the_rest_of_it() -> None:
    lines = of_pod(
        {"volumes": [an_image_volume("data", "data:2", pullPolicy="Always")]},
        {"volumes": [an_image_volume("data", "data:1")]},
    )

    assert lines == [
        "volume:data/image: data:2 → data:1",
        "pod: volumes[data].image.pullPolicy Always → (absent)",
    ]


def test_a_volume_that_becomes_an_image_is_shown_with_the_pod() -> None:
    lines = of_pod(
        {"volumes": [{"name": "data", "emptyDir": {"medium": "Memory"}}]},
        {"volumes": [an_image_volume("data", "data:1")]},
    )

    assert lines == [
        "pod: volumes[data].emptyDir.medium Memory → (absent)",
        "pod: volumes[data].image.reference (absent) → data:1",
    ]


def test_what_differs_in_a_container_is_not_said_of_the_pod_again() -> None:
    other = {"name": "B", "value": "1"}
    live = a_pod(a_container("web", env=[OLD, other]), hostNetwork=True)
    result = a_pod(a_container("web", "nginx:B", env=[other, OLD]), hostNetwork=False)

    assert diff_lines(live, result) == [
        "web/image: nginx:A → nginx:B",
        "web/config: order of env (changed)",
        "pod: hostNetwork true → false",
    ]


def test_containers_come_go_and_move() -> None:
    live = a_pod(a_container("web"), a_container("new"))
    result = a_pod(a_container("web"), a_container("old", "old:1"))
    moved = a_pod(a_container("web"), initContainers=[a_container("new")])

    assert diff_lines(live, result) == ["new (removed)", "old (added): old:1"]
    assert diff_lines(live, moved)[0] == "new (moved): containers → initContainers"


def test_the_order_of_containers_is_named() -> None:
    live = a_pod(a_container("a"), a_container("b"))
    result = a_pod(a_container("b"), a_container("a"))

    assert diff_lines(live, result) == ["pod: order of containers (changed)"]


def test_labels_and_annotations_are_shown_by_name_only() -> None:
    live = with_metadata(a_template(), labels={"app": "web"}, annotations={"example.com/a": "1"})
    result = with_metadata(
        a_template(), labels={"app": "web", "b": HIDDEN}, annotations={"example.com/a": HIDDEN}
    )

    assert diff_lines(live, result) == ["labels: b (added)", "annotations: example.com/a (changed)"]


def test_a_long_difference_is_cut_and_says_how_much_is_left_out() -> None:
    assert shortened(["a", "b", "c", "d"], 3) == ["a", "b", "… and 2 more"]
    assert shortened(["a", "b", "c"], 3) == ["a", "b", "c"]
    assert shortened(["a", "b"], 0) == ["… and 2 more"]


def test_a_value_without_end_is_cut() -> None:
    live, result = a_template("B"), a_pod(a_container("web", "x" * 161))

    assert diff_lines(live, result) == [f"web/image: nginx:B → {'x' * 160}…"]


anywhere = st.recursive(
    st.just(HIDDEN) | st.integers() | st.booleans() | st.none(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "value", "path", "exec", "command", "options", "headers"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@given(
    field=st.sampled_from(["env", "args", "command", "lifecycle", "workingDir", "futureField"]),
    live=anywhere,
    result=anywhere,
)
def test_no_value_that_is_not_known_to_be_harmless_is_shown(
    field: str, live: object, result: object
) -> None:
    """Who lists what is secret, instead of what is not, misses the next field of the API."""
    if field == "env":
        live, result = ([{"name": "A", "value": value}] for value in (live, result))

    assert HIDDEN not in "\n".join(of_container({field: live}, {field: result}))


def test_a_container_called_like_another_component_is_shown_with_what_it_is() -> None:
    live = a_pod(a_container("pod", "nginx:B", args=["a"]), a_container("labels"))
    wanted = a_pod(a_container("pod", "nginx:A"), hostNetwork=True)

    assert diff_lines(live, wanted) == [
        "container:pod/image: nginx:B → nginx:A",
        "container:pod/config: args (removed)",
        "container:labels (removed)",
        "pod: hostNetwork (absent) → true",
    ]
