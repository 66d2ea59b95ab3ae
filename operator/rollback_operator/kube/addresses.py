"""What a call is about, as the audit log and the roles name it: verb and resource."""

from collections.abc import Mapping
from typing import Final, NamedTuple

VERBS: Final = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}


class Subject(NamedTuple):
    """Verb, resource with its subresource, and the namespace unless it is all of them."""

    verb: str
    resource: str
    namespace: str = ""


def subject(method: str, path: str, query: Mapping[str, str]) -> Subject:
    """Return what a call is about; what is no resource is called by the first part of its path."""
    parts = path.strip("/").split("/")
    rest = parts[{"api": 2, "apis": 3}.get(parts[0], len(parts)) :]
    namespace = ""
    if len(rest) > 2 and rest[0] == "namespaces":  # noqa: PLR2004 - namespaces/NAME/resource
        _, namespace, *rest = rest
    if not rest:
        return Subject("get", parts[0], "")
    named = len(rest) > 1
    verb = VERBS.get(method) or _reading(named=named, watching=query.get("watch") == "true")
    return Subject(verb, "/".join([rest[0], *rest[2:]]), namespace)


def _reading(*, named: bool, watching: bool) -> str:
    if watching:
        return "watch"
    return "get" if named else "list"
