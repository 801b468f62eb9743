"""The header of calls: the same on every run, with the genome's contigs and the sample's name."""

import re
from collections.abc import Iterable, Mapping

from engines.contract.errors import BadData

# Of what a caller writes these stay; dates, command lines and places go.
_STAYS = re.compile(r"##(FILTER|INFO|FORMAT|ALT)=<|##(source|phasing|DeepVariant_version)=")
# How callers tell their version in the header.
_VERSIONS = (
    re.compile(r"##bcftools_callVersion=(\S+)"),
    re.compile(r"##source=freeBayes v?(\S+)"),
    re.compile(r'##GATKCommandLine=<.*\bVersion="([^"]+)"'),
    re.compile(r"##DeepVariant_version=(\S+)"),
    re.compile(r"##source_version=(\S+)"),
    re.compile(r"##source=Sniffles2?_(\S+)"),
)


def version_in(lines: Iterable[str]) -> str | None:
    """The version of the caller as it says it itself, None where it does not."""
    return next(
        (found[1] for line in lines for form in _VERSIONS if (found := form.match(line))), None
    )


def samples_of(columns: str) -> list[str]:
    """Names of the samples in the line that begins with ``#CHROM``."""
    return columns.rstrip("\r\n").split("\t")[9:]


def header(
    lines: list[str], lengths: Mapping[str, int], sample: str, settings: str, tool: str
) -> str:
    """The header of one sample's calls.

    Args:
        lines: the caller's, without ends; the last one is that of the columns. None for a chunk
            in which nothing was to be called.
        lengths: contig → length in bases, in the order of the genome.
        settings: name of the settings by which was called.
        tool: name and version of the caller.

    Raises:
        BadData: the calls are of several samples.
    """
    names = samples_of(lines[-1]) if lines else [sample]
    if len(names) != 1:
        told = f"samples {', '.join(names[:3])}" if names else "no sample"
        raise BadData(
            f"the alignments of {sample} are of {told}, and those of one are needed",
            hint="split them by read groups: samtools split",
        )
    kept = [line for line in lines if _STAYS.match(line)]
    first = next(
        (line for line in lines if line.startswith("##fileformat=")), "##fileformat=VCFv4.2"
    )
    made = f'##plumbline_call=<ID={settings},Caller="{tool}">'
    contigs = [f"##contig=<ID={name},length={length}>" for name, length in lengths.items()]
    columns = "#CHROM POS ID REF ALT QUAL FILTER INFO FORMAT".replace(" ", "\t")
    passed = '##FILTER=<ID=PASS,Description="All filters passed">'
    kept = [line for line in kept if line != passed]
    return "\n".join([first, passed, made, *contigs, *kept, f"{columns}\t{sample}"]) + "\n"
