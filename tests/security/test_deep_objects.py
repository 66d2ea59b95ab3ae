"""An object that is nested deeper than Python can read costs nobody else anything."""

import json

import pytest

from conftest import StartsOperators
from harness.namespace import PATIENCE
from harness.objects import a_deployment
from harness.shop import Shop

MARK = "DEEP"
LEVELS = 9_000
"""As many as the API server keeps, and more than any Python reads."""


def write_a_deep_one(shop: Shop) -> None:
    """Create a Deployment of which somebody says that they own a field of a field, and so on."""
    entry = {
        "manager": "mallory",
        "operation": "Update",
        "apiVersion": "apps/v1",
        "fieldsType": "FieldsV1",
        "fieldsV1": MARK,
    }
    hostile = a_deployment("hostile", "nginx:1", replicas=1)
    hostile["metadata"]["managedFields"] = [entry]
    nested = '{"f:a":' * LEVELS + "{}" + "}" * LEVELS
    text = json.dumps(hostile).replace(f'"{MARK}"', nested)
    path = f"/apis/apps/v1/namespaces/{shop.namespace}/deployments"
    shop.kubectl("create", "--raw", path, "-f", "-", input=text)
    stored = shop.kubectl("get", "--raw", f"{path}/hostile").stdout
    assert stored.count('"f:a":') == LEVELS


@pytest.mark.parametrize("is_there_first", [True, False], ids=["listed", "watched"])
def test_others_are_recorded_and_rolled_back(
    empty_shop: Shop,
    start_operator: StartsOperators,
    is_there_first: bool,  # noqa: FBT001 - a table
) -> None:
    if is_there_first:
        write_a_deep_one(empty_shop)
    operator = start_operator(empty_shop)
    if not is_there_first:
        write_a_deep_one(empty_shop)

    empty_shop.release("nginx:1", "nginx:2", replicas=1)

    assert empty_shop.roll_back()["reason"] == "RolledBack"
    assert operator.is_running


def test_it_is_recorded_itself(empty_shop: Shop, start_operator: StartsOperators) -> None:
    """What is cut are only the names of fields that somebody says they own."""
    start_operator(empty_shop)
    write_a_deep_one(empty_shop)

    condition = "--for=condition=Rollbackable=False"
    empty_shop.kubectl("wait", "deployment/hostile", condition, f"--timeout={PATIENCE}s")
