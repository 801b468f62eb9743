"""From a log record of Snakemake to one JSON object: a table, and no state.

The names of fields are Snakemake's, but for two things that it spells in two
ways: the id of a job is always ``jobid``, that of a group always ``group_id``.
docs/run-directory.md describes every event.
"""

import logging
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from control.record.lines import timestamp
from control.record.redaction import hide_secrets, hide_user

Event = dict[str, Any]

# What is kept of each event of Snakemake 9.27. A field that a record lacks is left out.
FIELDS: Mapping[str, str] = {
    "workflow_started": "workflow_id snakemake_version python_version platform host user cmd cwd"
    " rundir basedir snakefile_main configfiles config_md5",
    "rulegraph": "rulegraph",
    "resources_info": "cores nodes provided_resources",
    "run_info": "stats",
    "job_started": "jobs",
    "group_info": "group_id",
    "job_info": "jobid rule_name rule_msg wildcards input output log benchmark threads resources"
    " priority reason local is_checkpoint is_handover shellcmd",
    "shellcmd": "cmd",
    "job_finished": "job_id",
    "progress": "done total",
    "job_error": "jobid rule_name rule_msg input output log conda_env container_img shellcmd aux",
    "group_error": "groupid aux_logs external_jobid",
    "cluster_jobs": "jobs",
    "error": "exception",
}
_FIELDS = {event: tuple(names.split()) for event, names in FIELDS.items()}
# Free text, where a secret can stand anywhere; in the others it would be in a URL.
_TEXTS = frozenset({"cmd", "shellcmd", "rule_msg", "reason"})
_RENAMED = {"job_id": "jobid", "groupid": "group_id"}
# Of these the text says what the fields do not; of the others it repeats them.
_WITH_TEXT = ("error", "resources_info")


def translate(record: logging.LogRecord) -> Event | None:
    """Give a record as a JSON object: ``time``, ``level``, ``event``, then its fields.

    A record without an event is a ``message``; an event that later versions of
    Snakemake may bring keeps its name and text.

    Returns:
        None for what is dropped on purpose: DEBUG_DAG, a SHELLCMD that repeats the
        command of its JOB_INFO, and texts below INFO or without words.
    """
    given = vars(record)
    event = given.get("event")
    name = "message" if event is None else str(event).lower()
    if _is_dropped(name, record):
        return None
    result: Event = {
        "time": timestamp(record.created),
        "level": record.levelname.lower(),
        "event": name,
    }
    for field in _FIELDS.get(name, ()):
        if field in given:
            value = plain(given[field])
            if field in _TEXTS and value is not None:
                value = hide_secrets(str(value))
            result[_RENAMED.get(field, field)] = value
    if name in _DERIVED:
        result.update(_DERIVED[name](record))
    if name not in _FIELDS or name in _WITH_TEXT:
        result["message"] = hide_secrets(_text(record))
    return result


def plain(value: Any) -> Any:
    """Give ``value`` in types that JSON has; anything unknown becomes its text.

    Resources that Snakemake keeps for itself (``_cores``, ``_nodes``) are left out,
    and so are user and password of URLs.
    """
    if isinstance(value, str):
        return hide_user(str(value))
    if value is None or isinstance(value, int):
        return value
    if hasattr(value, "items"):  # dictionaries, and Snakemake's named lists
        pairs = ((str(key), item) for key, item in value.items())
        return {key: plain(item) for key, item in pairs if not key.startswith("_")}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    return hide_user(str(value))


def _is_dropped(name: str, record: logging.LogRecord) -> bool:
    if name == "message":
        return record.levelno < logging.INFO or not _text(record)
    return name == "debug_dag" or (name == "shellcmd" and not hasattr(record, "cmd"))


def _text(record: logging.LogRecord) -> str:
    text = record.getMessage()
    # the queue between Snakemake and its loggers makes a text of a missing one
    return "" if text == "None" else text


def _of_group_info(record: logging.LogRecord) -> Event:
    """The ids of a group's jobs, and the id by which job_started and the texts know the group."""
    jobs: Iterable[Any] = getattr(record, "jobs", ())
    result: Event = {"jobs": sorted(job.jobid for job in jobs)}
    for job in jobs:
        group = job.dag.get_job_group(job) if hasattr(job, "dag") else None
        if group is not None:
            return result | {"jobid": str(group.jobid)}
    return result


def _of_group_error(record: logging.LogRecord) -> Event:
    return {"jobs": sorted(info["jobid"] for info in getattr(record, "job_error_info", ()))}


_DERIVED: Mapping[str, Callable[[logging.LogRecord], Event]] = {
    "group_info": _of_group_info,
    "group_error": _of_group_error,
}
