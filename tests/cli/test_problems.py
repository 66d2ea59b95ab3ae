"""What the API server answers, as people are told it at three in the morning."""

import json

import pytest

from rollback_operator.cli.exit_codes import MEANING, ExitCode
from rollback_operator.cli.problems import answered


def a_status(message: str, kind: str = "deployments") -> str:
    return json.dumps({"kind": "Status", "message": message, "details": {"kind": kind}})


@pytest.mark.parametrize(
    ("code", "body", "told", "exit_code"),
    [
        (404, "404 page not found", "is not installed", ExitCode.UNEXPECTED),
        (404, a_status('deployments.apps "web" not found'), '"web" not found', 1),
        (401, a_status("Unauthorized"), "does not accept your credentials", 1),
        (403, a_status("ana may not"), "ana may not", ExitCode.REFUSED),
        (422, a_status("names one of"), "names one of", ExitCode.REFUSED),
        (409, a_status("already exists"), "already exists", ExitCode.REFUSED),
        (500, "", "answered 500", ExitCode.UNEXPECTED),
        (503, b"\xff no JSON", "no JSON", ExitCode.UNEXPECTED),
        (500, "[]", "[]", ExitCode.UNEXPECTED),
    ],
)
def test_answers_become_problems(
    code: int, body: str | bytes, told: str, exit_code: ExitCode
) -> None:
    problem = answered(code, body)

    assert told in problem.what
    assert problem.code == exit_code


def test_every_exit_code_is_explained() -> None:
    assert list(MEANING) == list(ExitCode)
