"""The kinds of text that a request may hold, each with what the API server checks and says."""

from typing import Annotated

from pydantic import Field

from rollback_operator.domain.schema import PATTERN_MESSAGE

_DNS_LABEL = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
_DNS_NAME = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
_LABEL = r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
DeploymentName = Annotated[
    str,
    Field(
        min_length=1,
        max_length=253,
        pattern=f"^{_DNS_NAME}$",
        json_schema_extra={
            PATTERN_MESSAGE: "give the bare name of a Deployment, as `kubectl get deployments`"
            " shows it: lower case letters, digits, '-' and '.'"
        },
    ),
]
SnapshotId = Annotated[
    str,
    Field(
        max_length=10,
        pattern=r"^[0-9a-f]{10}$",
        json_schema_extra={
            PATTERN_MESSAGE: "give the id of a snapshot, ten hexadecimal digits; the number that"
            " `kubectl rollout history` shows goes into to.revision"
        },
    ),
]
ContainerName = Annotated[
    str,
    Field(
        pattern=f"^(volume:)?{_DNS_LABEL}$",
        json_schema_extra={
            PATTERN_MESSAGE: "give images by the name of their container, such as web:"
            ' "nginx:1.29"; the image of a volume goes by volume:<name>'
        },
    ),
]
Image = Annotated[
    str,
    Field(
        description="An image as the pod template writes it, tag or digest included.",
        min_length=1,
        max_length=1024,
        pattern=r"^[^\s]+$",
        json_schema_extra={
            PATTERN_MESSAGE: "write the image just as the Deployment does; it has no spaces"
        },
    ),
]
ContainerImages = Annotated[dict[ContainerName, Image], Field(min_length=1, max_length=64)]
ComponentName = Annotated[
    str,
    Field(
        description="Name of a component, as `status.targets[].components` lists them.",
        min_length=1,
        max_length=140,
        pattern=f"^((container:)?{_DNS_LABEL}(/(image|config))?|volume:{_DNS_LABEL}(/image)?)$",
        json_schema_extra={
            PATTERN_MESSAGE: "give a component: <container>/image, <container>/config, <container>,"
            " volume:<name>/image, pod, labels or annotations; a container that is called like one"
            " of these three is container:<name>"
        },
    ),
]
LabelKey = Annotated[
    str,
    Field(
        max_length=317,
        pattern=f"^({_DNS_NAME}/)?{_LABEL}$",
        json_schema_extra={
            PATTERN_MESSAGE: "give a label's key, such as app.kubernetes.io/part-of"
        },
    ),
]
LabelValue = Annotated[
    str,
    Field(
        description="A label's value.",
        max_length=63,
        pattern=f"^({_LABEL})?$",
        json_schema_extra={
            PATTERN_MESSAGE: "give a label's value: letters, digits, '-', '_' and '.', beginning"
            " and ending with a letter or digit"
        },
    ),
]
