"""What the API server checks besides the schema is written as it reads it."""

import pytest
from pydantic.config import JsonDict

from rollback_operator.domain.schema import must, rule


@pytest.mark.parametrize(
    ("built", "expected"),
    [
        (rule("has(self.a)", "give a"), {"rule": "has(self.a)", "message": "give a"}),
        (
            rule("has(self.a)", "give a", ".a"),
            {"rule": "has(self.a)", "message": "give a", "fieldPath": ".a"},
        ),
        (
            rule("has(self.a)", "give a", reason="FieldValueRequired"),
            {"rule": "has(self.a)", "message": "give a", "reason": "FieldValueRequired"},
        ),
    ],
    ids=["of-the-object", "of-a-field", "with-a-reason"],
)
def test_a_rule_says_no_more_than_it_was_given(built: JsonDict, expected: JsonDict) -> None:
    assert built == expected


def test_an_object_has_its_rules_in_order() -> None:
    one, other = rule("a", "one"), rule("b", "other")

    assert must(one, other) == {"x-kubernetes-validations": [one, other]}
