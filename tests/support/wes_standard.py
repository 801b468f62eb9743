"""What the standard GA4GH WES 1.1 says of its answers, written down once more."""

from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict

WES = "/ga4gh/wes/v1"
ASKED = {"workflow_type": "SMK", "workflow_type_version": "9", "workflow_url": "plumbline#qc"}
TIME = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"

WesState = Literal[
    "UNKNOWN",
    "QUEUED",
    "INITIALIZING",
    "RUNNING",
    "PAUSED",
    "COMPLETE",
    "EXECUTOR_ERROR",
    "SYSTEM_ERROR",
    "CANCELED",
    "CANCELING",
    "PREEMPTED",
]


class Standard(BaseModel):
    """Nothing is null, and nothing is there that the standard does not name."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Status(Standard):
    run_id: str
    state: WesState


class Summary(Status):
    start_time: str = ""
    end_time: str = ""
    tags: dict[str, str]


class RunList(Standard):
    runs: list[Summary]
    next_page_token: str


class Request(Standard):
    workflow_params: dict[str, Any]
    workflow_type: str
    workflow_type_version: str
    tags: dict[str, str]
    workflow_engine_parameters: dict[str, str]
    workflow_url: str


class Log(Standard):
    name: str
    cmd: list[str]
    start_time: str = ""
    end_time: str = ""
    stdout: str = ""
    stderr: str = ""
    exit_code: int | None = None
    system_logs: list[str]


class TaskLog(Log):
    id: str


class TaskList(Standard):
    task_logs: list[TaskLog]
    next_page_token: str


class RunLog(Status):
    request: Request
    run_log: Log
    task_logs_url: str
    task_logs: None
    outputs: dict[str, str]


class Error(Standard):
    msg: str
    status_code: int


class ServiceInfo(Standard):
    id: str
    name: str
    type: dict[Literal["group", "artifact", "version"], str]
    organization: dict[Literal["name", "url"], str]
    version: str
    workflow_type_versions: dict[str, dict[Literal["workflow_type_version"], list[str]]]
    supported_wes_versions: list[str]
    supported_filesystem_protocols: list[str]
    workflow_engine_versions: dict[str, dict[Literal["workflow_engine_version"], list[str]]]
    default_workflow_engine_parameters: list[dict[Literal["name", "type", "default_value"], str]]
    system_state_counts: dict[WesState, int]
    auth_instructions_url: str
    tags: dict[str, str]


class RunId(Standard):
    run_id: str


T = TypeVar("T", bound=BaseModel)


def told(model: type[T], answer: Any, status: int = 200) -> T:
    """What an answer says, if it is one of the standard."""
    assert (answer.status_code, answer.mimetype) == (status, "application/json"), answer.text
    return model.model_validate_json(answer.get_data())
