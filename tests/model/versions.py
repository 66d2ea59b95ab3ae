"""Versions of a Deployment: an image and a configuration, so that either can be reverted alone."""

from dataclasses import dataclass
from typing import NamedTuple, Self

from builders import a_template
from rollback_operator.domain.template import Template

BROKEN = "X"
"""Images that begin with this letter never become available."""


class Version(NamedTuple):
    """What a rollout carries out, restarts aside."""

    image: str
    config: str = "1"

    @property
    def is_healthy(self) -> bool:
        """Whether its pods become available."""
        return not self.image.startswith(BROKEN)

    def template(self, restarted: str | None = None) -> Template:
        """Return it as a pod template."""
        variable = {"name": "CONFIG", "value": self.config}
        return a_template(self.image, restarted=restarted, env=[variable])

    @classmethod
    def of(cls, template: Template) -> Self:
        """Read it back from a pod template; behind a dash an image only says how it fails."""
        container = template.spec["containers"][0]
        letter = container["image"].removeprefix("nginx:").partition("-")[0]
        return cls(letter, container["env"][0]["value"])


@dataclass(frozen=True)
class Choice:
    """Which parts of a version a request reverts."""

    mode: str = "All"
    names: tuple[str, ...] = ()

    def of(self, live: Version, goal: Version) -> frozenset[str]:
        """Return the parts that are reverted: those chosen that differ."""
        parts = frozenset(p for p in ("image", "config") if getattr(live, p) != getattr(goal, p))
        match self.mode:
            case "All":
                return parts
            case "Artifacts":
                return parts & {"image"}
            case _:
                chosen = {p for p in parts if {f"web/{p}", "web"} & set(self.names)}
                return frozenset(chosen)

    def result(self, live: Version, goal: Version) -> Version:
        """Return what `live` becomes."""
        changed = self.of(live, goal)
        return live._replace(**{part: getattr(goal, part) for part in changed})
