"""From the configuration to the options of the commands that call variants."""

from collections.abc import Iterable, Mapping
from typing import Any

from engines.calling.filters import HARD, SCORED
from engines.configuration.callers import settings_of, tool_of
from engines.configuration.commands import options
from engines.configuration.libraries import CALLS, Library
from engines.configuration.plan import Plan

# Callers whose work is cut into chunks; the others go through the genome in one job.
SCATTERED = ("bcftools", "freebayes", "gatk", "deepvariant")
# Those that also write what they looked at and did not call (genotype 0/0).
UNDECIDED = ("freebayes", "deepvariant", "strelka", "parabricks")


def names_by_tool(libraries: Iterable[Library], config: Mapping[str, Any]) -> dict[str, list[str]]:
    """Program → the names of settings by which it is asked for, in the run."""
    names = dict.fromkeys(name for library in libraries for name in library.callers)
    tools: dict[str, list[str]] = {}
    for name in names:
        tools.setdefault(tool_of(name, config), []).append(name)
    return tools


def chunks_of(caller: str, config: Mapping[str, Any]) -> int:
    """In how many jobs variants are called."""
    scattered = tool_of(caller, config) in SCATTERED
    return int(config["call"]["chunks"]) if scattered else 1


def chunk_files(library: str, caller: str, config: Mapping[str, Any]) -> list[str]:
    """The calls of each chunk, in the order of the genome."""
    numbers = range(1, chunks_of(caller, config) + 1)
    return [f"{CALLS}/chunks/{library}.{caller}/{number:04}.vcf.gz" for number in numbers]


def expression_of(library: Library, caller: str, config: Mapping[str, Any]) -> str | None:
    """Of calls for which it is true the filter HardFilter is failed; None where no call does."""
    settings = settings_of(caller, config)
    if settings["filter"] == "none":
        return None
    if settings.get("expression"):
        return str(settings["expression"])
    if settings["filter"] == "hard" and not is_deepvariant(library, settings):
        return HARD.get(settings["caller"])
    return SCORED if is_scored(caller, config) else None


def is_deepvariant(library: Library, settings: Mapping[str, Any]) -> bool:
    """Whether DeepVariant calls, which marks its calls itself.

    Parabricks has it for filter `model` and for long reads; else it has HaplotypeCaller.
    """
    by_model = settings["filter"] == "model" or str(library.platform) in PARABRICKS_MODES
    return settings["caller"] == "deepvariant" or (settings["caller"] == "parabricks" and by_model)


def fields_of(settings: Mapping[str, Any]) -> str | None:
    """Whose fields a filter may use; None where arguments of the settings may add some."""
    if settings.get("arguments"):
        return None
    tool = str(settings["caller"])
    return f"{tool}.gvcf" if tool == "gatk" and settings["gvcf"] else tool


def split_files(plan: Plan, library: Library) -> dict[str, str]:
    """Role → file, for cutting the genome of a library; roles it does not have are left out."""
    roles = {
        "fai": f"{plan.sequence(library.build)}.fai",
        "target": library.target,
        "haploid": plan.config["genomes"].get(library.build, {}).get("haploid"),
    }
    return {role: file for role, file in roles.items() if file}


def split_options(
    library: Library, caller: str, config: Mapping[str, Any], files: Mapping[str, str]
) -> str:
    """What `plumbline calling split` cuts, and how."""
    cut = {
        "target": library.target,
        "padding": config["call"]["padding"] if library.target else None,
        "by": config["call"]["scatter"],
        "chunks": chunks_of(caller, config),
        "sex": library.sex,
        "haploid": files.get("haploid"),
    }
    tried: dict[str, Any] = {}
    if expression := expression_of(library, caller, config):
        tried = {"tool": fields_of(settings_of(caller, config)), "expression": expression}
    return options(cut | tried)


def measured_files(library: str, caller: str, config: Mapping[str, Any]) -> list[str]:
    """Where Snakemake writes what each job of the caller took."""
    tool = tool_of(caller, config)
    rules = [f"call_{tool}", f"score_{tool}"] if is_scored(caller, config) else [f"call_{tool}"]
    numbers = range(1, chunks_of(caller, config) + 1)
    return [
        f"logs/{rule}/{library}.{caller}.{number:04}.benchmark.tsv"
        for rule in rules
        for number in numbers
    ]


def gather_options(library: Library, caller: str, config: Mapping[str, Any]) -> str:
    """How `plumbline calling gather` marks the calls, and where it reads what they took."""
    measured = measured_files(library.name, caller, config)
    words = options({"expression": expression_of(library, caller, config), "measured": measured})
    if settings_of(caller, config)["gvcf"]:
        return f"{words} --gvcf"
    return f"{words} --called".lstrip() if tool_of(caller, config) in UNDECIDED else words


def _more(settings: Mapping[str, Any]) -> list[str]:
    return [settings["arguments"]] if settings.get("arguments") else []


def _limits(settings: Mapping[str, Any], mapping: str, base: str) -> list[str]:
    """Least qualities of reads and bases, by the caller's own options."""
    given = {mapping: settings.get("min_mapping_quality"), base: settings.get("min_base_quality")}
    return [f"{option} {value}" for option, value in given.items() if value is not None]


# Depths from which a new block of a gVCF begins.
DEPTHS = "1,5,10,20,30"


def mpileup_options(caller: str, config: Mapping[str, Any]) -> str:
    """Options of `bcftools mpileup`; `arguments` are for this half of the caller."""
    settings = settings_of(caller, config)
    words = ["--max-depth 1000 --annotate FORMAT/AD,FORMAT/DP,FORMAT/SP"]
    words += _limits(settings, "--min-MQ", "--min-BQ")
    return " ".join([*words, *_more(settings)])


