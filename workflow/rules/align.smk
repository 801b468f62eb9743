# Reads to alignments: checked, aligned lane by lane, put together with duplicates marked, indexed, summed up. Each
# lane is a file of its own until then, so that a run that was killed goes on with the lanes that are not done.
import re

from engines.configuration import aligning
from engines.references.aligners import ALIGNERS

ALIGNER = ALIGNERS[config["align"]["aligner"]]
ALIGN_ENVIRONMENT = (
    "../../envs/bwa_mem2.yaml"
    if config["align"]["aligner"] == "bwa-mem2"
    else "../../envs/align.yaml"
)
ALIGNMENTS_END = config["align"]["format"]
ALIGNMENTS_INDEX = {"cram": "cram.crai", "bam": "bam.bai"}[ALIGNMENTS_END]
SORT_MEMORY = 1500  # MB of `samtools sort`, which spills the rest to its folder
# Memory of a thread that aligns, of the batches, of fastp (MB; measured: docs/alignment.md)
THREAD_MEMORY, BATCH_MEMORY, FASTP_MEMORY = 300, 1500, 1600


def megabytes(*files):
    """Size of files on disk; one that is not there yet makes Snakemake ask again later."""
    return sum(os.path.getsize(file) for file in files) / 1e6


def lane_of(wildcards):
    """The files of one lane."""
    lanes = PLAN.libraries[wildcards.sample].lanes
    return next(lane for lane in lanes if lane.name == wildcards.lane)


def files_of_lane(wildcards):
    """Input function: FASTQ files of one lane."""
    lane = lane_of(wildcards)
    return [file for file in (lane.forward, lane.reverse) if file]


def receipts_of(name):
    """What has to be there before anything long is done with the reads of a sample."""
    library = PLAN.libraries[name]
    if library.brought:
        return [f"results/reads/{name}.alignments.json"]
    return [f"results/reads/{name}.{lane.name}.json" for lane in library.lanes]


def fastp_of(name):
    """What fastp counted of the reads of a sample, lane by lane."""
    library = PLAN.libraries[name]
    if library.is_long:
        return []
    return [f"results/qc/fastp/{name}.{lane.name}.fastp.json" for lane in library.lanes]


def lanes_of(wildcards):
    """Input function: alignments of the lanes of a sample."""
    library = PLAN.libraries[wildcards.sample]
    names = ["realigned"] if library.realign else [lane.name for lane in library.lanes]
    return [f"results/alignments/lanes/{wildcards.sample}.{name}.bam" for name in names]


def sequence_of(wildcards):
    """Input function: the plain genome of a sample."""
    return PLAN.sequence(PLAN.libraries[wildcards.sample].build)


def index_of(wildcards):
    """Input function: the aligner's index."""
    folder = PLAN.aligner_index(PLAN.libraries[wildcards.sample].build)
    return [f"{folder}/{name}" for name in ALIGNER.products]


def index_prefix(input):
    """What the files of the aligner's index begin with."""
    return f"{os.path.dirname(input.index[0])}/genome"


def library_options(wildcards):
    """For `plumbline reads check`: what the sheet says of a library."""
    library = PLAN.libraries[wildcards.sample]
    return commands.options({"library": library.library, "platform": library.platform})


# Names of lanes have no dots: what belongs to a lane is told from what belongs to a sample.
LANE = r"(?!(?:alignments|realigned)(?:\.|$))[A-Za-z0-9][A-Za-z0-9_-]*"


def some(names):
    """A pattern of just these names; of none, one that nothing fits."""
    return "|".join(map(re.escape, names)) or "(?!)"


SHORT = [name for name, library in PLAN.libraries.items() if not library.is_long]
LONG = [name for name, library in PLAN.libraries.items() if library.is_long]
MARKED = [
    name
    for name, library in PLAN.libraries.items()
    if aligning.marks_duplicates(library, config)
]
UNMARKED = [name for name in PLAN.libraries if name not in set(MARKED)]

