"""Histories as they stand in annotations, and such as others might put there."""

import base64
import json
import zlib
from typing import Any

from builders.histories import KEYRING
from rollback_operator.domain.annotations import API_LIMIT, fit
from rollback_operator.domain.names import HISTORY
from rollback_operator.domain.signing import Keyring
from rollback_operator.domain.snapshot import History


def written(history: History, keyring: Keyring = KEYRING) -> dict[str, str]:
    """Return the annotations of a history."""
    fitting = fit(history, keyring, API_LIMIT, 50)
    assert fitting is not None
    return fitting[1]


def packed(content: object) -> str:
    """Return anything packed as templates are."""
    return base64.b64encode(zlib.compress(json.dumps(content).encode())).decode()


def with_index(annotations: dict[str, str], **fields: Any) -> dict[str, str]:
    """Return the annotations with something else in their index, which breaks the signature."""
    index = json.loads(annotations[HISTORY]) | fields
    return annotations | {HISTORY: json.dumps(index)}
