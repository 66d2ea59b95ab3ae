"""Which values of a pod template may be shown: whoever reads a request may lack the right to more.

Names are shown, of variables, labels, volumes and of whatever is referred to; and so are the
values listed here, such as images, resources and the ports of probes. All others may be secret:
the values of variables, commands and arguments above all, but also a probe's path and headers, and
labels and annotations, whose meaning nobody knows. Of those only that they changed is said.
"""

import json
from collections.abc import Iterable
from typing import Any, Final

from rollback_operator.domain.template import Template
from rollback_operator.domain.tree import Path, as_tree, is_entry, leaves, texts

HIDDEN: Final = "(hidden)"
SHORTEST: Final = 4
"""Shorter texts are no secrets; to hide them would only garble what is said."""
HARMLESS: Final = frozenset({"true", "false"})

_SECURITY = (
    "allowPrivilegeEscalation appArmorProfile.type capabilities.add capabilities.drop fsGroup"
    " fsGroupChangePolicy privileged procMount readOnlyRootFilesystem runAsGroup runAsNonRoot"
    " runAsUser seccompProfile.type supplementalGroups supplementalGroupsPolicy"
)
_RESOURCES = "limits.* requests.*"
_PROBE = (
    "failureThreshold initialDelaySeconds periodSeconds successThreshold timeoutSeconds"
    " terminationGracePeriodSeconds httpGet.port httpGet.scheme tcpSocket.port grpc.port"
)
_SHOWN: Final = {
    "spec": (
        "activeDeadlineSeconds automountServiceAccountToken dnsPolicy enableServiceLinks hostIPC"
        " hostNetwork hostPID hostUsers nodeName os.name overhead.* preemptionPolicy priority"
        " priorityClassName restartPolicy runtimeClassName schedulerName serviceAccount"
        " serviceAccountName setHostnameAsFQDN shareProcessNamespace terminationGracePeriodSeconds"
    ),
    "spec.securityContext": _SECURITY,
    "spec.resources": _RESOURCES,
    "spec.imagePullSecrets.[]": "name",
    "spec.volumes.[]": (
        "name configMap.name configMap.optional configMap.defaultMode secret.secretName"
        " secret.optional secret.defaultMode persistentVolumeClaim.claimName"
        " persistentVolumeClaim.readOnly emptyDir.medium emptyDir.sizeLimit image.reference"
        " image.pullPolicy hostPath.path hostPath.type csi.driver projected.defaultMode"
    ),
    "spec.volumes.[].projected.sources.[]": (
        "configMap.name configMap.optional secret.name secret.optional"
    ),
    "spec.containers.[]": (
        "name image imagePullPolicy restartPolicy stdin stdinOnce tty terminationMessagePath"
        " terminationMessagePolicy"
    ),
    "spec.containers.[].securityContext": _SECURITY,
    "spec.containers.[].resources": _RESOURCES,
    "spec.containers.[].livenessProbe": _PROBE,
    "spec.containers.[].readinessProbe": _PROBE,
    "spec.containers.[].startupProbe": _PROBE,
    "spec.containers.[].ports.[]": "name containerPort hostPort protocol",
    "spec.containers.[].volumeMounts.[]": "name mountPath subPath readOnly",
    "spec.containers.[].volumeDevices.[]": "name devicePath",
    "spec.containers.[].envFrom.[]": (
        "configMapRef.name configMapRef.optional secretRef.name secretRef.optional"
    ),
    "spec.containers.[].env.[]": (
        "name valueFrom.configMapKeyRef.name valueFrom.configMapKeyRef.key"
        " valueFrom.configMapKeyRef.optional valueFrom.secretKeyRef.name"
        " valueFrom.secretKeyRef.key valueFrom.secretKeyRef.optional valueFrom.fieldRef.fieldPath"
        " valueFrom.fieldRef.apiVersion valueFrom.resourceFieldRef.resource"
        " valueFrom.resourceFieldRef.containerName"
    ),
}
SHOWN: Final = frozenset(
    tuple(f"{prefix}.{field}".split("."))
    for prefix, fields in _SHOWN.items()
    for field in fields.split()
)


def is_shown(path: Path) -> bool:
    """Whether the value at that path of a pod template may be shown."""
    general = tuple("[]" if is_entry(key) else key for key in path)
    if general[:2] == ("spec", "initContainers"):
        general = ("spec", "containers", *general[2:])
    return general in SHOWN or (*general[:-1], "*") in SHOWN


def redact(text: str, templates: Iterable[Template], known: Iterable[str] = ()) -> str:
    """Return somebody else's text without any value of the templates that may be secret.

    An error of the API server quotes the value that it finds wrong, and a policy's message may say
    anything. `known` are names that are no secret.
    """
    shown, hidden = set(known) | HARMLESS, set[str]()
    for template in templates:
        for path, value in leaves(as_tree(template.body)):
            (shown if is_shown(path) else hidden).update(texts(value))
    for secret in sorted(hidden - shown, key=len, reverse=True):
        if len(secret) >= SHORTEST:
            text = text.replace(secret, HIDDEN).replace(_quoted(secret), HIDDEN)
    return text


def _quoted(value: Any) -> str:  # noqa: ANN401 - what json.dumps takes
    """Return a text as it stands between quotes in an error message."""
    return json.dumps(value, ensure_ascii=False)[1:-1]