# A folder of its own for the pieces of one lane. It is emptied first: a job that was killed may have left some.
START = "log_to {log:q}; rm -rf {params.scratch:q}; mkdir -p {params.scratch:q};"
# From the aligner to a sorted file, with what `samtools markdup` needs to know of mates.
SORTED = (
    " | samtools fixmate --no-PG -m -u - -"
    f" | samtools sort --no-PG --threads 1 -m {SORT_MEMORY}M -l 1 -T {{params.scratch:q}}/sort"
    " -o {output.alignments:q} -; rm -rf {params.scratch:q}"
)


rule prepare_genome:
    input:
        fasta=lambda wildcards: PLAN.genome(wildcards.build),
    output:
        fasta="results/references/{build}.sequence/genome.fa",
        fai="results/references/{build}.sequence/genome.fa.fai",
        dictionary="results/references/{build}.sequence/genome.dict",
        receipt="results/references/{build}.sequence/receipt.json",
    log:
        "logs/prepare_genome/{build}.log",
    benchmark:
        "logs/prepare_genome/{build}.benchmark.tsv"
    priority: 90
    conda:
        no_environment
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
        disk_mb=lambda wildcards, input: 5 * input.size_mb + 100,
        runtime=lambda wildcards, attempt: 60 * attempt,
    params:
        folder=subpath(output.fasta, parent=True),
        cache=commands.options({"cache": config["references"]["cache"]}),
    message:
        "Preparing the genome {wildcards.build}"
    shell:
        "log_to {log:q}; plumbline references index --fasta {input.fasta:q} --aligner none"
        " --link {params.folder} {params.cache}"


rule index_genome:
    input:
        fasta="results/references/{build}.sequence/genome.fa",
    output:
        expand(
            "results/references/{{build}}.{aligner}/{file}",
            aligner=config["align"]["aligner"],
            file=[*ALIGNER.products, "receipt.json"],
        ),
    log:
        "logs/index_genome/{build}.log",
    benchmark:
        "logs/index_genome/{build}.benchmark.tsv"
    conda:
        ALIGN_ENVIRONMENT
    envmodules:
        *config["envmodules"]["align"],
    threads: 1
    resources:
        mem_mb=lambda wildcards, input, attempt: int(
            1000 + ALIGNER.memory * input.size_mb
        )
        * attempt,
        disk_mb=lambda wildcards, input: int(4 * input.size_mb) + 100,
        # bwa takes an hour for a human genome
        runtime=lambda wildcards, input, attempt: int(60 + input.size_mb / 15) * attempt,
    params:
        folder=subpath(output[0], parent=True),
        options=commands.options(
            {
                "aligner": config["align"]["aligner"],
                "preset": (
                    config["align"]["preset"] or "sr"
                    if config["align"]["aligner"] == "minimap2"
                    else None
                ),
                "cache": config["references"]["cache"],
            }
        ),
    message:
        f"Indexing the genome {{wildcards.build}} for {config['align']['aligner']}"
    shell:
        "log_to {log:q}; plumbline references index --fasta {input.fasta:q} {params.options}"
        " --link {params.folder}"


rule check_reads:
    input:
        files_of_lane,
    output:
        receipt="results/reads/{sample}.{lane}.json",
        group="results/reads/{sample}.{lane}.rg",
    log:
        "logs/check_reads/{sample}.{lane}.log",
    benchmark:
        "logs/check_reads/{sample}.{lane}.benchmark.tsv"
    wildcard_constraints:
        lane=LANE,
    priority: 100
    conda:
        no_environment
    resources:
        mem_mb=lambda wildcards, attempt: 1000 * attempt,
        runtime=lambda wildcards, attempt: 15 * attempt,
    params:
        library=library_options,
    message:
        "Checking the reads of {wildcards.sample}, lane {wildcards.lane}"
    shell:
        "log_to {log:q}; plumbline reads check --sample {wildcards.sample}"
        " --lane {wildcards.lane} {params.library} --out {output.receipt:q} -- {input:q}"