def bcftools_call_options(caller: str, config: Mapping[str, Any]) -> str:
    """Options of `bcftools call`."""
    gvcf = settings_of(caller, config)["gvcf"]
    return f"--gvcf {DEPTHS}" if gvcf else "--variants-only"


def freebayes_options(caller: str, config: Mapping[str, Any]) -> str:
    """Options of freebayes."""
    settings = settings_of(caller, config)
    words = _limits(settings, "--min-mapping-quality", "--min-base-quality")
    words += ["--gvcf"] if settings["gvcf"] else []
    return " ".join([*words, *_more(settings)])


def is_scored(caller: str, config: Mapping[str, Any]) -> bool:
    """Whether NVScoreVariants scores the calls: GATK's, with filter `model`; a gVCF it cannot."""
    settings = settings_of(caller, config)
    return bool(
        settings["caller"] == "gatk" and settings["filter"] == "model" and not settings["gvcf"]
    )


# A gVCF of freebayes lacks what is behind the last variant of a contig when another region
# follows in the same run, so that each region is a run of its own; the first header stays.
_ONE_HEADER = "awk '/^#/ {if (!seen) print; if (/^#CHROM/) seen = 1; next} 1'"


def freebayes_command(caller: str, config: Mapping[str, Any], given: str, bed: str) -> str:
    """freebayes on the regions of a BED file.

    Args:
        given: its files and options, as words of the shell.
        bed: words of the shell.
    """
    words = f"{given} {freebayes_options(caller, config)}".rstrip()
    if not settings_of(caller, config)["gvcf"]:
        return f"freebayes {words} --targets {bed}"
    one = f'freebayes {words} --region "$contig:$start-$end"'
    return f"while read -r contig start end; do {one}; done < {bed} | {_ONE_HEADER}"


def haplotype_caller_options(caller: str, config: Mapping[str, Any]) -> str:
    """Options of GATK's HaplotypeCaller."""
    settings = settings_of(caller, config)
    words = _limits(settings, "--minimum-mapping-quality", "--min-base-quality-score")
    words += ["--emit-ref-confidence GVCF"] if settings["gvcf"] else []
    return " ".join([*words, *_more(settings)])


# Kinds of reads for which DeepVariant has a model; those of a machine that reads short ones
# depend on whether a target was enriched.
DEEPVARIANT_MODELS = {"PACBIO": "PACBIO", "ONT": "ONT_R104"}
PARABRICKS_MODES = {"PACBIO": "pacbio", "ONT": "ont"}


def deepvariant_options(library: Library, caller: str, config: Mapping[str, Any]) -> str:
    """Options of run_deepvariant but for its files: the model, and least qualities."""
    settings = settings_of(caller, config)
    short = "WES" if library.target else "WGS"
    words = [f"--model_type {DEEPVARIANT_MODELS.get(str(library.platform), short)}"]
    reads = _limits(settings, "min_mapping_quality", "min_base_quality")
    if reads:
        given = ",".join(word.replace(" ", "=") for word in reads)
        words.append(f"--make_examples_extra_args {given}")
    return " ".join([*words, *_more(settings)])


def deepvariant_output(caller: str, config: Mapping[str, Any], folder: str) -> str:
    """Where run_deepvariant writes; of a gVCF the VCF, which it writes too, is not kept."""
    if settings_of(caller, config)["gvcf"]:
        return f"--output_vcf {folder}/calls.vcf.gz --output_gvcf {folder}/kept.vcf.gz"
    return f"--output_vcf {folder}/kept.vcf.gz"


def strelka_options(library: Library, caller: str, config: Mapping[str, Any]) -> str:
    """Options by which Strelka's workflow is configured."""
    words = ["--exome"] if library.target else []
    return " ".join([*words, *_more(settings_of(caller, config))])


def strelka_result(caller: str, config: Mapping[str, Any]) -> str:
    """The file of Strelka's results that is kept: variants, or the gVCF of the first sample."""
    gvcf = settings_of(caller, config)["gvcf"]
    return "genome.S1.vcf.gz" if gvcf else "variants.vcf.gz"


def parabricks_command(library: Library, caller: str, config: Mapping[str, Any]) -> str:
    """What pbrun does: DeepVariant for filter `model` and for long reads, else HaplotypeCaller."""
    settings = settings_of(caller, config)
    mode = PARABRICKS_MODES.get(str(library.platform))
    words = ["haplotypecaller"]
    if is_deepvariant(library, settings):
        words = [f"deepvariant --mode {mode or 'shortread'}"]
        words += ["--use-wes-model"] if library.target and not mode else []
    words += ["--gvcf"] if settings["gvcf"] else []
    return " ".join([*words, *_more(settings)])


def parabricks_result(caller: str, config: Mapping[str, Any], folder: str) -> str:
    """The file that pbrun writes, of which it takes the ending for what is wanted."""
    return f"{folder}/calls{'.g' if settings_of(caller, config)['gvcf'] else ''}.vcf"


def delly_options(caller: str, config: Mapping[str, Any]) -> str:
    """Options of delly."""
    settings = settings_of(caller, config)
    given = _limits({"min_mapping_quality": settings.get("min_mapping_quality")}, "--map-qual", "")
    return " ".join([*given, *_more(settings)])


def sniffles_options(caller: str, config: Mapping[str, Any]) -> str:
    """Options of sniffles."""
    settings = settings_of(caller, config)
    given = _limits({"min_mapping_quality": settings.get("min_mapping_quality")}, "--mapq", "")
    return " ".join([*given, *_more(settings)])
