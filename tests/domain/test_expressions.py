"""Expressions in steps: CEL over the record; all else in the text is left alone."""

import pytest

from rollback_operator.domain.expressions import LIMIT, BadExpressionError, render

RECORD = {
    "rollout": {
        "id": "abc",
        "revision": 2,
        "images": {"web": "nginx:2", "a-b": "x:1"},
        "cause": "",
    },
    "target": {"revision": 1, "images": {"web": "nginx:1"}},
    "request": {"name": "back", "reason": "5xx ${target.revision} $${x}"},
    "deployment": {"name": "web", "namespace": "shop"},
}

VALUES = {
    "${rollout.images.web}": "nginx:2",
    "${rollout.images['a-b']}": "x:1",
    "${target.images.web}": "nginx:1",
    "${rollout.revision}": "2",
    "${ rollout.revision }": "2",
    "from ${rollout.images.web} to ${target.images.web}.": "from nginx:2 to nginx:1.",
    "${deployment.name}${deployment.namespace}": "webshop",
    "${rollout.revision - target.revision}": "1",
    "${rollout.revision > 1}": "true",
    "${rollout.revision < 1}": "false",
    "${rollout.cause}": "",
    "${rollout.cause == '' ? 'none' : rollout.cause}": "none",
    "${'web' in rollout.images}": "true",
    "${has(rollout.colour)}": "false",
    "${size(rollout.images)}": "2",
    "${request.reason}": "5xx ${target.revision} $${x}",
    "${1.5}": "1.5",
}

LEFT_ALONE = {
    "": "",
    "$": "$",
    "$$": "$$",
    "$HOME": "$HOME",
    "$(HOME)": "$(HOME)",
    "{rollout.revision}": "{rollout.revision}",
    "$${HOME}": "${HOME}",
    "$${HOME} ${rollout.revision}": "${HOME} 2",
    "$${rollout.revision": "${rollout.revision",
    "$$$${HOME}": "$$${HOME}",
    "ünïcode ✓": "ünïcode ✓",
}

WRONG = [
    "${HOME}",
    "${rollout.colour}",
    "${target.images.other}",
    "${}",
    "${ }",
    "${rollout.}",
    "${rollout revision}",
    "${'open}",
    "${1/0}",
    "${rollout.revision + 'x'}",
    "${rollout}",
    "${rollout.images}",
    "${[1]}",
    "${null}",
    "${b'bytes'}",
    "${exec('id')}",
    "${rollout.__class__}",
    "${rollout.images.web[0]}",
    "${'a'.matches('(')}",
    "${" + "(" * 200 + "1" + ")" * 200 + "}",
    "${'x'" + " " * LIMIT + "}",
]


@pytest.mark.parametrize(("text", "value"), VALUES.items())
def test_an_expression_becomes_its_value(text: str, value: str) -> None:
    assert render(text, RECORD) == value


@pytest.mark.parametrize(("text", "value"), LEFT_ALONE.items())
def test_what_is_no_expression_stays_as_it_is(text: str, value: str) -> None:
    assert render(text, RECORD) == value


@pytest.mark.parametrize("text", WRONG)
def test_what_cannot_be_resolved_is_an_error_of_one_kind(text: str) -> None:
    """Any other exception would keep a request from ever being answered."""
    with pytest.raises(BadExpressionError):
        render(text, RECORD)


def test_a_loop_in_a_loop_is_refused() -> None:
    """A few more of them within the limit of characters would keep the operator busy for hours."""
    loop = "true"
    for variable in "abcd":
        loop = f"[0,1,2,3,4,5,6,7].all({variable}, {loop})"

    with pytest.raises(BadExpressionError):
        render(f"${{{loop}}}", RECORD)


def test_the_error_says_what_is_known_and_nothing_of_its_values() -> None:
    """The record holds images and reasons; an error ends up in a status that many can read."""
    with pytest.raises(BadExpressionError) as caught:
        render("${rollout.colour}", RECORD)

    message = str(caught.value)
    assert "${rollout.colour}" in message
    assert "deployment, request, rollout, target" in message
    assert "nginx" not in message
    assert "5xx" not in message


def test_one_wrong_expression_spoils_the_whole_text() -> None:
    with pytest.raises(BadExpressionError):
        render("${rollout.revision} ${nobody}", RECORD)


def test_a_value_is_never_evaluated_again() -> None:
    record = {"request": {"reason": "${request.reason}"}}

    assert render("${request.reason}", record) == "${request.reason}"
