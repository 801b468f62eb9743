"""Reads that a run makes from a truth: which files there are, and what they are made of."""

from collections.abc import Mapping
from typing import Any

from engines.configuration.libraries import SIMULATED, Library
from engines.configuration.plan import Plan
from engines.simulate.case import LONG


def simulation_files(plan: Plan, library: Library) -> dict[str, str]:
    """What `plumbline simulate` reads, by option.

    Raises:
        KeyError: no reads of this library are simulated.
    """
    if library.truth is None:
        raise KeyError(library.name)
    files = {
        "reference": plan.genome(library.build),
        "truth": library.truth,
        "target": library.target,
        "haploid": plan.config["genomes"].get(library.build, {}).get("haploid"),
    }
    return {role: file for role, file in files.items() if file}


def simulated_reads(config: Mapping[str, Any], sample: str) -> list[str]:
    """The FASTQ files: of long reads one, else one for each mate."""
    mates = (1,) if config["simulate"]["read_length"] > LONG else (1, 2)
    return [f"{SIMULATED}/{sample}_{mate}.fastq.gz" for mate in mates]
