"""Settings of the service: one YAML file, checked before anything starts.

The first of ``--config``, ``$PLUMBLINE_CONFIG`` and ``~/.config/plumbline/service.yaml``
is read; without any, the defaults make a service for one person on one machine.
docs/service.md describes every key.
"""

import os
import re
import stat
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from control.record.run_dir import runs_dir
from engines.contract.errors import BadData, InputMissing, nearest

ROOT = Path(__file__).resolve().parents[1]


def _absolute(value: object) -> object:
    return Path(value).expanduser().absolute() if isinstance(value, str | Path) else value


AbsolutePath = Annotated[Path, BeforeValidator(_absolute)]


def _network(value: str) -> str:
    if value != "unix":  # clients of a unix socket have no address
        ip_network(value)
    return value


Network = Annotated[str, AfterValidator(_network)]
Address = Annotated[str, Field(pattern=r"^https?://[^/?#\s]+(/[^?#\s]*)?$")]
Origin = Annotated[str, Field(pattern=r"^https?://[^/?#\s]+$")]


def _prefix(*schemes: str) -> AfterValidator:
    def check(value: str) -> str:
        scheme, mark, rest = value.partition("://")
        steps = rest.split("/")
        is_odd = not value.isprintable() or any(c in value for c in "@?#%\\ *{}")
        has_place = rest.startswith("/") and rest.strip("/") if scheme == "file" else steps[0]
        if not mark or scheme not in schemes or not has_place or is_odd:
            known = " or ".join(f"{each}://…" for each in schemes)
            raise ValueError(f"should be the beginning of an address, {known}, as it stands")
        if any(step in (".", "..") for step in steps):
            raise ValueError("should have no . or .. in it")
        return value

    return AfterValidator(check)


SourcePrefix = Annotated[str, _prefix("s3", "https")]
UploadPrefix = Annotated[str, _prefix("s3", "file")]


class Section(BaseModel):
    """A part of the settings; a key that it does not know is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Limits(Section):
    """How much may be used at once; None means no limit."""

    runs: int | None = Field(None, ge=1, description="Runs at the same time")
    cores: int | None = Field(None, ge=1, description="Cores of all runs at work on this machine")
    mem_mb: int | None = Field(
        None, ge=1, description="Memory of all runs at work on this machine, in MB"
    )
    storage_gb: float | None = Field(None, gt=0, description="Size of all run directories, in GB")
    run_hours: float | None = Field(None, gt=0, description="How long one run may take")


class Oidc(Section):
    """Sign-in through an institution's OpenID Connect provider."""

    issuer: str = Field(description="Address of the provider, without /.well-known/…")
    client_id: str
    client_secret_file: AbsolutePath = Field(description="File that holds the client's secret")
    user_claim: str = "preferred_username"
    name: str = Field("your institution", description="What the sign-in button says")


class ProxyHeader(Section):
    """Sign-in by a header that a trusted reverse proxy sets."""

    header: str = "X-Remote-User"
    trusted: list[Network] = Field(
        min_length=1, description="Addresses or networks of the proxies that may set it, or unix"
    )


class ExternalJwt(Section):
    """Bearer tokens signed by somebody else."""

    issuer: str
    audience: str
    jwks_url: str | None = None
    public_key_file: AbsolutePath | None = None
    user_claim: str = "sub"

    @model_validator(mode="after")
    def _one_key(self) -> "ExternalJwt":
        if (self.jwks_url is None) == (self.public_key_file is None):
            raise ValueError("give either jwks_url or public_key_file")
        return self


class Access(Section):
    """Who may sign in, from where, and what they see."""

    oidc: Oidc | None = None
    proxy_header: ProxyHeader | None = None
    jwt: ExternalJwt | None = None
    proxies: list[Network] = Field(
        default_factory=list,
        description="Reverse proxies whose X-Forwarded-For names the client, or unix",
    )
    origins: list[Origin] = Field(
        default_factory=list, description="Other origins whose pages may use the service"
    )
    everyone_sees_all_runs: bool = False
    session_hours: float = Field(12, gt=0)
    audit_days: int | None = Field(None, ge=90, description="Delete audit entries older than this")
    requests_per_minute: int = Field(600, ge=1, description="Of one user or address")
    connections_per_user: int = Field(2000, ge=1, description="WebSockets and waiting polls")


