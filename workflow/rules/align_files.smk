# What the rules of alignment share: their files, by sample and lane, and parts of their pipes.
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
PIECES = "results/alignments/lanes/.{sample}.{lane}"
SORT_MEMORY = 1500  # MB of `samtools sort`, which spills the rest to its folder
# Memory of a thread that aligns, of the batches, of fastp (MB; measured: docs/alignment.md)
THREAD_MEMORY, BATCH_MEMORY, FASTP_MEMORY = 300, 1500, 1600


# Names of files that are parts of commands: made of wildcards, so that Snakemake sees when a setting is another. What
# is made of `input` or `output` it leaves out when it compares a rule's params with those of the last run.
READ_GROUP = "results/reads/{sample}.{lane}.rg"
FASTP = "results/qc/fastp/{sample}.{lane}.fastp.json"
DUPLICATES = "results/qc/stats/{sample}.markdup.txt"


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
    library = PLAN.libraries.get(name)
    if library is None:  # alignments that nobody calls from
        return []
    if library.brought:
        return [f"results/reads/{name}.alignments.json"]
    return [f"results/reads/{name}.{lane.name}.json" for lane in library.lanes]


def fastp_of(name):
    """What fastp counted of the reads of a sample, lane by lane."""
    library = PLAN.libraries[name]
    if library.is_long:
        return []
    return [FASTP.format(sample=name, lane=lane.name) for lane in library.lanes]


def lanes_of(wildcards):
    """Input function: alignments of the lanes of a sample."""
    library = PLAN.libraries[wildcards.sample]
    names = ["realigned"] if library.realign else [lane.name for lane in library.lanes]
    return [f"results/alignments/lanes/{wildcards.sample}.{name}.bam" for name in names]


def sequence_of(wildcards):
    """Input function: the plain genome of a sample."""
    return PLAN.sequence(PLAN.libraries[wildcards.sample].build)


def dictionary_of(wildcards):
    """Input function: the contigs of the genome of a sample, with checksums."""
    return f"{os.path.dirname(sequence_of(wildcards))}/genome.dict"


def index_of(wildcards):
    """Input function: the aligner's index."""
    folder = PLAN.aligner_index(PLAN.libraries[wildcards.sample].build)
    return [f"{folder}/{name}" for name in ALIGNER.products]


def index_prefix(wildcards):
    """What the files of the aligner's index begin with."""
    return f"{PLAN.aligner_index(PLAN.libraries[wildcards.sample].build)}/genome"


def counting(wildcards):
    """fastp within the pipe of a lane."""
    library, paired = PLAN.libraries[wildcards.sample], bool(lane_of(wildcards).reverse)
    return aligning.counting(library, config, paired, FASTP.format(**wildcards))


def marking(wildcards):
    """Duplicates marked, within the pipe that puts the lanes of a sample together."""
    library = PLAN.libraries[wildcards.sample]
    return aligning.marking(library, config, DUPLICATES.format(**wildcards))


def library_options(wildcards):
    """For `plumbline reads check`: what the sheet says of a library."""
    platform = PLAN.libraries[wildcards.sample].platform
    return commands.options(
        {"library": lane_of(wildcards).library, "platform": platform}
    )


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