rule check_alignments:
    input:
        alignments=lambda wildcards: PLAN.libraries[wildcards.sample].brought,
        index=lambda wildcards: PLAN.libraries[wildcards.sample].brought_index or [],
        genome=sequence_of,
        dictionary=lambda wildcards: sequence_of(wildcards).replace(".fa", ".dict"),
    output:
        receipt="results/reads/{sample}.alignments.json",
        groups="results/reads/{sample}.alignments.rg",
    log:
        "logs/check_alignments/{sample}.log",
    benchmark:
        "logs/check_alignments/{sample}.benchmark.tsv"
    priority: 100
    conda:
        no_environment
    resources:
        mem_mb=lambda wildcards, attempt: 1000 * attempt,
        runtime=lambda wildcards, attempt: 15 * attempt,
    params:
        realign=lambda wildcards: (
            "--realign" if PLAN.libraries[wildcards.sample].realign else ""
        ),
    message:
        "Checking the alignments of {wildcards.sample}"
    shell:
        "log_to {log:q}; plumbline reads check-alignments {input.alignments:q}"
        " --sample {wildcards.sample} --reference {input.genome:q} {params.realign}"
        " --out {output.receipt:q}"


# Each read is looked at on its way: a file that is cut off ends the job, and mates that are none do.
rule align_lane:
    input:
        reads=files_of_lane,
        receipt="results/reads/{sample}.{lane}.json",
        group="results/reads/{sample}.{lane}.rg",
        index=index_of,
    output:
        alignments=temp("results/alignments/lanes/{sample}.{lane}.bam"),
        fastp="results/qc/fastp/{sample}.{lane}.fastp.json",
    log:
        "logs/align_lane/{sample}.{lane}.log",
    benchmark:
        "logs/align_lane/{sample}.{lane}.benchmark.tsv"
    wildcard_constraints:
        sample=some(SHORT),
        lane=LANE,
    conda:
        ALIGN_ENVIRONMENT
    envmodules:
        *config["envmodules"]["align"],
    threads: 8
    resources:
        mem_mb=lambda wildcards, input, threads, attempt: int(
            1.1 * megabytes(*input.index)
            + THREAD_MEMORY * threads
            + BATCH_MEMORY
            + SORT_MEMORY
            + FASTP_MEMORY
        )
        * attempt,
        disk_mb=lambda wildcards, input: int(3 * megabytes(*input.reads)) + 100,
        # bwa: 0.4 MB of compressed reads a second and thread, and time to load the index
        runtime=lambda wildcards, input, threads, attempt: int(
            30 + megabytes(*input.reads) / (15 * threads)
        )
        * attempt,
    params:
        scratch="results/alignments/lanes/.{sample}.{lane}",
        title="aligning {sample}, lane {lane}",
        counting=lambda wildcards, input, output: aligning.counting(
            PLAN.libraries[wildcards.sample],
            config,
            len(input.reads) == 2,
            output.get("fastp", ""),
        ),
        aligner=lambda wildcards, input: aligning.aligner(config, input.group),
        aligned_from=lambda wildcards, input: aligning.aligned_from(
            config, index_prefix(input), input.group
        ),
    message:
        "Aligning {wildcards.sample}, lane {wildcards.lane}"
    shell:
        START
        + " plumbline reads stream --title {params.title:q} -- {input.reads:q} {params.counting}"
        "| {params.aligner} -t {threads} {params.aligned_from}" + SORTED


use rule align_lane as align_long_reads with:
    output:
        alignments=temp("results/alignments/lanes/{sample}.{lane}.bam"),
    log:
        "logs/align_long_reads/{sample}.{lane}.log",
    benchmark:
        "logs/align_long_reads/{sample}.{lane}.benchmark.tsv"
    wildcard_constraints:
        sample=some(LONG),
        lane=LANE,


