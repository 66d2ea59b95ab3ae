"""What keeps a command from its end: what happened, what to do next, and the exit code."""

import json
from http import HTTPStatus
from typing import Final

from rollback_operator.cli.exit_codes import ExitCode
from rollback_operator.domain.names import GROUP, KIND, PLURAL
from rollback_operator.domain.outcomes import OUTCOMES
from rollback_operator.domain.reasons import Reason
from rollback_operator.domain.template import JsonObject

RESOURCE: Final = f"{PLURAL}.{GROUP}"
OBJECT: Final = f"{KIND.lower()}.{GROUP}"
"""What kubectl puts before the name of one request."""


class Problem(Exception):
    """Told to the user instead of a traceback."""

    def __init__(self, what: str, advice: str = "", code: ExitCode = ExitCode.UNEXPECTED) -> None:
        super().__init__(what)
        self.what = what
        self.advice = advice
        self.code = code


def answered(code: int, body: str | bytes | None) -> Problem:
    """Return what the API server's answer means."""
    text = body.decode(errors="replace") if isinstance(body, bytes) else body or ""
    status = _status(text)
    message = str(status.get("message") or text.strip() or code)
    match code:
        case HTTPStatus.UNAUTHORIZED:
            return not_logged_in()
        case HTTPStatus.FORBIDDEN:
            return forbidden(message)
        case HTTPStatus.NOT_FOUND if not (status.get("details") or {}).get("kind"):
            return not_installed()
        case HTTPStatus.NOT_FOUND:
            return Problem(f"{message}.", "Is the namespace right? It is chosen by -n.")
        case HTTPStatus.BAD_REQUEST | HTTPStatus.CONFLICT | HTTPStatus.UNPROCESSABLE_ENTITY:
            return Problem(f"The API server refuses the request: {message}", "", ExitCode.REFUSED)
        case _:
            return Problem(f"The API server answered {code}: {message}", "Try again.")


def _status(text: str) -> JsonObject:
    """Read the `Status` object of an error; what an unknown path answers is plain text."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def not_installed() -> Problem:
    """The API server does not know the custom resource."""
    return Problem(
        f"This cluster has no {RESOURCE}: the rollback operator is not installed in it.",
        "Is this the cluster that you mean? See `kubectl config current-context`. "
        "If so, install the operator, or at least its crds/.",
    )


def forbidden(message: str) -> Problem:
    """The API server, or an admission policy, says no."""
    return Problem(
        f"Not allowed: {message}",
        f"See what you may do: `kubectl auth can-i create {RESOURCE}`. A rollback needs that and,"
        " where the admission policies are installed, `patch` on each Deployment.",
        ExitCode.REFUSED,
    )


def not_logged_in() -> Problem:
    """The API server does not accept the credentials."""
    return Problem(
        "The cluster does not accept your credentials.",
        "Log in again as you do for kubectl; `kubectl auth whoami` tells whether it worked.",
    )


def unreachable(where: str, cause: str) -> Problem:
    """No answer came from the API server."""
    return Problem(
        f"The API server at {where} does not answer: {cause}",
        "Check the network and `kubectl config current-context`.",
    )


def no_configuration(cause: str) -> Problem:
    """There is no usable kubeconfig."""
    return Problem(
        f"No usable kubeconfig: {cause}",
        "Set KUBECONFIG, or give --kubeconfig and --context.",
    )


def nobody_answers(namespace: str, name: str, seconds: float) -> Problem:
    """The request is as it was created: no operator looked at it."""
    return Problem(
        f"No operator has looked at request {namespace}/{name} for {seconds:.0f} s.",
        "Is the rollback operator running, and does it watch this namespace? "
        "Once it does, the request is carried out, unless it expires first. "
        f"To withdraw it: `kubectl delete rbr {name} -n {namespace}`.",
        ExitCode.UNFINISHED,
    )


def not_over(namespace: str, name: str, seconds: float) -> Problem:
    """The time to wait has passed, and the request goes on."""
    return Problem(
        f"Request {namespace}/{name} is not over after {seconds:.0f} s; it goes on.",
        f"See how it ends: `kubectl rollback status {name} -n {namespace} --wait`.",
        ExitCode.UNFINISHED,
    )


def deleted_meanwhile(namespace: str, name: str) -> Problem:
    """The request is gone before its end was seen."""
    return Problem(
        f"Request {namespace}/{name} was deleted meanwhile.",
        "What was patched stays: see `kubectl rollback history` and `kubectl rollout status`.",
        ExitCode.UNFINISHED,
    )


def left_alone(namespace: str, name: str) -> Problem:
    """The user stopped waiting."""
    return Problem(
        f"Request {namespace}/{name} goes on without you.",
        f"See how it ends: `kubectl rollback status {name} -n {namespace} --wait`.",
        ExitCode.INTERRUPTED,
    )


def declined() -> Problem:
    """The user said no."""
    return Problem("Nothing was changed.")


def unanswered() -> Problem:
    """There was nobody to say yes."""
    return Problem(
        "Nobody answered, and nothing was changed.", "Where nobody can answer, give --yes."
    )


def no_history(deployment: str, why: str) -> Problem:
    """Nothing is on record."""
    return Problem(f"No successful rollout of {deployment} is on record.", why)


def no_default(reason: Reason, message: str) -> Problem:
    """A default request would be refused."""
    return Problem(f"{reason}: {message}", OUTCOMES[reason].advice, ExitCode.REFUSED)


def not_on_record(version: str, known: str) -> Problem:
    """There is a history, but not of that."""
    return Problem(f"{version} is not on record.", f"On record: {known}.", ExitCode.REFUSED)
