"""Which labels a selector matches."""

from typing import Any

import pytest

from rollback_operator.domain.label_selector import selects

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