# Reads of a file that was brought, with the read groups that they have. fastp does not see them: reads whose mates
# are not in the file would put it out of step. `samtools fastq` takes one read of each name and mate, so they are counted.
rule realign:
    input:
        alignments=lambda wildcards: PLAN.libraries[wildcards.sample].brought,
        receipt="results/reads/{sample}.alignments.json",
        groups="results/reads/{sample}.alignments.rg",
        genome=sequence_of,
        index=index_of,
    output:
        alignments=temp("results/alignments/lanes/{sample}.realigned.bam"),
    log:
        "logs/realign/{sample}.log",
    benchmark:
        "logs/realign/{sample}.benchmark.tsv"
    conda:
        ALIGN_ENVIRONMENT
    envmodules:
        *config["envmodules"]["align"],
    threads: 8
    resources:
        mem_mb=lambda wildcards, input, threads, attempt: int(
            1.1 * megabytes(*input.index)
            + THREAD_MEMORY * threads
            + BATCH_MEMORY
            + 2 * SORT_MEMORY
        )
        * attempt,
        # taken apart, and sorted again
        disk_mb=lambda wildcards, input: int(8 * megabytes(input.alignments)) + 100,
        runtime=lambda wildcards, input, threads, attempt: int(
            30 + megabytes(input.alignments) / (10 * threads)
        )
        * attempt,
    params:
        scratch="results/alignments/lanes/.{sample}.realigned",
        aligner=lambda wildcards, input: aligning.aligner(config, input.groups, True),
        aligned_from=lambda wildcards, input: aligning.aligned_from(
            config, index_prefix(input), input.groups, True
        ),
    message:
        "Aligning the reads of {input.alignments} anew"
    shell:
        START
        + " samtools collate --no-PG --threads 1 --reference {input.genome:q} -u -O"
        " {input.alignments:q} {params.scratch:q}/collate"
        " | samtools fastq -n -T RG -"
        " | {params.aligner} -t {threads} {params.aligned_from}" + SORTED + "; [["
        " $(samtools view -c -F 0x900 --threads {threads} --reference {input.genome:q} {input.alignments:q})"
        " == $(samtools view -c -F 0x900 --threads {threads} {output.alignments:q}) ]] ||"
        " {{ echo 'error: reads got lost when they were taken out: names are not unique'; exit 65; }}"


# No path outside of this folder may get into the header. REF_PATH keeps samtools from asking a server for the genome.
rule mark_duplicates:
    input:
        lanes=lanes_of,
        genome=sequence_of,
        dictionary=lambda wildcards: sequence_of(wildcards).replace(".fa", ".dict"),
    output:
        alignments=f"results/alignments/{{sample}}.{ALIGNMENTS_END}",
        index=f"results/alignments/{{sample}}.{ALIGNMENTS_INDEX}",
        checksum="results/alignments/{sample}.md5",
        statistics="results/qc/stats/{sample}.markdup.txt",
    log:
        "logs/mark_duplicates/{sample}.log",
    benchmark:
        "logs/mark_duplicates/{sample}.benchmark.tsv"
    wildcard_constraints:
        sample=some(MARKED),
    conda:
        ALIGN_ENVIRONMENT
    envmodules:
        *config["envmodules"]["align"],
    threads: 4
    resources:
        mem_mb=lambda wildcards, attempt: 3000 * attempt,
        disk_mb=lambda wildcards, input: int(1.2 * megabytes(*input.lanes)) + 100,
        runtime=lambda wildcards, input, attempt: int(
            30 + megabytes(*input.lanes) / 1000
        )
        * attempt,
    params:
        folder=subpath(output.checksum, parent=True),
        file=subpath(output.alignments, basename=True),
        marking=lambda wildcards, output: (
            aligning.marking(config, output.statistics)
            if "statistics" in output.keys()
            else ""
        ),
        header=lambda wildcards, input: aligning.final_header(
            config, input.genome, input.dictionary
        ),
        format=aligning.final_format(config),
    message:
        "Putting the alignments of {wildcards.sample} together"
    shell:
        "log_to {log:q};"
        " samtools merge --no-PG -c -p -u -h <({params.header}) -o - {input.lanes:q}"
        " {params.marking}| REF_PATH=/dev/null samtools view --no-PG --threads {threads}"
        " --output-fmt {params.format} -o {output.alignments:q} -;"
        " samtools index -@ {threads} {output.alignments:q} {output.index:q};"
        " (cd {params.folder:q}; md5sum -- {params.file:q}) > {output.checksum:q}"


use rule mark_duplicates as gather_lanes with:
    output:
        alignments=f"results/alignments/{{sample}}.{ALIGNMENTS_END}",
        index=f"results/alignments/{{sample}}.{ALIGNMENTS_INDEX}",
        checksum="results/alignments/{sample}.md5",
    log:
        "logs/gather_lanes/{sample}.log",
    benchmark:
        "logs/gather_lanes/{sample}.benchmark.tsv"
    wildcard_constraints:
        sample=some(UNMARKED),
