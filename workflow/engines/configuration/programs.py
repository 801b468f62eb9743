"""Programs that have to be there for reads to be aligned and called, and how one gets them."""

from collections.abc import Callable, Iterator

from engines.configuration.callers import tool_of
from engines.configuration.plan import Plan

CONDA = "add --software-deployment-method conda (or env-modules)"
CONTAINER = "add --software-deployment-method apptainer"

ALIGNERS = {"bwa-mem": "bwa", "bwa-mem2": "bwa-mem2", "minimap2": "minimap2"}
# Caller → its program, and from where it comes that is not installed.
CALLERS = {
    "bcftools": ("bcftools", CONDA),
    "freebayes": ("freebayes", CONDA),
    "gatk": ("gatk", CONDA),
    "deepvariant": ("run_deepvariant", CONTAINER),
    "strelka": ("configureStrelkaGermlineWorkflow.py", CONDA),
    "parabricks": ("pbrun", CONTAINER),
    "delly": ("delly", CONDA),
    "sniffles": ("sniffles", CONDA),
}


def missing(plan: Plan, is_there: Callable[[str], object]) -> list[str]:
    """One line for each program that reads of this plan need and that is not there.

    Args:
        is_there: whether there is a program of this name, such as ``shutil.which``.
    """
    lines: dict[str, str] = {}
    for program, wanted_by, remedy in _needed(plan):
        if program not in lines and not is_there(program):
            what = f"{wanted_by} needs {program}, which is not on the PATH"
            lines[program] = f"{what}; install it, or {remedy}"
    return list(lines.values())


def _needed(plan: Plan) -> Iterator[tuple[str, str, str]]:
    """Program, what asks for it, and what to do where it is not there."""
    for library in plan.libraries.values():
        if library.is_aligned_here:
            aligner = plan.config["align"]["aligner"]
            yield ALIGNERS[aligner], f"align.aligner: {aligner}", CONDA
        if library.lanes:
            yield "fastp", "column fastq_1", CONDA
        yield "samtools", f"sample {library.name}", CONDA
        for name in library.callers:
            tool = tool_of(name, plan.config)
            yield CALLERS[tool][0], f"caller {name}", CALLERS[tool][1]
            yield "bcftools", f"caller {name}", CONDA
