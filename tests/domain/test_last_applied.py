"""The manifest that client-side apply keeps is rewritten to the version put back, no further."""

import copy
import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from builders import a_container, a_pod, with_metadata
from rollback_operator.domain.last_applied import brought_back, rewrite
from rollback_operator.domain.names import RESTARTED_AT
from rollback_operator.domain.template import JsonObject, Template

DEFAULTS = {"terminationMessagePath": "/dev/termination-log", "imagePullPolicy": "IfNotPresent"}


def env(**values: str) -> list[JsonObject]:
    return [{"name": name, "value": value} for name, value in values.items()]


def authored(*containers: JsonObject, **spec: Any) -> Template:
    """Return a template as its author writes it."""
    return a_pod(*containers, **spec)


def stored(template: Template) -> Template:
    """Return a template as the API server keeps it, with defaults."""
    body = copy.deepcopy(dict(template.body))
    spec = {"terminationGracePeriodSeconds": 30, **body["spec"]}
    spec["containers"] = [{**DEFAULTS, **container} for container in spec["containers"]]
    return Template({**body, "spec": spec})


def manifest(template: Template) -> str:
    return json.dumps({"kind": "Deployment", "spec": {"replicas": 2, "template": template.body}})


def rewritten(mine: Template, left: Template, result: Template) -> JsonObject:
    """Return the template of the rewritten manifest, or of the one that needs no rewriting."""
    text = rewrite(manifest(mine), left, result) or manifest(mine)
    found: JsonObject = json.loads(text)["spec"]["template"]
    return found


WEB = a_container("web")


@pytest.mark.parametrize(
    ("old", "bad"),
    [
        (authored(WEB), authored(a_container("web", "nginx:B"))),
        (authored(a_container("web", env=env(A="1", B="1"))), authored(WEB)),
        (authored(WEB), authored(a_container("web", env=env(A="1")))),
        (
            authored(a_container("web", env=env(A="1", C="2", D="4"))),
            authored(a_container("web", env=env(A="2", B="3", D="4"))),
        ),
        (authored(a_container("web", args=["a", "b"])), authored(a_container("web", args=["c"]))),
        (authored(WEB, terminationGracePeriodSeconds=60), authored(WEB)),
        (authored(WEB), authored(WEB, nodeSelector={"disk": "ssd"})),
        (authored(WEB, a_container("log")), authored(a_container("log"), WEB)),
        (with_metadata(authored(WEB), annotations={"a": "1"}), authored(WEB)),
    ],
    ids=[
        "image",
        "variables-removed",
        "variables-added",
        "variables-changed",
        "arguments",
        "field-removed-that-has-a-default",
        "field-added",
        "order-of-containers",
        "annotation-removed",
    ],
)
def test_it_reads_as_its_author_had_written_the_old_version(old: Template, bad: Template) -> None:
    assert rewritten(bad, stored(bad), stored(old)) == old.body


def test_only_the_template_is_rewritten() -> None:
    bad = authored(a_container("web", "nginx:B"))

    text = rewrite(manifest(bad) + "\n", stored(bad), stored(authored(WEB)))

    assert text is not None
    assert text.endswith("}\n")
    assert json.loads(text) == json.loads(manifest(authored(WEB)))


def test_a_container_that_comes_back_is_there_whole() -> None:
    old, bad = authored(WEB, a_container("log")), authored(WEB)

    assert rewritten(bad, stored(bad), stored(old))["spec"]["containers"] == [
        WEB,
        {**a_container("log"), **DEFAULTS},
    ]


def test_what_others_added_is_not_put_into_the_authors_mouth() -> None:
    """`kubectl apply` would remove it for not being in the next manifest."""
    mine = authored(a_container("web", "nginx:B", env=env(A="1")))
    proxy = [a_container("proxy", f"proxy:{n}") for n in (2, 1)]
    left, result = (
        with_metadata(
            authored(a_container("web", image, env=env(A="1", DEBUG=image)), injected),
            annotations={"reloaded": image},
        )
        for image, injected in zip(("nginx:B", "nginx:A"), proxy, strict=True)
    )

    assert rewritten(mine, left, result) == authored(a_container("web", env=env(A="1"))).body


def test_a_field_that_goes_back_to_its_default_is_stated() -> None:
    """Should the next manifest lack it, it is removed, which makes it the default again."""
    bad = authored(WEB, terminationGracePeriodSeconds=60)

    found = rewritten(bad, stored(bad), stored(authored(WEB)))

    assert found == authored(WEB, terminationGracePeriodSeconds=30).body


def test_the_stamp_of_a_restart_is_no_part_of_a_manifest() -> None:
    result = with_metadata(authored(WEB), annotations={RESTARTED_AT: "2030"})

    assert rewrite(manifest(authored(WEB)), authored(WEB), result) is None


def test_ports_that_one_number_does_not_tell_apart_are_taken_whole() -> None:
    both = [{"containerPort": 53, "protocol": protocol} for protocol in ("TCP", "UDP")]
    old, bad = (authored(a_container("web", ports=ports)) for ports in (both, both[:1]))

    assert rewritten(bad, bad, old) == old.body


@pytest.mark.parametrize(
    "text", [None, "", "{", "[]", "null", "{}", '{"spec": {"template": []}}', '{"spec": 1}']
)
def test_what_cannot_be_read_is_left_alone(text: str | None) -> None:
    assert rewrite(text, authored(WEB), authored(a_container("web", "nginx:B"))) is None


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "image", "env", "ports", "x"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)


@given(ANYTHING)
@example([{"name": ["web"]}])
@example([{"name": {}}, {"name": {}}])
def test_whatever_somebody_wrote_into_it_a_rollback_goes_on(containers: Any) -> None:
    forged = json.dumps({"spec": {"template": {"spec": {"containers": containers}}}})

    rewrite(forged, authored(a_container("web", "nginx:B")), authored(WEB))


VARIABLES = st.dictionaries(st.sampled_from("ABC"), st.sampled_from("12"))
AUTHORED = st.builds(
    lambda image, variables, spec: authored(
        a_container("web", image, **({"env": env(**variables)} if variables else {})), **spec
    ),
    st.sampled_from(["nginx:A", "nginx:B"]),
    VARIABLES,
    st.dictionaries(st.sampled_from(["hostname", "priority"]), st.just(60)),
)


@given(old=AUTHORED, bad=AUTHORED)
def test_there_and_back_again_is_the_manifest_that_was(old: Template, bad: Template) -> None:
    there = Template(rewritten(bad, stored(bad), stored(old)))

    assert there.body == old.body
    assert rewritten(there, stored(old), stored(bad)) == bad.body


@pytest.mark.parametrize(
    ("left", "result", "expected"),
    [
        (authored(WEB), authored(WEB), ()),
        (authored(a_container("web", "nginx:B")), authored(WEB), ()),
        (authored(a_container("web", args=["a"])), authored(WEB), ()),
        (
            authored(a_container("web", env=env(A="1"))),
            authored(a_container("web", env=env(A="2", FOO="1"))),
            ("spec.containers[web].env[FOO]",),
        ),
        (authored(WEB), authored(WEB, a_container("log")), ("spec.containers[log]",)),
        (authored(WEB), authored(WEB, hostname="web"), ("spec.hostname",)),
    ],
    ids=["nothing", "changed", "removed", "variable", "container", "field"],
)
def test_what_comes_back_with_the_old_version_is_named(
    left: Template, result: Template, expected: tuple[str, ...]
) -> None:
    assert brought_back(left, result) == expected
