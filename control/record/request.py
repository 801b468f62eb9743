"""``request.json``: what somebody asked for, written once by the submitter."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, get_type_hints

from control.record.fields import read_fields
from control.record.lines import parse
from control.record.run_dir import RunDir, UnreadableRun
from control.record.small_file import read_small


@dataclass(frozen=True)
class Request:
    """What was asked.

    Attributes:
        user: who asked, as the service knows them. Believed only where the file
            belongs to the service's own account.
        name: what people call the run.
        analysis: name of the analysis (see GET /analyses), or "" where targets are given.
        targets: rules or files to make; empty means the analysis' own.
        profile: name in ``profiles/``, or a path that the administrator allows.
        options: of Snakemake, from the known list: cores, mem_mb, retries …
        launcher: where its driver lives: ``local``, or a name of the settings.
        idempotency_key: of the client; the same key gives the same run.
        tags: of the client, for its own use.
        rerun_of: the run whose changed copy this is.
        created: UTC with milliseconds.
    """

    user: str = ""
    name: str = ""
    analysis: str = ""
    targets: list[str] = field(default_factory=list)
    profile: str = "default"
    options: Mapping[str, Any] = field(default_factory=dict)
    launcher: str = "local"
    idempotency_key: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    rerun_of: str | None = None
    created: str = ""

    def to_json(self) -> str:
        """The content of the file."""
        return json.dumps(asdict(self), indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Request":
        """Read ``request.json``; keys of a later version are passed over.

        Raises:
            ValueError: no JSON object, or a field of another type.
        """
        types = {**get_type_hints(cls), "targets": list, "options": dict, "tags": dict}
        known = read_fields(parse(text), types)
        if not all(isinstance(target, str) for target in known.get("targets", ())):
            raise ValueError("targets are not all texts")
        if not all(isinstance(value, str) for value in known.get("tags", {}).values()):
            raise ValueError("tags are not all texts")
        return cls(**known)


def read_request(run_dir: RunDir) -> Request | None:
    """What was asked of this run; None for a run that somebody typed.

    Raises:
        UnreadableRun: there is a request that says nothing.
    """
    try:
        return Request.from_json(read_small(run_dir.request))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UnreadableRun(f"{run_dir.request}: {error.strerror}") from error
    except ValueError as error:
        raise UnreadableRun(f"{run_dir.request}: {error}") from error
