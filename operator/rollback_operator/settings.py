"""What the environment may set: variables `ROLLBACK_…`, read once into a frozen value."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from rollback_operator.domain.label_selector import parse_selector, selects
from rollback_operator.domain.lease import Terms
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
    label_selector: str = ""
    """Label selector of the Deployments to watch, as `kubectl -l` takes it; empty means all."""
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
    leader_election: bool = False
    """Whether several replicas run, of which one leads and the others stand by."""
    lease_name: str = "rollback-operator"
    """Name of the Lease by which a leader is elected, in the pod's own namespace."""
    lease_duration: Annotated[int, Field(ge=1, le=3600)] = 15
    """Seconds after which a Lease that is not renewed falls to the standby."""
    lease_renew_deadline: Annotated[float, Field(gt=0)] = 10
    """Seconds after which a leader that cannot renew its Lease ends; less than the duration."""
    lease_retry_period: Annotated[float, Field(gt=0)] = 2
    """Seconds between two renewals or attempts; less than half of the renew deadline."""
    port: Annotated[int, Field(ge=0, le=65535)] = 0
    """Port of `/healthz`, `/readyz` and `/metrics`; 0 is none."""
    watch_timeout: Annotated[float, Field(ge=1)] = 180
    """Seconds without a sign of life from a watch after which the process ends, to begin anew."""
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

    @model_validator(mode="after")
    def _lease_leaves_time(self) -> Self:
        """A leader must notice that it has lost the Lease before another can take it."""
        if not self.lease_retry_period * 2 < self.lease_renew_deadline < self.lease_duration:
            message = (
                "lease_renew_deadline must be less than lease_duration, "
                "and more than twice the lease_retry_period"
            )
            raise ValueError(message)
        return self

    @property
    def terms(self) -> Terms:
        """On what terms a leader holds its Lease."""
        return Terms(self.lease_duration, self.lease_renew_deadline, self.lease_retry_period)

    @field_validator("label_selector")
    @classmethod
    def _read(cls, text: str) -> str:
        parse_selector(text)
        return text.strip()

    @cached_property
    def _selector(self) -> Mapping[str, Any]:
        return parse_selector(self.label_selector)

    def selects(self, labels: Mapping[str, str]) -> bool:
        """Whether Deployments with these labels are watched."""
        return selects(self._selector, labels)

    def records(self, labels: Mapping[str, str]) -> bool:
        """Whether a Deployment with these labels is recorded at all."""
        return labels.get(RECORD_LABEL) != "disabled" and self.selects(labels)

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
