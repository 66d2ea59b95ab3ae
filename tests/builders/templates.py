"""Pod templates, named by a letter: version `A` runs the image `nginx:A`."""

from typing import Any, TypeAlias

from rollback_operator.domain.names import RESTARTED_AT
from rollback_operator.domain.template import Template

Version: TypeAlias = str | Template


def image_of(letter: str) -> str:
    """Return the image that a version runs."""
    return f"nginx:{letter}"


def letter_of(template: Template) -> str:
    """Return the version that a template is."""
    return template.images["web"].removeprefix("nginx:")


def a_container(name: str, image: str = "nginx:A", **config: Any) -> dict[str, Any]:
    """Return a container."""
    return {"name": name, "image": image, **config}


def an_image_volume(name: str, reference: str, **config: Any) -> dict[str, Any]:
    """Return a volume that is an image."""
    return {"name": name, "image": {"reference": reference, **config}}


def a_pod(*containers: dict[str, Any], **spec: Any) -> Template:
    """Return a template of these containers, with more of a pod spec."""
    return Template(
        {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [*containers], **spec}}
    )


def a_template(version: Version = "A", *, restarted: str | None = None, **config: Any) -> Template:
    """Return the template of a version, with more configuration of its container `web`."""
    if isinstance(version, Template):
        return version
    body = a_pod(a_container("web", image_of(version), **config)).body
    return with_metadata(Template(body), annotations={RESTARTED_AT: restarted} if restarted else {})


def with_metadata(template: Template, **metadata: dict[str, str]) -> Template:
    """Return a template with other labels or annotations."""
    changed = {k: v for k, v in metadata.items() if v}
    return Template({**template.body, "metadata": {**template.body["metadata"], **changed}})
