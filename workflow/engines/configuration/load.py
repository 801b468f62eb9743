"""From a parsed configuration to a plan, or to one line for each thing that is wrong."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from engines.configuration.commands import happy_engine
from engines.configuration.datasets import find_datasets
from engines.configuration.plan import Dataset, Plan, Sample, Truth
from engines.configuration.problems import ConfigurationError, Problems
from engines.configuration.settings import Source, builds, check_settings, no_build
from engines.configuration.sheet import QUERIES, VA_DATA, Row, read_sheet
from engines.configuration.truth import find_truth
from engines.contract.errors import EngineError
from engines.references import catalogue


def load(
    config: Mapping[str, Any], files: Sequence[str | Path], typed: Mapping[str, Any] | None = None
) -> Plan:
    """Check a configuration and its sample sheet.

    Reads the sample sheet and the catalogue of references; of every other file it
    asks the file system only whether it is there.

    Args:
        config: keys and values as Snakemake has merged them.
        files: the configuration files they came from, for messages.
        typed: those that came from the command line (``--config``), for messages.

    Raises:
        ConfigurationError: one line for each problem.
    """
    problems = Problems()
    source = Source(files, typed or {})
    checked = check_settings(config, source, problems)
    rows = read_sheet(checked["samples"], problems) if checked["samples"] else []
    with_calls = [row for row in rows if any(column in row.cells for column in QUERIES)]
    samples = [sample for row in with_calls if (sample := _sample(row, checked, problems))]
    _check_builds(checked, samples, source, problems)
    datasets: dict[str, Dataset] = {}
    for row in rows:
        if any(column in row.cells for column in VA_DATA):
            found = list(find_datasets(row, checked, datasets, problems))
            datasets |= {dataset.name: dataset for dataset in found}
    problems.stop_if_any()
    return Plan(checked, {sample.name: sample for sample in samples}, datasets)


def _check_builds(
    config: dict[str, Any], samples: list[Sample], source: Source, problems: Problems
) -> None:
    """Can the genome and the stratifications be had for every build that is used?"""
    needed = {
        ("genome", sample.build) for sample in samples if sample.build not in config["genomes"]
    }
    if config["small_variants"]["stratifications"] == "giab":
        needed |= {("stratifications", s.build) for s in samples if "small_variants" in s.queries}
    for kind, build in sorted(needed):
        try:
            if build not in catalogue.load().builds:
                raise ConfigurationError(
                    f"GIAB has none for {build}, a genome of your own",
                    hint="write none, or the path of a table",
                )
            catalogue.load().choose(kind, build, None, config["references"]["versions"][kind])
        except EngineError as error:
            key = "references.versions.genome" if kind == "genome" else f"small_variants.{kind}"
            problems.add(source.of(key), f"{key}: {error.message}; {error.hint}")


def _sample(row: Row, config: dict[str, Any], problems: Problems) -> Sample | None:
    """A row with its truths, or lines in ``problems``."""
    build = row.get("build") or config["build"]
    if build not in builds(config):
        if row.get("build"):
            problems.add(row.where("build"), no_build(build, config))
        return None
    queries = {kind: row.cells[kind] for kind in QUERIES if kind in row.cells}
    truths: dict[str, Truth] = {}
    for kind in queries:
        truth = find_truth(row, kind, build, config["references"], problems)
        if truth:
            truths[kind] = truth
    if row.get("query_sample") and "small_variants" in queries and happy_engine(config):
        problems.add(row.where("query_sample"), "hap.py cannot choose a sample; use engine builtin")
    sex = row.get("sex") or "auto"
    return Sample(
        row.sample, build, queries, truths, row.get("target"), sex, row.get("query_sample")
    )
