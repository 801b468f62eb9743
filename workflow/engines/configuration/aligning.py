"""From the configuration to the commands that align reads."""

import json
import os
import shlex
from collections.abc import Mapping
from typing import Any

from engines.configuration.libraries import Library

# The same batches for any number of threads: bwa judges the sizes of fragments by batch.
BATCH = 100_000_000
# Longest reads that `samtools markdup` is told of; its own 300 is less than some machines read.
LONGEST = 1000
# The same alignments of short reads are so many times as large as BAM, or a little less.
CRAM_TO_BAM = 4
# What reads keep that are taken out of a file: read group, sample index, molecule (UMI, linked
# reads), modified bases, whose positions count along the read as it was sequenced.
KEPT_TAGS = "RG,BC,QT,RX,QX,BX,MM,ML,MN"
# The aligner's own line (@PG, the last of its header) tells with how many threads it ran, of which
# nothing else of the file depends. Unbuffered, sed takes no more than the header.
WITHOUT_THREADS = r"| { sed -u '/^@PG/{s/\(.*\) -t [0-9]*/\1/;q}'; cat; }"
# What the job says that takes reads out of a file, when it finds less than there were.
LOST = json.dumps(
    {
        "error_class": "permanent",
        "code": 65,
        "message": "reads got lost when they were taken out of the file: names are not unique",
        "hint": "bring the FASTQ files, or the alignments of each lane before they were merged",
    }
)
# First bases of the adapters that are cut off; fastp finds those of pairs by itself, too.
ADAPTERS = {
    "ILLUMINA": ("AGATCGGAAGAGCACACGTCTGAACTCCAGTCA", "AGATCGGAAGAGCGTCGTGTAGGGAAAGAGTGT"),
    "DNBSEQ": ("AAGTCGGAGGCCAAGCGGTCTTAGGAAGACAA", "AAGTCGGATCGTAGCCATGTCGTTCTGTGAGCCAAGGAGTTG"),
}


def aligner(config: Mapping[str, Any], groups: str, realign: bool = False) -> str:
    """The aligner without its threads and its input: pairs behind each other, or reads without.

    Args:
        groups: file with the read group of all reads as the aligner takes it; to ``realign``, with
            the lines of the header of those that the comments of the reads name.
    """
    chosen, groups = config["align"]["aligner"], shlex.quote(groups)
    one = f'-R "$(cat {groups})"'
    if chosen == "minimap2":
        return f"minimap2 -a -x {config['align']['preset'] or 'sr'} -Y {'-y' if realign else one}"
    program = {"bwa-mem": "bwa mem", "bwa-mem2": "bwa-mem2 mem"}[chosen]
    return f"{program} -p -Y -K {BATCH} {f'-C -H {groups}' if realign else one}"


def aligned_from(config: Mapping[str, Any], index: str, groups: str, realign: bool = False) -> str:
    """What stands behind the options of the aligner: its index, and the reads of the pipe.

    Args:
        index: what the files of the index begin with.
    """
    if config["align"]["aligner"] != "minimap2":
        return f"{shlex.quote(index)} - {WITHOUT_THREADS}"
    # it takes no lines for its header, whose first line comes before them
    header = f"| sed 1r{shlex.quote(groups)} " if realign else ""
    return f"{shlex.quote(index)}.mmi - {header}{WITHOUT_THREADS}"


def counting(library: Library, config: Mapping[str, Any], paired: bool, json: str) -> str:
    """fastp within the pipe, or nothing for long reads, which it is not made for.

    With one thread of its own it keeps the order of the reads; with two it does not.
    """
    if library.is_long:
        return ""
    words = ["fastp --stdin --stdout --thread 1", f"--json {shlex.quote(json)}", "--html /dev/null"]
    if paired:
        words.append("--interleaved_in")
    if not config["align"]["trim"]:
        words += ["--disable_adapter_trimming", "--disable_trim_poly_g"]
        words += ["--disable_quality_filtering", "--disable_length_filtering"]
    else:
        words += _trimming(library.platform or "ILLUMINA", paired)
    return f"| {' '.join(words)} "


def _trimming(platform: str, paired: bool) -> list[str]:
    """What fastp finds out from files, and has to be told of a pipe."""
    words = ["--trim_poly_g"] if platform == "ILLUMINA" else ["--disable_trim_poly_g"]
    if platform in ADAPTERS:
        first, second = ADAPTERS[platform]
        words.append(f"--adapter_sequence {first}")
        if paired:
            words.append(f"--adapter_sequence_r2 {second}")
    return words


def megabytes_as_bam(file: str) -> float:
    """Size that alignments have, or would have, as BAM: how long they take goes by their reads.

    Raises:
        FileNotFoundError: they are not there yet; Snakemake asks again when they are.
    """
    return os.path.getsize(file) / 1e6 * (CRAM_TO_BAM if file.endswith(".cram") else 1)


def marks_duplicates(library: Library, config: Mapping[str, Any]) -> bool:
    """Whether duplicates are looked for: not of long reads, few of which begin at the same base."""
    return config["align"]["duplicates"] != "keep" and not library.is_long


def marking(library: Library, config: Mapping[str, Any], statistics: str) -> str:
    """Duplicates marked or removed, in a pipe between sorted alignments and the final file."""
    if not marks_duplicates(library, config):
        return ""
    remove = " -r" if config["align"]["duplicates"] == "remove" else ""
    return f"| samtools markdup -l {LONGEST}{remove} -f {shlex.quote(statistics)} -u - - "


def final_header(config: Mapping[str, Any], genome: str, dictionary: str) -> str:
    """A command that prints the first lines of the header: contigs with checksums.

    CRAM is written with the genome that UR names. Given as an option, its absolute path would be
    put there, and the file be another one in every folder. UR stays: sniffles (2.0.7) finds the
    genome by it alone.
    """
    place = f"\\tUR:{genome}" if config["align"]["format"] == "cram" else ""
    contigs = f"s|^@SQ.*|&{place}|p"
    first = r"printf '@HD\tVN:1.6\tSO:coordinate\n'"
    return f"{first}; sed --quiet {shlex.quote(contigs)} {shlex.quote(dictionary)}"


def final_format(config: Mapping[str, Any]) -> str:
    """Options of samtools for the file that is kept."""
    return "bam" if config["align"]["format"] == "bam" else "cram,version=3.0"
