"""The names that others can see: the API group, annotations, labels and the field manager."""

import re
from typing import Final

GROUP: Final = "rollback-operator.dev"
VERSION: Final = "v1alpha1"
KIND: Final = "RollbackRequest"
PLURAL: Final = "rollbackrequests"
API_VERSION: Final = f"{GROUP}/{VERSION}"

FIELD_MANAGER: Final = "rollback-operator"

HISTORY: Final = f"{GROUP}/history"
TEMPLATES: Final = f"{GROUP}/templates"
CLAIM: Final = f"{GROUP}/claim"

ENABLED_LABEL: Final = f"{GROUP}/rollback"
RECORD_LABEL: Final = f"{GROUP}/record"

ROLLBACKABLE: Final = "Rollbackable"

REVISION: Final = "deployment.kubernetes.io/revision"
REVISION_HISTORY: Final = "deployment.kubernetes.io/revision-history"
CHANGE_CAUSE: Final = "kubernetes.io/change-cause"
RESTARTED_AT: Final = "kubectl.kubernetes.io/restartedAt"
POD_TEMPLATE_HASH: Final = "pod-template-hash"

NAME_LIMIT: Final = 253
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")


def is_object_name(text: str) -> bool:
    """Whether a text that anyone may have written can name an object.

    Names become parts of addresses: `../../other/cronjobs/x` would be one of another namespace.
    """
    return len(text) <= NAME_LIMIT and _NAME.fullmatch(text) is not None