class Allow(Section):
    """What submitted runs may name besides what the workflow knows; all closed by default."""

    profiles: list[AbsolutePath] = Field(
        default_factory=list, description="Profiles besides those in profiles/"
    )
    executables: list[AbsolutePath] = Field(default_factory=list)
    input_folders: list[AbsolutePath] = Field(
        default_factory=list, description="Where input files named by path may lie"
    )
    sources: list[SourcePrefix] | None = Field(
        None, description="Beginnings of the addresses that may be read; None: any s3 or https"
    )
    uploads: list[UploadPrefix] = Field(
        default_factory=list, description="Beginnings of the addresses that may be written to"
    )
    requester_pays: bool = Field(
        False, description="Let submissions agree that the service's account pays for requests"
    )


class Shared(Section):
    """Folders that all runs share; None: the variable of that name, else beside the runs."""

    fetched: AbsolutePath | None = Field(None, description="Downloads ($PLUMBLINE_FETCHED)")
    cohort: AbsolutePath | None = Field(
        None, description="Quality metrics that new samples are compared with ($PLUMBLINE_COHORT)"
    )
    history: AbsolutePath | None = Field(
        None, description="Results of every run ($PLUMBLINE_HISTORY)"
    )


class Notifications(Section):
    """Addresses that hear of every run; users add their own."""

    addresses_file: AbsolutePath | None = Field(
        None, description="File with one Apprise address a line (they hold secrets)"
    )
    events: list[Literal["completed", "failed", "cancelled", "interrupted", "dead_letter"]] = [
        "failed",
        "interrupted",
        "dead_letter",
    ]
    allow_private_hosts: bool = Field(
        False, description="Let users send to addresses inside the network"
    )


class Retention(Section):
    """How long runs are kept."""

    keep_days: int | None = Field(None, ge=1, description="Delete finished runs older than this")


def _option(value: str) -> str:
    name = value.partition("=")[0]
    if not re.fullmatch(r"--[a-z][a-z-]+(=[\x20-\x7e]*)?", value):
        raise ValueError("should be one long option of sbatch: --name or --name=value")
    if name in _SBATCH_OURS:
        raise ValueError("is set by the launcher itself")
    return value


_SBATCH_OURS = frozenset(
    {"--job-name", "--output", "--error", "--open-mode", "--parsable", "--requeue", "--signal"}
    | {
        "--no-requeue",
        "--dependency",
        "--chdir",
        "--array",
        "--wrap",
        "--wait",
        "--input",
        "--clusters",
    }
)

_SBATCH_NAME = r"^[\w.,:@+-]*$"


class SlurmLauncher(Section):
    """The driver of a run is a batch job: the run survives the machine that submitted it."""

    kind: Literal["slurm"]
    partition: str = Field("", pattern=_SBATCH_NAME, description="Empty: the cluster's default")
    account: str = Field("", pattern=_SBATCH_NAME, description="Empty: your default one")
    qos: str = Field("", pattern=_SBATCH_NAME, description="Empty: the default one")
    runtime: Annotated[str, Field(pattern=r"^(|\d+|\d+-\d{1,2}(:\d{2}(:\d{2})?)?)$")] = Field(
        "", description="Minutes, or D-HH:MM; empty: as long as the partition allows by default"
    )
    mem_mb: int = Field(4000, ge=500, description="Memory of the driver's job")
    cpus: int = Field(1, ge=1, description="Its CPUs; all there are for jobs that run inside of it")
    extra: list[Annotated[str, AfterValidator(_option)]] = Field(
        default_factory=list, description="Further options of sbatch"
    )

    @field_validator("runtime", mode="before")
    @classmethod
    def _minutes(cls, value: object) -> object:
        return str(value) if isinstance(value, int) else value


def _ssh_option(value: str) -> str:
    name, mark, rest = value.partition("=")
    known = {each.lower() for each in _SSH_OPTIONS}
    if not mark or not rest or not value.isprintable() or name.lower() not in known:
        raise ValueError(f"should be NAME=VALUE, with a name of {', '.join(sorted(_SSH_OPTIONS))}")
    return value


