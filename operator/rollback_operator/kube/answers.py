"""What the API server's answers mean: warnings, and errors by what to do about them."""

import json
import re
from http import HTTPStatus
from typing import Any

import aiohttp

from rollback_operator.domain.template import JsonObject
from rollback_operator.errors import Forbidden, Invalid, KubeError, Missing, Stale, Unreachable

DENIED = re.compile("admission webhook .* denied the request")
"""How the API server tells of a webhook's denial, which may have any code."""
PASSING = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS})
"""What says nothing about the call: a token that is just being renewed, too much to do."""
ERRORS: dict[int, type[KubeError]] = {
    HTTPStatus.FORBIDDEN: Forbidden,
    HTTPStatus.NOT_FOUND: Missing,
    HTTPStatus.CONFLICT: Stale,
}


def is_error(response: aiohttp.ClientResponse) -> bool:
    """Whether the server did not do what it was asked for."""
    return response.status >= HTTPStatus.BAD_REQUEST


def warnings_of(response: aiohttp.ClientResponse) -> tuple[str, ...]:
    """Read the `Warning` headers: a code, an agent, and a quoted text."""
    joined = ", ".join(response.headers.getall("Warning", ()))
    texts = re.findall(r'\d{3} \S+ "((?:[^"\\]|\\.)*)"', joined)
    return tuple(re.sub(r"\\(.)", r"\1", text) for text in texts)


def error_of(verb: str, path: str, response: aiohttp.ClientResponse, text: str) -> KubeError:
    """Return the error that an answer stands for."""
    status, code = _status_object(text), response.status
    message = f"{verb} {path}: {status.get('message') or text[:200] or response.reason}"
    if code in PASSING or code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Unreachable(message, _seconds(response.headers.get("Retry-After")))
    if DENIED.search(message):
        return Forbidden(message)
    if code == HTTPStatus.UNPROCESSABLE_ENTITY and not _causes(status):
        # A failed `test` is 422 without causes; validation names them (trap 28).
        return Stale(message)
    return ERRORS.get(code, Invalid)(message)


def _status_object(text: str) -> JsonObject:
    try:
        status = json.loads(text)
    except ValueError:
        return {}
    return status if isinstance(status, dict) else {}


def _causes(status: JsonObject) -> list[Any]:
    causes: list[Any] = (status.get("details") or {}).get("causes") or []
    return causes


def _seconds(text: str | None) -> float | None:
    return float(text) if text and text.isascii() and text.isdigit() else None
