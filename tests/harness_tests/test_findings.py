"""What the reliability report says of a bug names a test that is there."""

import ast
from pathlib import Path

import pytest

from proof.findings import FINDINGS

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("test", [finding.test for finding in FINDINGS])
def test_a_finding_names_a_test_that_exists(test: str) -> None:
    path, name = test.split("::")
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)

    nodes = ast.walk(ast.parse((ROOT / path).read_text()))

    assert name in [node.name for node in nodes if isinstance(node, functions)]
