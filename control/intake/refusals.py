"""What a refusal of the service means for a job: whose fault it is, in the job's own words."""

import re
from dataclasses import dataclass

from control.client.api import Refused
from control.intake.job import Job
from engines.contract.errors import EngineError

FINAL = frozenset({400, 409, 413, 415, 422})
"""What the service answers where this one job is wrong. Anything else passes, or is put right."""
DEFECT = 500

_OPERATORS = ("config.yaml", "options", "body.options", "profile", "analysis", "launcher")
_NAMES = {
    "reads_1": "path_to_r1",
    "reads_2": "path_to_r2",
    "sample": "sample_id",
    "name": "job_id",
    "screen.genomes": "reference_db_path",
    "screen.resistance": "resistance_db_path",
    "options.retries": "max_retries",
}
_RUN = re.compile(r"\brun (\S+)")


@dataclass(frozen=True)
class Refusal:
    """Why a job has no run.

    Attributes:
        status: of HTTP; 0 where there was no answer.
        message, hint: a line each; the hint may be empty.
        is_operators: the configuration is wrong, not the job.
    """

    status: int
    message: str
    hint: str
    is_operators: bool = False

    @property
    def is_final(self) -> bool:
        """It is the job that is wrong."""
        return self.status in FINAL and not self.is_operators

    def __str__(self) -> str:
        return "; ".join(filter(None, (self.message, self.hint)))


def refusal(error: EngineError, job: Job) -> Refusal:
    """What an error of a submission means."""
    if not isinstance(error, Refused):
        return Refusal(0, _line(error.message), _line(error.hint))
    places = error.places
    wrong = [each for each in places if is_operators(each["place"])]
    if shown := wrong or places:
        messages = (said(each["place"], each["message"]) for each in shown)
        hints = dict.fromkeys(each.get("hint", "") for each in shown)
        told = ("; ".join(messages), "; ".join(filter(None, hints)))
        return Refusal(error.status, _line(told[0]), _line(told[1]), bool(wrong))
    if error.status == 409:
        return _clash(error, job)
    return Refusal(error.status, _line(error.message), _line(error.hint))


def is_operators(place: str) -> bool:
    """Whether what stands at a place of a submission comes from the configuration."""
    return place.startswith(_OPERATORS)


def said(place: str, message: str) -> str:
    """A problem, with the name that its place has for who wrote the job or the configuration."""
    name = place.rpartition(", ")[2]
    if name in ("submission", "samples.tsv", "config.yaml") or name.startswith("row "):
        return message
    return f"{_NAMES.get(name, name)}: {message}"


def _clash(error: Refused, job: Job) -> Refusal:
    found = _RUN.search(error.message)
    run = f" (run {found[1]})" if found else ""
    was_deleted = "deleted" in error.message
    what = "had a run that was deleted" if was_deleted else "came before with other content"
    hint = "send another job_id, or the next retry_count"
    return Refusal(409, f"job_id {job.asked.job_id} {what}{run}", hint)


def _line(text: str) -> str:
    return " ".join(text.split())
