# For the rules that call variants: by whom is called, where things lie, how long a chunk takes.
from engines.configuration import call_commands

CALLERS = call_commands.names_by_tool(PLAN.libraries.values(), config)

# Of a chunk: where it lies, and its calls. `{caller}` is a name of settings.
REGIONS = "results/calls/regions/{sample}.{caller}"
CHUNK = "results/calls/chunks/{sample}.{caller}/{chunk}.vcf.gz"
# What a caller writes itself, and where it works.
RAW = "results/calls/raw/{sample}.{caller}/{chunk}.vcf.gz"
SCORED = "results/calls/scored/{sample}.{caller}/{chunk}.vcf.gz"
SCRATCH = "results/calls/scratch/{sample}.{caller}.{chunk}"


wildcard_constraints:
    caller="[A-Za-z0-9][A-Za-z0-9_-]*",
    chunk=r"\d{4}",


def called_of(wildcards):
    """Input function of callers: alignments with their index, the genome, where to look."""
    library = PLAN.libraries[wildcards.sample]
    fasta = PLAN.sequence(library.build)
    return {
        "alignments": library.alignments(config),
        "index": library.index(config),
        "fasta": fasta,
        "fai": f"{fasta}.fai",
        "regions": REGIONS.format(**wildcards),
        "checked": receipts_of(library.name),
    }


def given_to_freebayes(wildcards):
    """Its files; made of wildcards alone, so that other settings of its command are seen."""
    library = PLAN.libraries[wildcards.sample]
    return (
        f"--fasta-reference {PLAN.sequence(library.build)}"
        f" {shlex.quote(library.alignments(config))}"
        ' --cnv-map <(printf %s "$copies")'
    )


def is_brought_cram(name):
    """Whether a sample is called from a CRAM file that this run did not make."""
    library = PLAN.libraries[name]
    return not library.is_aligned_here and library.alignments(config).endswith(".cram")


def kept_from(wildcards):
    """Input function of what is kept: the caller's file, or that with scores."""
    scored = call_commands.is_scored(wildcards.caller, config)
    return (SCORED if scored else RAW).format(**wildcards)


def minutes(megabytes_a_minute):
    """For `runtime:` of a chunk: by its share of the alignments, as BAM; never less than an hour."""

    def runtime(wildcards, input, attempt):
        share = aligning.megabytes_as_bam(input.alignments) / call_commands.chunks_of(
            wildcards.caller, config
        )
        return int(max(60, share / megabytes_a_minute)) * attempt

    return runtime
