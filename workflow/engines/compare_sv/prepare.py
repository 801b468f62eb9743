"""From two VCF files, a reference and a BED file to what truvari can read.

A file that needs nothing is handed over as it is; else a mended copy is written.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pysam

from engines.compare_sv import guards
from engines.compare_sv.alleles import Splitter
from engines.compare_sv.mend import Mender, definition
from engines.compare_sv.set_aside import NO_CONTIG, NO_TRUTH_CONTIG, SetAside
from engines.contract.errors import BadData
from engines.formats.bed import Regions, read_bed
from engines.formats.contigs import ContigMap, map_contigs
from engines.formats.fasta import Reference
from engines.formats.vcf import Vcf, open_vcf

_UNKNOWN = "\N{REPLACEMENT CHARACTER}"  # what open_vcf reads for bytes that are not UTF-8


@dataclass
class CallSet:
    """One side of the comparison, ready for truvari.

    Attributes:
        what: how messages call it, e.g. ``query calls.vcf.gz``.
        path: the file that truvari reads.
        sample: name of the sample compared.
        contigs: contigs of its header as compared → length in bases.
        occupied: of these, the ones with records.
        records: data lines of the file as given.
        alleles_added: records more after splitting.
        set_aside: records that truvari is not given.
        warnings: what was changed.
    """

    what: str
    path: Path
    sample: str
    contigs: dict[str, int]
    occupied: set[str]
    records: int
    alleles_added: int
    set_aside: SetAside
    warnings: list[str]


def open_truth(path: Path, reference: Reference | None, work: Path) -> tuple[Vcf, dict[str, int]]:
    """Open the truth; give it with the contigs to compare on: the reference's, or its own.

    Raises:
        BadData: nobody says how long a contig with truth records is.
    """
    truth = open_vcf(path, "truth", work)
    if reference:
        return truth, reference.lengths
    unknown = [name for name in truth.occupied() if truth.contigs[name] is None]
    if unknown:
        raise BadData(
            f"{truth.what}: its header does not say how long contig {unknown[0]} is",
            hint="give the --reference, which does",
        )
    return truth, {name: length for name, length in truth.contigs.items() if length is not None}


def prepare(
    role: str,
    vcf: Vcf,
    target: Mapping[str, int],
    reference: Reference | None,
    sample: int,
    needs_genotype: bool,
    work: Path,
) -> CallSet:
    """Check one call set and mend what truvari cannot read.

    Args:
        role: ``truth`` or ``query``.
        target: contig → length in bases of what is compared.
        sample: index in a data line of the column of the sample to compare.
        needs_genotype: set records without GT aside.
        work: folder for a mended copy.

    Raises:
        BadData: contigs or bases of another build than the target's, a line that is no record.
    """
    called = "the reference" if reference else "the truth"
    contigs = map_contigs(vcf.what, vcf.contigs, target, called=called)
    mender = Mender(
        names=contigs.names,
        elsewhere=NO_CONTIG if reference else NO_TRUTH_CONTIG,
        splitter=Splitter(vcf.header),
        defined=_defined(vcf.header),
        sample=sample,
        needs_genotype=needs_genotype,
    )
    bases = guards.ReferenceBases(reference)
    for contig in vcf.occupied():
        for record in mender.mend(vcf.lines(contig)):
            bases.offer(record)
    warnings = [*vcf.notes, *bases.check(vcf.what), *_changes(vcf, contigs, mender)]
    call_set = CallSet(
        what=vcf.what,
        path=vcf.path,
        sample=vcf.samples[sample - 9],
        contigs={ours: target[ours] for ours in contigs.names.values()},
        occupied={contigs.names[name] for name in vcf.occupied() if name in contigs.names},
        records=mender.records,
        alleles_added=mender.alleles_added,
        set_aside=mender.set_aside,
        warnings=warnings,
    )
    if _must_be_rewritten(vcf, contigs, mender):
        call_set.path = work / f"{role}.mended.vcf.gz"
        header = _header(vcf, contigs, target, mender)
        _write(call_set.path, header, vcf, mender.again())
    return call_set


def _defined(header: list[str]) -> set[tuple[str, str]]:
    """(kind, ID) of the INFO, FORMAT and FILTER lines."""
    found = set()
    for line in header:
        kind, _, rest = line.removeprefix("##").partition("=<ID=")
        if kind in ("INFO", "FORMAT", "FILTER"):
            found.add((kind, rest.partition(",")[0].rstrip(">")))
    return found


def _changes(vcf: Vcf, contigs: ContigMap, mender: Mender) -> list[str]:
    """What was changed or added, in words."""
    texts = [f"{vcf.what}: {records:,} {what}" for what, records in mender.changes.items()]
    if renamed := [f"{a} → {b}" for a, b in contigs.names.items() if a != b]:
        texts.append(f"{vcf.what}: {len(renamed):,} contigs renamed ({', '.join(renamed[:2])}, …)")
    if _UNKNOWN in "".join(vcf.header):
        texts.append(f"{vcf.what}: its header is not UTF-8: characters replaced by {_UNKNOWN}")
    if mender.undefined:
        names = ", ".join(name for _, name in sorted(mender.undefined)[:5])
        texts.append(
            f"{vcf.what}: {len(mender.undefined):,} keys or filters are not defined in its "
            f"header ({names}); defined for truvari"
        )
    return texts


def _must_be_rewritten(vcf: Vcf, contigs: ContigMap, mender: Mender) -> bool:
    dropped = mender.set_aside.total > 0
    return bool(
        mender.changes
        or mender.undefined
        or dropped
        or contigs.renamed
        or len(vcf.samples) > 1
        or _UNKNOWN in "".join(vcf.header)
        or any(length is None for length in vcf.contigs.values())
        or vcf.path.suffix != ".gz"  # truvari goes by the name
    )


def _header(vcf: Vcf, contigs: ContigMap, target: Mapping[str, int], mender: Mender) -> list[str]:
    """The header with everything that the mended records use."""
    lines = [line for line in vcf.header[:-1] if not line.startswith("##contig=")]
    lines += [f"##contig=<ID={ours},length={target[ours]}>" for ours in contigs.names.values()]
    lines += [definition(*key, value) for key, value in sorted(mender.undefined.items())]
    columns = vcf.header[-1].split("\t")
    return [*lines, "\t".join([*columns[:9], columns[mender.sample]])]


def _write(path: Path, header: list[str], vcf: Vcf, mender: Mender) -> None:
    with pysam.BGZFile(str(path), "wb") as handle:
        handle.write("".join(f"{line}\n" for line in header).encode())
        for contig in vcf.occupied():
            for record in mender.mend(vcf.lines(contig)):
                handle.write(("\t".join(record) + "\n").encode())
    pysam.tabix_index(str(path), preset="vcf", force=True)


def prepare_confident(
    path: Path, target: Mapping[str, int], truth: CallSet, work: Path
) -> tuple[Regions, Path, list[str]]:
    """Read the confident regions and write them plainly, merged, under the target's names.

    Returns:
        The regions, the file for truvari, and what was left out of them.

    Raises:
        BadData: no region, none on a contig with truth records, or another build.
    """
    regions = read_bed(path, "confident", target)
    guards.check_regions(regions, truth.what, truth.occupied)
    warnings = []
    if regions.ignored:
        warnings.append(f"confident {path}: {regions.ignored:,} rows without a base ignored")
    if regions.absent:
        warnings.append(
            f"confident {path}: {len(regions.absent):,} contigs are not compared "
            f"({', '.join(regions.absent[:3])})"
        )
    plain = work / "confident.bed"
    with open(plain, "w", encoding="utf-8") as handle:
        for contig, intervals in regions.by_contig.items():
            for start, end in zip(intervals.starts, intervals.ends, strict=True):
                handle.write(f"{contig}\t{start}\t{end}\n")
    return regions, plain, warnings
