"""``OUT.vcf.gz``: the annotated VCF in the form of the GA4GH benchmarking team, and its index.

https://github.com/ga4gh/benchmarking-tools, doc/ref-impl/intermediate.md
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from engines import __version__
from engines.formats.bgzf_writer import PartWriter, join_parts
from engines.formats.tabix_writer import ContigIndex, write_index

HEADER = """\
##fileformat=VCFv4.2
##source=plumbline {version}
##reference={reference}
{contigs}\
##INFO=<ID=BS,Number=1,Type=Integer,Description="Superlocus: position of the first call of the \
cluster">
##INFO=<ID=Regions,Number=.,Type=String,Description="Confident (CONF) and stratification regions">
{filters}\
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
##FORMAT=<ID=BD,Number=1,Type=String,Description="Decision: TP, FP, FN, UNK (not assessed)">
##FORMAT=<ID=BK,Number=1,Type=String,Description="Match: gm genotype, am allele, lm local, . none">
##FORMAT=<ID=BI,Number=1,Type=String,Description="Subtypes of the called alleles">
##FORMAT=<ID=BVT,Number=1,Type=String,Description="Type: SNP, INDEL, NOCALL">
##FORMAT=<ID=BLT,Number=1,Type=String,Description="Class of the genotype">
##FORMAT=<ID=QQ,Number=1,Type=Float,Description="Quality of the query call">
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tTRUTH\tQUERY
"""


# A line that declares a filter and that every reader understands.
VALUE = r'"(?:[^"\\]|\\.)*"'
FILTER = re.compile(
    rf'##FILTER=<ID=([^\s,<>"]+),Description={VALUE}(?:,\w+=(?:{VALUE}|[^\s,<>"]+))*>'
)
UNNAMED = "The query record failed a filter without a name"


def filter_lines(header: Iterable[str], used: Iterable[str]) -> list[str]:
    """The header lines of filters: the query's own, then what it uses and does not declare.

    Args:
        header: of the query.
        used: names of filters that its calls failed.
    """
    declared: dict[str, str] = {}
    for line in header:
        if found := FILTER.fullmatch(line):
            declared.setdefault(found[1], line)
    for name in sorted(set(used) - declared.keys()):
        text = UNNAMED if name == "FAIL" else "Of the query, whose header does not describe it"
        declared[name] = f'##FILTER=<ID={name},Description="{text}">'
    return list(declared.values())


def write_vcf(
    path: Path,
    reference: str,
    lengths: Mapping[str, int],
    filters: Sequence[str],
    parts: Mapping[str, tuple[Path, ContigIndex]],
) -> None:
    """Put the parts of the contigs behind a header, and write the index.

    Args:
        path: ``OUT.vcf.gz``.
        reference: name of the reference.
        lengths: contig of the reference → bases.
        filters: header lines that declare them.
        parts: contig → its part and the index of that, in the order of the reference.
    """
    contigs = "".join(f"##contig=<ID={name},length={n}>\n" for name, n in lengths.items())
    header = HEADER.format(
        version=__version__,
        reference=reference,
        contigs=contigs,
        filters="".join(f"{line}\n" for line in filters),
    )
    head = path.with_name(f".{path.name}.head")
    with open(head, "wb") as target:
        writer = PartWriter(target)
        writer.write(header.encode())
        writer.finish()
    places = join_parts(path, [head, *(part for part, _ in parts.values())])
    head.unlink()
    indexes = {contig: index for contig, (_, index) in parts.items()}
    write_index(path, indexes, dict(zip(parts, places[1:], strict=True)), max(lengths.values()))
