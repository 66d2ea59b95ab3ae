"""Which labels a selector matches."""

from typing import Any

import pytest

from rollback_operator.domain.label_selector import parse_selector, selects

LABELS = {"app": "web", "tier": "front"}


def an_expression(operator: str, key: str, *values: str) -> dict[str, Any]:
    return {"matchExpressions": [{"key": key, "operator": operator, "values": list(values)}]}


@pytest.mark.parametrize(
    "selector",
    [
        {},
        {"matchLabels": {"app": "web"}},
        {"matchLabels": LABELS},
        an_expression("In", "app", "api", "web"),
        an_expression("NotIn", "app", "api"),
        an_expression("NotIn", "absent", "api"),
        an_expression("Exists", "tier"),
        an_expression("DoesNotExist", "absent"),
    ],
)
def test_it_matches(selector: dict[str, Any]) -> None:
    assert selects(selector, LABELS)


@pytest.mark.parametrize(
    "selector",
    [
        None,
        {"matchLabels": {"app": "api"}},
        {"matchLabels": {"app": "web", "more": "1"}},
        {"matchLabels": {"app": "web"}, **an_expression("Exists", "absent")},
        an_expression("In", "app", "api"),
        an_expression("In", "absent", "api"),
        an_expression("NotIn", "app", "web"),
        an_expression("Exists", "absent"),
        an_expression("DoesNotExist", "app"),
    ],
)
def test_it_does_not_match(selector: dict[str, Any] | None) -> None:
    assert not selects(selector, LABELS)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "app=web",
        "app == web",
        "app=web, tier",
        "app in (web, api)",
        "app in (api,web),tier",
        "app!=api",
        "app notin (api)",
        "absent notin (x, y)",
        "absent!=x",
        "!absent",
        "example.com/absent!=x,tier=",
    ],
)
def test_what_kubectl_writes_is_read_and_matches(text: str) -> None:
    assert selects(parse_selector(text), {"app": "web", "tier": ""})


@pytest.mark.parametrize(
    "text", ["app=api", "app in (api, db)", "app!=web", "app notin (web)", "absent", "!app", "app="]
)
def test_what_kubectl_writes_is_read_and_does_not_match(text: str) -> None:
    assert not selects(parse_selector(text), {"app": "web", "tier": ""})


@pytest.mark.parametrize(
    "text",
    ["app in", "app in web", "=web", "app=we b", "app=web;tier", "app>1", "!", "app in (a b)"],
)
def test_what_is_no_selector_is_refused_by_name(text: str) -> None:
    with pytest.raises(ValueError, match="is no requirement of a label selector"):
        parse_selector(text)