_SSH_OPTIONS = frozenset(
    {"Port", "User", "HostName", "HostKeyAlias", "IdentityFile", "IdentitiesOnly", "IdentityAgent"}
    | {"CertificateFile", "ProxyJump", "UserKnownHostsFile", "GlobalKnownHostsFile"}
    | {"ConnectTimeout", "ConnectionAttempts", "ServerAliveInterval", "ServerAliveCountMax"}
    | {"Compression", "AddressFamily", "BindAddress", "BindInterface", "GSSAPIAuthentication"}
)


class SshLauncher(Section):
    """The driver of a run is on another host, reached by the system's OpenSSH."""

    kind: Literal["ssh"]
    host: str = Field(
        pattern=r"^[A-Za-z0-9_][\w.@:-]*$", description="An alias of ssh_config, or USER@HOST"
    )
    config_file: AbsolutePath | None = Field(None, description="Instead of ~/.ssh/config")
    options: list[Annotated[str, AfterValidator(_ssh_option)]] = Field(
        default_factory=list, description="Of ssh_config: Port=2222"
    )
    files: Literal["copy", "shared"] = Field(
        "copy", description="Whether files are copied there and back, or lie on a shared disk"
    )
    folder: str = Field("", description="Of run directories there; empty: as it is set there")
    plumbline: str = Field("plumbline", description="The command there")
    profile: str = Field("default", description="Of a run that names none but the default one")


Launcher = Annotated[SlurmLauncher | SshLauncher, Field(discriminator="kind")]
_LAUNCHERS: dict[str, type[Section]] = {"slurm": SlurmLauncher, "ssh": SshLauncher}

LOCAL = "local"
"""The launcher that is always there: the driver of a run is a process of this machine."""


def _launcher_name(value: str) -> str:
    if value == LOCAL:
        raise ValueError(f"{LOCAL} is this machine, and is always there")
    return value


LauncherName = Annotated[
    str, Field(pattern=r"^[A-Za-z][\w.-]{0,62}$"), AfterValidator(_launcher_name)
]


def _with_sample(value: str) -> str:
    if not re.fullmatch(r"(s3|https)://\S*\{sample\}\S*", value):
        raise ValueError("needs {sample}, like s3://bucket/{sample}/ or https://host/{sample}/")
    return value


class AwsImports(Section):
    """What a run is that a client of the GIAB dashboard asks for, who names only a sample."""

    source: Annotated[str, AfterValidator(_with_sample)] | None = Field(
        None, description="Where the files of a sample are: s3://…/{sample}/; None: no imports"
    )
    config: dict[str, Any] = Field(
        default_factory=dict, description="Configuration of these runs, as in config/README.md"
    )
    profile: str = Field("default", description="Where and how their jobs run")
    launcher: str = Field(LOCAL, description="Where their drivers live")


class Documented(Section):
    """What clients that were written for other systems do not say (docs/interfaces.md)."""

    aws: AwsImports = AwsImports()


class Settings(Section):
    """Everything that can be set."""

    runs: list[AbsolutePath] = Field(
        default_factory=lambda: [runs_dir()],
        min_length=1,
        description="Folders of run directories; submitted runs go into the first",
    )
    state: AbsolutePath = Field(
        default_factory=lambda: runs_dir("", {**os.environ, "PLUMBLINE_RUNS": ""}).parent,
        description="The service's own files, on a local disk",
    )
    workflow: AbsolutePath = Field(ROOT, description="Folder that holds workflow/Snakefile")
    listen: str = Field("127.0.0.1:8765", description="HOST:PORT or unix:PATH")
    base_path: str = Field("", pattern=r"^(/[\w.~-]+)*$", description="Prefix behind a proxy")
    public_url: Address | None = Field(None, description="Address that people use, for links")
    workers: int = Field(1, ge=1, le=64)
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_message_mb: float = Field(20, gt=0, description="Of one job's log, what is streamed")
    upload_gb: float = Field(100, gt=0, description="Largest uploaded file")
    resume_interrupted: bool = Field(False, description="Resume interrupted runs by itself")
    ga4gh_wes: bool = Field(False, description="Speak GA4GH WES at /ga4gh/wes/v1 as well")
    launchers: dict[LauncherName, Launcher] = Field(
        default_factory=dict, description="Where drivers of runs may live besides this machine"
    )
    limits: Limits = Limits()
    limits_per_user: Limits = Limits()
    access: Access = Access()
    allow: Allow = Allow()
    shared: Shared = Shared()
    notifications: Notifications = Notifications()
    retention: Retention = Retention()
    documented: Documented = Documented()


