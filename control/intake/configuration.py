"""What the intake is told: a JSON file, and the documented variables, which win over it."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from control.record.lines import parse
from control.settings import Section
from engines.contract.errors import BadData, InputMissing, nearest

HINT = "see docs/kafka.md"
ANALYSIS = "screen"

_DOCUMENTED = (
    "redis_url",
    "kafka_servers",
    "biogpu_executable",
    "jwt_secret",
    "gpu_device_id",
    "reference_db_path",
    "resistance_db_path",
    "max_retries",
    "base_retry_delay",
)
# librdkafka's settings on which the guarantees rest
_OURS = {
    "bootstrap.servers": "kafka_servers has them",
    "metadata.broker.list": "kafka_servers has them",
    "group.id": "group has it",
    "enable.auto.commit": "offsets are committed when a job is recorded",
    "enable.auto.offset.store": "offsets are committed when a job is recorded",
    "enable.idempotence": "it is on",
    "acks": "all of them are waited for",
    "message.timeout.ms": "what is not delivered is tried for ever",
    "delivery.timeout.ms": "what is not delivered is tried for ever",
}
_UNUSED = {
    "redis_url": "nothing lies in Redis",
    "biogpu_executable": "a run is the analysis 'screen' of the service",
    "jwt_secret": "the intake signs in by a token (PLUMBLINE_TOKEN), as every client does",
    "gpu_device_id": "a run takes a GPU that is free; PLUMBLINE_GPUS of the service says which",
    "base_retry_delay": "PLUMBLINE_ATTEMPT_WAIT of the service says how long a try waits",
}


def _listed(value: object) -> object:
    """Comma-separated text, as a variable has it, as a list."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


def _said(value: object) -> object:
    """A value as librdkafka reads it."""
    return str(value).lower() if isinstance(value, bool) else value


class Elsewhere(Section):
    """A secret that does not stand in the file."""

    env: str | None = None
    file: Path | None = None

    @model_validator(mode="after")
    def _one_place(self) -> "Elsewhere":
        if (self.env is None) == (self.file is None):
            raise ValueError("give either env or file")
        return self

    def read(self) -> str:
        """The secret.

        Raises:
            InputMissing: it is not there.
        """
        if self.env is not None:
            if not (found := os.environ.get(self.env)):
                raise InputMissing(f"{self.env}: the variable is not set", hint=HINT)
            return found
        assert self.file is not None
        try:
            return self.file.expanduser().read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise InputMissing(f"{self.file}: cannot be read ({error})", hint=HINT) from error


class Topics(Section):
    """Names of the topics."""

    new_jobs: str = "new_jobs"
    job_updates: str = "job_updates"
    notifications: str = "notifications"
    failed_jobs_dlq: str = "failed_jobs_dlq"


class Configuration(Section):
    """The documented keys, and after them our own."""

    redis_url: str | None = None
    kafka_servers: Annotated[list[str], BeforeValidator(_listed)] = Field(
        ["localhost:9092"], min_length=1
    )
    biogpu_executable: str | None = None
    jwt_secret: str | None = Field(None, repr=False)
    gpu_device_id: int | str | None = None
    reference_db_path: str | None = None
    resistance_db_path: str | None = None
    max_retries: int = Field(3, ge=0, le=20, description="Option retries of each run")
    base_retry_delay: float | str | None = None

    topics: Topics = Topics()
    group: str = Field("biogpu_workers", min_length=1)
    kafka: dict[str, str | int | float | bool | Elsewhere] = Field(
        default_factory=dict, repr=False, description="Any setting of librdkafka: TLS, SASL"
    )
    url: str | None = Field(None, description="Of the service")

    @model_validator(mode="after")
    def _guarantees(self) -> "Configuration":
        for key in self.kafka:
            if key in _OURS:
                raise ValueError(f"kafka.{key} cannot be set: {_OURS[key]}")
        return self

    def client(self) -> dict[str, Any]:
        """Settings of a client of librdkafka.

        Raises:
            InputMissing: a secret is not there.
        """
        given = {
            key: value.read() if isinstance(value, Elsewhere) else _said(value)
            for key, value in self.kafka.items()
        }
        servers = ",".join(self.kafka_servers)
        return {"client.id": "plumbline", **given, "bootstrap.servers": servers}

    def session_seconds(self) -> float:
        """After which the broker takes one for dead that is silent."""
        given = self.kafka.get("session.timeout.ms")
        return float(given if isinstance(given, (int, float, str)) else 45_000) / 1000

    def where(self) -> str:
        """The broker's address, as messages have it."""
        servers = ",".join(self.kafka_servers)
        is_set = "kafka_servers" in self.model_fields_set
        return servers if is_set else f"{servers} (KAFKA_SERVERS is not set)"

    def unused(self) -> list[str]:
        """A line for each key that is set and means nothing here, with why."""
        return [
            f"{key} is not used: {why}"
            for key, why in _UNUSED.items()
            if key in self.model_fields_set
        ]


def load(path: Path | None, environ: Mapping[str, str] = os.environ) -> Configuration:
    """Read the file and the variables; a variable wins over the key of the same name.

    Args:
        path: of the file; None for none.
        environ: the variables.

    Raises:
        InputMissing: the file is not there.
        BadData: no JSON, a key that is not known, or a value that cannot be.
    """
    content = {} if path is None else _read(path)
    for key in _DOCUMENTED:
        if value := environ.get(key.upper()):
            content[key] = value
    try:
        return Configuration.model_validate(content)
    except ValidationError as error:
        where = f"{path}: " if path else ""
        raise BadData(f"{where}{_first_problem(error)}", hint=HINT) from None


def _read(path: Path) -> dict[str, Any]:
    try:
        content = parse(path.read_bytes())
    except OSError as error:
        raise InputMissing(f"{path}: {error.strerror}", hint="check --config") from error
    except ValueError as error:
        raise BadData(f"{path}: no JSON ({error})", hint=HINT) from error
    if not isinstance(content, dict):
        raise BadData(f"{path}: no object of keys and values", hint=HINT)
    return content


def _first_problem(error: ValidationError) -> str:
    """In one line, without the value: it may be a secret."""
    first = error.errors(include_input=False)[0]
    place = [str(part) for part in first["loc"]]
    if first["type"] == "extra_forbidden":
        known = Topics if place[0] == "topics" else Configuration
        near = nearest(place[-1], known.model_fields)
        return f"unknown key {'.'.join(place)}" + (f"; did you mean {near!r}?" if near else "")
    what = first["msg"].removeprefix("Value error, ")
    name = ".".join(place)
    named = f"{name} (or {name.upper()})" if name in _DOCUMENTED else name
    return f"{named}: {what}" if name else what
