"""What the environment may set: variables `ROLLBACK_…`, read once into a frozen value."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from rollback_operator.domain.names import RECORD_LABEL
from rollback_operator.domain.signing import Keyring

Names = Annotated[tuple[str, ...], NoDecode]


class Settings(BaseSettings):
    """Settings of the operator; `docs/settings.md` is generated from the texts below."""

    model_config = SettingsConfigDict(
        env_prefix="ROLLBACK_", frozen=True, use_attribute_docstrings=True
    )

    enabled: bool = True
    """Whether requests are carried out; recording goes on in any case."""
    key_files: Annotated[tuple[Path, ...], NoDecode] = ()
    """Files with signing keys, separated by commas: the first one signs, all of them verify."""
    namespaces: Names = ()
    """Namespaces to watch, separated by commas; empty means all."""
    excluded_namespaces: Names = ("kube-*",)
    """Namespaces to leave alone, separated by commas; `*` stands for any text."""
    history_limit: Annotated[int, Field(ge=2, le=50)] = 10
    """Snapshots that are kept for each Deployment."""
    finished_limit: Annotated[int, Field(ge=1, le=10000)] = 100
    """Requests that have ended and are kept in each namespace."""
    step_service_accounts: Names = ()
    """ServiceAccounts that steps may run as, separated by commas, besides their pod's own."""
    require_admission: bool = False
    """Whether requests are refused while an admission policy of the chart is missing."""
    admission_name: str = "rollback-operator"
    """What the names of the admission policies begin with: `-targets` and the like follow."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    """How much is logged."""
    log_format: Literal["plain", "json"] = "plain"
    """`plain` for people, `json` for machines."""

    @field_validator(
        "key_files", "namespaces", "excluded_namespaces", "step_service_accounts", mode="before"
    )
    @classmethod
    def _split(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(part.strip() for part in value.split(",") if part.strip())

    def keyring(self) -> Keyring:
        """Read the signing keys.

        Raises:
            OSError: a file cannot be read.
            ValueError: a file is empty: signing with nothing would only look safe.
        """
        keys = [path.read_bytes() for path in self.key_files]
        for path, key in zip(self.key_files, keys, strict=True):
            if not key.strip():
                message = f"the signing key file {path} is empty"
                raise ValueError(message)
        return Keyring.of(keys)

    def watches(self, namespace: str) -> bool:
        """Whether objects of that namespace are any of our business."""
        if self.namespaces and namespace not in self.namespaces:
            return False
        return not any(fnmatchcase(namespace, pattern) for pattern in self.excluded_namespaces)


def is_recorded(labels: Mapping[str, str]) -> bool:
    """Whether a Deployment with these labels is recorded at all."""
    return labels.get(RECORD_LABEL) != "disabled"