class StateDir:
    """The files of the service itself (0700).

    Args:
        path: the folder; made by :meth:`make`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.index = self.path / "index.db"
        self.service = self.path / "service.db"
        self.secret_key = self.path / "secret.key"
        self.server = self.path / "server.json"  # address and process of the running service
        self.client_token = self.path / "client.token"  # for the command line of its account
        self.journals = self.path / "journals"  # of runs whose directory is not ours
        self.backups = self.path / "backups"
        self.lock = self.path / "serve.lock"
        self.ingest_lock = self.path / "ingest.lock"
        self.steward_lock = self.path / "steward.lock"
        # replaced every second or so by the process they are named after, for /health
        self.ingest_report = self.path / "ingest.json"
        self.steward_report = self.path / "steward.json"
        self.workers = self.path / "workers"  # what each web worker counts, for /metrics
        self.queue_wake = self.path / "queue.wake"  # touched: the steward looks at the queue now
        self.nudges = self.path / "nudges"  # runs that ingest is to look at, by run id
        self.charts = self.path / "charts"  # the library that draws them, made once
        self.ssh = self.path / "ssh"  # by what name other hosts know us, and what was deleted here
        self.reindex_request = self.path / "reindex.request"  # answered by ingest: it is removed

    def make(self) -> "StateDir":
        """Make the folder, for its owner alone.

        One that is there already may hold runs that a group reads; everybody else is kept out.

        Raises:
            OSError: it cannot be made.
        """
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = self.path.stat()
        if status.st_uid == os.getuid() and status.st_mode & 0o027:
            self.path.chmod(stat.S_IMODE(status.st_mode) & ~0o027)
        for folder in (self.journals, self.backups, self.workers, self.charts):
            folder.mkdir(mode=0o700, exist_ok=True)
        return self


def load(path: Path | None = None, overrides: Mapping[str, Any] | None = None) -> Settings:
    """Read and check the settings.

    Args:
        path: what ``--config`` said.
        overrides: options of the command line, by key; None values are passed over.

    Raises:
        InputMissing: ``path``, or what PLUMBLINE_CONFIG names, is not there.
        BadData: no YAML, an unknown key, or a value that cannot be; with file and key.
    """
    given = path or (Path(named) if (named := os.environ.get("PLUMBLINE_CONFIG")) else None)
    home = Path(os.environ.get("XDG_CONFIG_HOME") or "~/.config").expanduser()
    file = given or home / "plumbline" / "service.yaml"
    content: dict[str, Any] = {}
    if file.exists():
        content = _read(file)
    elif given:
        raise InputMissing(f"{file}: no such settings file", hint="check --config")
    content.update({k: v for k, v in (overrides or {}).items() if v is not None})
    try:
        return Settings.model_validate(content)
    except ValidationError as error:
        raise BadData(f"{file}: {_first_problem(error)}", hint="see docs/service.md") from None


def _read(file: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise BadData(f"{file}:{where} no YAML", hint="check quotes and indents") from None
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise BadData(f"{file}: not a list of keys and values", hint="see docs/service.md")
    return content


def _first_problem(error: ValidationError) -> str:
    first = error.errors()[0]
    # of a launcher the kind is named, too, which is no key of the file
    parts = [p for n, p in enumerate(first["loc"]) if n != 2 or first["loc"][0] != "launchers"]
    key = ".".join(str(part) for part in parts)
    if first["type"] == "extra_forbidden":
        near = nearest(str(first["loc"][-1]), _keys_at(first["loc"][:-1]))
        return f"unknown key {key}" + (f"; did you mean {near!r}?" if near else "")
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    said = first["msg"].removeprefix("Value error, ")
    return f"{key}: {said}, not {first['input']!r}"[:300] + more


def _keys_at(place: tuple[int | str, ...]) -> list[str]:
    """The keys that the section at ``place`` knows."""
    section: Any = Settings
    if place[:1] == ("launchers",) and len(place) == 3:
        section, place = _LAUNCHERS[str(place[2])], ()
    for part in place:
        field = section.model_fields.get(part) if hasattr(section, "model_fields") else None
        if field is None:
            return []
        kinds = [field.annotation, *getattr(field.annotation, "__args__", ())]
        section = next((kind for kind in kinds if hasattr(kind, "model_fields")), None)
    return list(getattr(section, "model_fields", ()))
