"""From a parsed configuration to a plan, or to one line for each thing that is wrong."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from engines.configuration.call_sets import find_call_sets, truth_to_simulate
from engines.configuration.callers import check_model
from engines.configuration.datasets import find_datasets
from engines.configuration.libraries import Library, check_shared, find_library, has_library
from engines.configuration.plan import ANNOTATION, Dataset, Plan, Sample, Tumour
from engines.configuration.problems import ConfigurationError, Problems
from engines.configuration.read_sets import check_species, find_read_set
from engines.configuration.sample import find_sample, is_sequenced
from engines.configuration.settings import Source, check_settings
from engines.configuration.sheet import READS, VA_DATA, Row, cells_fit, read_sheet
from engines.configuration.tumours import check_diseases, find_tumour
from engines.contract.errors import EngineError
from engines.references import catalogue


def load(
    config: Mapping[str, Any], files: Sequence[str | Path], typed: Mapping[str, Any] | None = None
) -> Plan:
    """Check a configuration and its sample sheet.

    Reads the sample sheet, the catalogue of references, and where there are tumours what is
    known of variants; of every other file it asks the file system only whether it is there,
    and of an address nothing.

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
    rows = _rows(checked, source, problems)
    samples, libraries = _samples(rows, checked, problems)
    used = [caller for library in libraries for caller in library.callers]
    check_model(used, checked, lambda key, what: problems.add(source.of(key), f"{key}: {what}"))
    somatic = [row for row in rows if "somatic" in row.cells]
    tumours = [each for row in somatic if (each := find_tumour(row, checked, problems))]
    check_diseases(somatic, checked, source, problems)
    with_reads = [row for row in rows if any(column in row.cells for column in READS)]
    read_sets = [find_read_set(row, checked, problems) for row in with_reads]
    check_species(with_reads, checked, source, problems)
    _check_builds(checked, samples, tumours, source, problems)
    datasets: dict[str, Dataset] = {}
    for row in rows:
        if any(column in row.cells for column in VA_DATA):
            found = list(find_datasets(row, checked, datasets, problems))
            datasets |= {dataset.name: dataset for dataset in found}
    problems.stop_if_any()
    return Plan(
        checked,
        {sample.name: sample for sample in samples},
        datasets,
        {tumour.name: tumour for tumour in tumours},
        {reads.name: reads for reads in read_sets},
        {library.name: library for library in libraries},
    )


def _samples(
    rows: list[Row], config: dict[str, Any], problems: Problems
) -> tuple[list[Sample], list[Library]]:
    """What is compared and judged: of each row, and of each call set that is made of its reads."""
    samples: list[Sample] = []
    libraries: list[Library] = []
    for row in rows:
        library = None
        if has_library(row):
            truth = truth_to_simulate(row, config, problems)
            library = find_library(row, truth, config, problems)
        if is_sequenced(row) or library:
            sample = find_sample(row, config, problems, library)
            samples += [sample] if sample else []
        if library:
            libraries.append(library)
            samples += find_call_sets(row, library, config, problems)
    names = {row.sample: row for row in rows}
    for library in libraries:
        for caller in library.callers:
            if (name := library.call_set(caller)) in names:
                what = f"{name} is also what {caller} calls of {library.name}; give it another name"
                problems.add(names[name].where("sample"), what)
    check_shared(libraries, names, problems)
    return samples, libraries


def _rows(config: dict[str, Any], source: Source, problems: Problems) -> list[Row]:
    """The rows of the sheet, or the one that the configuration has in its place."""
    one = {key: config[key] for key in ("sample", "source") if config[key]}
    if not one:
        return read_sheet(config["samples"], problems) if config["samples"] else []
    for key, example in (("sample", "NA24143_Lib3_Rep1"), ("source", "s3://runs/{sample}/")):
        if key not in one:
            there = "source" if key == "sample" else "sample"
            what = f"is given without {key}; write {key}={example} too"
            problems.add(source.of(there), f"{there}: {what}")
            return []
    row = Row(source.of("sample"), 0, one)
    return [row] if cells_fit(row, problems) else []


def _check_builds(
    config: dict[str, Any],
    samples: list[Sample],
    tumours: list[Tumour],
    source: Source,
    problems: Problems,
) -> None:
    """Can the genome and the stratifications be had for every build that is used?"""
    used = {s.build for s in samples if s.queries or s.alignments}
    if config[ANNOTATION]["check_reference"]:
        used |= {tumour.build for tumour in tumours}
    needed = {("genome", build) for build in used if build not in config["genomes"]}
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
