"""The machine's verdicts among the results, checked before anything of them is shown."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from control.record.plain_text import visible
from control.verdicts.machine import ENDING
from control.verdicts.words import MachineWord
from control.web.views.material import Material

Number = float | None


@dataclass(frozen=True)
class Judged:
    """What the machine says of one sample: the part of its file that is shown.

    Attributes:
        metrics: the worst first.
        unusual: metrics without a threshold that are far from the cohort.
        low_regions: the worst regions of its target, with the percentage that is covered.
        not_measured: of what nothing was collected, with the metrics that would be judged.
        thresholds: what they are called.
    """

    sample: str
    verdict: str
    date: str | None
    counts: dict[str, int]
    metrics: list[dict[str, Any]]
    unusual: list[dict[str, Any]]
    low_regions: list[dict[str, Any]]
    not_measured: list[dict[str, Any]]
    thresholds: str
    warnings: list[str]


class _Part(BaseModel):
    # what a later version adds is left aside; a number that is none is damage
    model_config = ConfigDict(allow_inf_nan=False)


class _Bounds(_Part):
    lowest: Number
    highest: Number
    z: Number


class _Threshold(_Part):
    warn: _Bounds | None
    fail: _Bounds | None
    allowed: list[str] | None


class _Place(_Part):
    n: int
    median: float
    mad: float
    z: Number
    rank: int


class _Metric(_Part):
    metric: str
    group: str
    value: float | str | None
    unit: str
    verdict: MachineWord
    reason: str
    threshold: _Threshold
    cohort: _Place | None


class _Unusual(_Part):
    metric: str
    group: str
    value: float
    cohort: _Place


class _LowRegion(_Part):
    region: str
    percent: Number


class _NotMeasured(_Part):
    of: str
    metrics: list[str]


class _Sample(_Part):
    sample: str
    date: str | None
    verdict: MachineWord
    counts: dict[MachineWord, int]
    metrics: list[_Metric]
    unusual: list[_Unusual]
    # verdicts of earlier versions have none of these
    low_regions: list[_LowRegion] = []
    not_measured: list[_NotMeasured] = []


class _Thresholds(_Part):
    name: str


class _File(_Part):
    schema_: Literal["plumbline/qc.verdict/1"] = Field(alias="schema")
    thresholds: _Thresholds
    samples: list[_Sample] = Field(min_length=1, max_length=1)
    warnings: list[str]


def read(material: Material) -> tuple[list[Judged], list[str]]:
    """All samples that were judged, and what cannot be used, a line each."""
    found, problems = [], []
    for path in material.files:
        text = material.text(path)
        if text is None:
            continue  # it went, or why it is not read is a problem of the material
        try:
            file = _File.model_validate(json.loads(text))
        except (ValueError, RecursionError) as error:
            problems.append(f"{path}: is damaged, so it is left out ({_first(error)})")
            continue
        if file.samples[0].sample != Path(path).name.removesuffix(ENDING):
            problems.append(f"{path}: is about another sample, so it is left out")
            continue
        found.append(_judged(file))
    return found, [*material.problems, *problems]


def _judged(file: _File) -> Judged:
    sample = file.samples[0].model_dump(mode="json")
    return Judged(
        **{key: value for key, value in sample.items() if key in Judged.__dataclass_fields__},
        thresholds=file.thresholds.name,
        warnings=[visible(text) for text in file.warnings],
    )


def _first(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        return visible(f"{'.'.join(map(str, first['loc']))}: {first['msg']}")[:200]
    return visible(str(error))[:200] or "nested too deeply"
