"""What the callers of a row make of its reads: call sets, compared as one that was brought."""

from collections.abc import Iterator, Mapping
from typing import Any

from engines.configuration.callers import CALLERS, STRUCTURAL, settings_of
from engines.configuration.libraries import Library
from engines.configuration.plan import SMALL_VARIANTS, Sample, Truth
from engines.configuration.problems import Problems
from engines.configuration.settings import builds
from engines.configuration.sheet import SIMULATE, Row
from engines.configuration.truth import find_truth

IN_TARGET = "called in the target only, and compared are those of the whole genome"


def truth_to_simulate(row: Row, config: Mapping[str, Any], problems: Problems) -> str | None:
    """The VCF that reads of a row are simulated from, None where they are not, or it has none."""
    build = row.get("build") or config["build"]
    if row.get("fastq_1") != SIMULATE or build not in builds(config):
        return None
    truth = find_truth(row, SMALL_VARIANTS, build, config["references"], problems, {})
    return truth.vcf if truth else None


def find_call_sets(
    row: Row, library: Library, config: Mapping[str, Any], problems: Problems
) -> Iterator[Sample]:
    """A sample for each caller, named ``SAMPLE.CALLER``.

    Calls that nobody has a truth for are made all the same, and their comparison is left out.
    """
    truths: dict[str, Truth | None] = {}
    why: dict[str, str] = {}
    for caller in library.callers:
        settings = settings_of(caller, config)
        kind = CALLERS[settings["caller"]]
        if kind == STRUCTURAL and library.target:
            truths[kind], why[kind] = None, IN_TARGET
        elif kind not in truths:
            truths[kind] = find_truth(row, kind, library.build, config["references"], problems, why)
        truth = truths[kind]
        yield Sample(
            name=library.call_set(caller),
            build=library.build,
            queries={kind: library.calls(caller)} if truth else {},
            truths={kind: truth} if truth else {},
            target=library.target,
            sex=library.sex,
            query_sample=None,
            called=(library.name, caller),
            left_out={} if truth else {kind: why.get(kind, "no truth")},
            gvcf=settings["gvcf"],
        )
