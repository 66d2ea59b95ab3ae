"""The names that others can see: the API group, annotations, labels and the field manager."""

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
