"""The seal on the Job of a step: a name that only we can compute, and a signature.

Labels and names of Jobs are anybody's who may create Jobs. A Job that only looks like a step's
would else count as done, and the rollback go on without what had to come before it.
"""

from collections.abc import Mapping
from typing import Any

from rollback_operator.domain.names import GROUP
from rollback_operator.domain.signing import Keyring
from rollback_operator.domain.step_marks import SIGNATURE
from rollback_operator.domain.template import JsonObject, canonical

KEY_LENGTH = 10
"""Characters of a Job's name that nobody can guess."""


def sealed(job: JsonObject, marks: Mapping[str, str], keyring: Keyring) -> JsonObject:
    """Return the Job with its last name and signature; `marks` say which request made it.

    The key of the name is the same for every replica and request, so they make one Job.
    """
    metadata: JsonObject = job["metadata"]
    stem = metadata["name"].rpartition("-")[0]
    secret = keyring.sign(f"name of {metadata['namespace']}/{metadata['name']}")[:KEY_LENGTH]
    named = {**metadata, "name": f"{stem}-{secret}", "annotations": dict(marks)}
    named["annotations"][SIGNATURE] = keyring.sign(_signed_text(named))
    return {**job, "metadata": named}


def is_sealed(job: Mapping[str, Any], keyring: Keyring) -> bool:
    """Whether we made this Job, with any of our keys, and nobody has changed what we go by."""
    metadata = job["metadata"]
    signature = (metadata.get("annotations") or {}).get(SIGNATURE, "")
    return signature.isascii() and keyring.vouches(_signed_text(metadata), signature)


def _signed_text(metadata: Mapping[str, Any]) -> str:
    """Return what we go by when we look at a Job: its name, labels and request.

    Not its owner, which is taken away when a Deployment is deleted without what it owns.
    """
    ours = {
        kind: {k: v for k, v in (metadata.get(kind) or {}).items() if k.startswith(f"{GROUP}/")}
        for kind in ("labels", "annotations")
    }
    ours["annotations"].pop(SIGNATURE, None)
    return f"step {canonical([metadata['namespace'], metadata['name'], ours])}"
