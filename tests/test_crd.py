"""The CRD and the reference pages say what the models say, in words that a cluster takes."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import yaml

from rollback_operator.crd import definition, rendered, resource_schema
from rollback_operator.domain.outcomes import OUTCOMES
from rollback_operator.domain.reasons import Reason
from rollback_operator.domain.spec import MAY_CHANGE, Spec
from rollback_operator.reference import fields_page, reasons_page
from rollback_operator.structural_schema import KEYWORDS, RULES

ROOT = Path(__file__).parents[1]
JsonObject: TypeAlias = dict[str, Any]


def nodes(node: JsonObject, path: str = "") -> Iterator[tuple[str, JsonObject]]:
    """Yield every node of a schema with its path."""
    yield path, node
    for name, child in node.get("properties", {}).items():
        yield from nodes(child, f"{path}.{name}")
    for keyword, mark in (("items", "[]"), ("additionalProperties", "{}")):
        if keyword in node:
            yield from nodes(node[keyword], path + mark)


NODES = dict(nodes(resource_schema()))
SPEC = {path: node for path, node in NODES.items() if path.startswith(".spec")}


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("crds/rollbackrequests.yaml", rendered),
        ("docs/fields.md", fields_page),
        ("docs/reasons.md", reasons_page),
    ],
    ids=["the_crd", "the_fields", "the_reasons"],
)
def test_the_generated_file_is_up_to_date(file: str, expected: Callable[[], str]) -> None:
    assert (ROOT / file).read_text(encoding="utf-8") == expected(), "run `make generate`"


def test_the_file_holds_the_definition() -> None:
    assert yaml.safe_load(rendered()) == definition()


@pytest.mark.parametrize("path", NODES)
def test_every_node_is_structural_typed_and_described(path: str) -> None:
    node = NODES[path]

    assert node.keys() <= set(KEYWORDS)
    assert node["type"] in {"object", "array", "string", "integer", "boolean"}
    assert node["description"].endswith((".", "…"))
    assert "\n" not in node["description"]
    assert set(node.get("required", ())) <= node.get("properties", {}).keys()
    if node["type"] == "object":
        assert ("properties" in node) != ("additionalProperties" in node)
    if node["type"] == "array":
        assert "items" in node


@pytest.mark.parametrize("path", SPEC)
def test_everything_that_a_user_may_write_is_bounded(path: str) -> None:
    """The API server refuses a CRD whose rules might cost too much."""
    node = SPEC[path]

    if node["type"] == "string":
        assert {"maxLength", "enum", "format"} & node.keys()
    if node["type"] == "array":
        assert "maxItems" in node
    if "additionalProperties" in node:
        assert "maxProperties" in node
    if node["type"] == "integer":
        assert {"minimum", "maximum"} <= node.keys()


@pytest.mark.parametrize("path", NODES)
def test_every_rule_says_what_to_do_and_about_which_field(path: str) -> None:
    for rule in NODES[path].get(RULES, ()):
        assert not rule["message"].endswith(".")
        if "fieldPath" in rule:
            assert f"{path}{rule['fieldPath']}" in NODES


def test_all_of_the_spec_is_immutable_but_what_is_said_to_change() -> None:
    fixed = {
        each["fieldPath"].removeprefix(".")
        for each in NODES[".spec"][RULES]
        if "oldSelf" in each["rule"]
    }
    aliases = {name: field.alias for name, field in Spec.model_fields.items()}

    assert fixed == set(aliases.values()) - {aliases[name] for name in MAY_CHANGE}


def test_a_new_request_is_queued_by_default() -> None:
    assert NODES[".status"]["default"] == {"phase": "Queued", "observedGeneration": -1}


@pytest.mark.parametrize(
    ("path", "default"),
    [
        (".spec.order", "Reverse"),
        (".spec.onFailure", "Stop"),
        (".spec.unfinishedRollout", "Refuse"),
        (".spec.targets[].components", {"mode": "All"}),
        (".spec.targets[].components.mode", "All"),
        (".spec.startingDeadlineSeconds", 300),
        (".spec.timeoutSeconds", 600),
        (".spec.dryRun", False),
    ],
)
def test_defaults_of_the_models_are_defaults_of_the_schema(path: str, default: object) -> None:
    assert NODES[path]["default"] == default


def test_a_field_is_described_by_its_own_words_and_not_by_those_of_its_type() -> None:
    assert NODES[".spec.targets[].from"]["description"].startswith("Compare-and-swap")


def test_a_hold_is_not_offered_yet() -> None:
    assert ".spec.hold" not in NODES


def test_printer_columns_show_scalars_that_exist() -> None:
    [version] = definition()["spec"]["versions"]
    paths = {column["name"]: column["jsonPath"] for column in version["additionalPrinterColumns"]}

    assert paths.pop("Age") == ".metadata.creationTimestamp"
    assert {NODES[path]["type"] for path in paths.values()} == {"string"}


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_explained(reason: Reason) -> None:
    [line] = re.findall(rf"(?m)^\| `{reason}` \|.*$", (ROOT / "docs/reasons.md").read_text())

    assert OUTCOMES[reason].meaning in line
    assert OUTCOMES[reason].advice in line


def test_reasons_are_listed_in_the_order_of_the_enum() -> None:
    listed = re.findall(r"(?m)^\| `(\w+)` \|", reasons_page())

    assert listed == [reason.value for reason in Reason]


@pytest.mark.parametrize("path", [path for path in NODES if path])
def test_every_field_is_documented(path: str) -> None:
    assert f"| `{path.removeprefix('.')}` |" in fields_page()
