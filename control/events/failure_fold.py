"""Why attempts of jobs failed, and runs: from `error` and `rule` messages to rows of the index.

An attempt has an error of Snakemake ("exit status 65") and, where its tool says why, errors
of its own, which may come before or after it: the last one of its own counts.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from control.events.error_kind import kind_of
from control.events.index_file import Record

Fields = Mapping[str, Any]
Key = tuple[int, int, int]
OF_THE_RUN = -1
"""Job id of an error that is the run's own; its attempt is the message's sequence."""


class FailureFold:
    """Folds what is told of failures of one run.

    Args:
        run_id: the run.
        find: what the index has of an attempt, by process, job id and attempt.

    Attributes:
        rows: records that changed or are new.
    """

    def __init__(self, run_id: str, find: Callable[[Key], Record | None]) -> None:
        self._run_id, self._find = run_id, find
        self.rows: dict[Key, Record] = {}

    def error(self, data: Fields, where: Record) -> None:
        """An error was told."""
        if "jobid" in data:
            row = self._row(data, where)
            if row["is_own"] and data.get("source") != "job":
                return
        else:
            row = self._new((0, OF_THE_RUN, where["sequence"]), where)
            row["failed"] = 1
        wildcards = data.get("wildcards", {})
        row |= {"error_class": data["error_class"], "code": data.get("code")}
        row |= {"message": data["message"], "hint": data.get("hint", "")}
        row |= {"is_own": int(data.get("source") == "job")}
        row["kind"] = kind_of(data["message"], wildcards.values())

    def failed(self, data: Fields, where: Record) -> None:
        """An attempt failed."""
        row = self._row(data, where)
        row |= {"failed": 1, "sequence": where["sequence"], "timestamp": where["timestamp"]}
        row["logs"] = json.dumps(data.get("log", []), ensure_ascii=False)
        if not row["message"]:
            wildcards = data.get("wildcards", {})
            row["message"] = data.get("message", "")
            row["kind"] = kind_of(row["message"], wildcards.values())

    def _row(self, data: Fields, where: Record) -> Record:
        key = data.get("process", 1), data["jobid"], data["attempt"]
        if key not in self.rows:
            self.rows[key] = self._find(key) or self._new(key, where)
        row = self.rows[key]
        if "rule" in data:
            row["rule"] = data["rule"]
            row["wildcards"] = json.dumps(data["wildcards"], ensure_ascii=False)
        return row

    def _new(self, key: Key, where: Record) -> Record:
        process, jobid, attempt = key
        row: Record = {"run_id": self._run_id, "process": process, "jobid": jobid}
        row |= {"attempt": attempt, "failed": 0, "rule": "", "wildcards": "{}"}
        row |= {"sequence": where["sequence"], "timestamp": where["timestamp"]}
        row |= {"error_class": "unknown", "code": None, "message": "", "hint": ""}
        row |= {"is_own": 0, "kind": "", "logs": "[]"}
        self.rows[key] = row
        return row
