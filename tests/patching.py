"""JSON Patch as the API server applies it: an absent value tests equal to null."""

import json
from typing import Any

import jsonpatch
import jsonpointer

from rollback_operator.domain.json_patch import Operations

Failed = (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException)
"""What a patch that does not fit ends in."""


def patched(obj: dict[str, Any], operations: Operations) -> dict[str, Any]:
    """Return the object with all operations applied.

    Raises:
        JsonPatchException, JsonPointerException: one does not fit; then none counts.
    """
    obj = json.loads(json.dumps(obj))
    for operation in operations:
        is_absent = operation["op"] == "test" and operation["value"] is None
        if is_absent and jsonpointer.resolve_pointer(obj, operation["path"], None) is None:
            continue
        obj = jsonpatch.apply_patch(obj, [operation], in_place=True)
    return obj
