"""Builders: each test names what matters to it, and everything else is as usual."""

from builders.deployments import (
    NAME,
    NAMESPACE,
    UID,
    DeploymentBuilder,
    a_deployment,
    a_deployment_object,
    a_replica_set,
    a_replica_set_object,
    counters,
    uid_of,
)
from builders.histories import (
    KEYRING,
    NO_KEY,
    NOON,
    HistoryBuilder,
    a_claim,
    a_history,
    a_snapshot,
    id_of,
)
from builders.requests import RequestBuilder, a_request, a_request_object
from builders.stories import Story, a_story
from builders.templates import (
    Version,
    a_container,
    a_pod,
    a_template,
    an_image_volume,
    image_of,
    letter_of,
    with_metadata,
)
from builders.worlds import WorldBuilder, a_preparation, a_world

__all__ = [
    "KEYRING",
    "NAME",
    "NAMESPACE",
    "NOON",
    "NO_KEY",
    "UID",
    "DeploymentBuilder",
    "HistoryBuilder",
    "RequestBuilder",
    "Story",
    "Version",
    "WorldBuilder",
    "a_claim",
    "a_container",
    "a_deployment",
    "a_deployment_object",
    "a_history",
    "a_pod",
    "a_preparation",
    "a_replica_set",
    "a_replica_set_object",
    "a_request",
    "a_request_object",
    "a_snapshot",
    "a_story",
    "a_template",
    "a_world",
    "an_image_volume",
    "counters",
    "id_of",
    "image_of",
    "letter_of",
    "uid_of",
    "with_metadata",
]
