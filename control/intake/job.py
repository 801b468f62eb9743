"""A message of the topic of new jobs, and the submission that it becomes."""

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from control.intake.configuration import ANALYSIS, Configuration
from control.record.lines import parse

Json = dict[str, Any]

LARGEST = 100_000
"""Bytes of the largest message that is read as a job."""
DEEPEST = 30
"""Objects and lists in each other."""

_Text = Annotated[str, Field(min_length=1, max_length=4000)]


class BadJob(Exception):
    """A message that is no job, and never will be; one line.

    Args:
        words: what is wrong.
        data: the object that it is, where it is one.
    """

    def __init__(self, words: str, data: Json | None = None) -> None:
        super().__init__(words)
        self.data = data


class Asked(BaseModel):
    """The documented fields, and two that may be there.

    ``retry_count`` makes a job another try: the same job with the next number is a new run.
    """

    model_config = ConfigDict(strict=True, frozen=True)

    job_id: str = Field(min_length=1, max_length=150)
    sample_id: _Text
    path_to_r1: _Text
    path_to_r2: _Text
    output_path: str | None = None
    retry_count: int = Field(0, ge=0, le=1000)
    species: str | None = None


@dataclass(frozen=True)
class Job:
    """One job.

    Attributes:
        asked: what it says.
        data: as it was sent.
    """

    asked: Asked
    data: Json

    @property
    def key(self) -> str:
        """The idempotency key: the same one is the same run."""
        return f"kafka:{self.asked.retry_count}:{self.asked.job_id}"

    @property
    def unknown(self) -> list[str]:
        """Fields that mean nothing here."""
        return sorted(self.data.keys() - Asked.model_fields.keys())


def read_job(value: bytes | None) -> Job:
    """Read a message.

    Raises:
        BadJob: it is no job.
    """
    if value is None:
        raise BadJob("the message is empty")
    if len(value) > LARGEST:
        raise BadJob(f"the message has {len(value):,} bytes, and {LARGEST:,} are allowed")
    try:
        data = parse(value)
    except ValueError as error:
        raise BadJob(f"no JSON: {error}") from error
    if not isinstance(data, dict):
        raise BadJob(f"a {type(data).__name__}, no object")
    if _depth(data) > DEEPEST:
        raise BadJob(f"nested more than {DEEPEST} deep")
    try:
        return Job(Asked.model_validate(data), data)
    except ValidationError as error:
        found = error.errors(include_input=False)
        words = "; ".join(f"{each['loc'][0]}: {each['msg']}" for each in found)
        raise BadJob(words, data) from None


def _depth(value: Any) -> int:
    """How many objects and lists are in each other, as far as it matters."""
    level, deep = [value], 0
    while level and deep <= DEEPEST:
        inner = [each.values() if isinstance(each, dict) else each for each in level]
        level = [each for part in inner for each in part if isinstance(each, (dict, list))]
        deep += 1
    return deep


def submission(job: Job, configuration: Configuration) -> Json:
    """The body of ``POST /runs`` for a job."""
    asked = job.asked
    row = {"sample": asked.sample_id, "reads_1": asked.path_to_r1, "reads_2": asked.path_to_r2}
    if asked.species:
        row["species"] = asked.species
    databases = {
        "genomes": configuration.reference_db_path,
        "resistance": configuration.resistance_db_path,
    }
    return {
        "name": asked.job_id,
        "analysis": ANALYSIS,
        "config": {"screen": {key: path for key, path in databases.items() if path}},
        "samples": [row],
        "options": {"retries": configuration.max_retries},
        "idempotency_key": job.key,
    }
