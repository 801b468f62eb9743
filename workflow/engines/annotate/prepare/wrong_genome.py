"""A genome that the calls were not made with: told before anything is."""

from engines.annotate.prepare.contig_names import Names
from engines.annotate.prepare.normal import Genome
from engines.annotate.prepare.source import Source
from engines.contract.errors import BadData
from engines.formats.fasta import Reference

SAMPLE = 1_000  # records that are looked at
FEWEST = 10  # records that must differ
SHARE = 0.3  # by chance three of four bases differ


def refuse_wrong_genome(source: Source, names: Names, reference: Reference) -> None:
    """Look at REF of the first records.

    Raises:
        BadData: so many differ from the genome that it must be another one.
    """
    genome = Genome(reference)
    seen = differ = 0
    for _, text in source.lines():
        cells = text.split("\t", 4)
        if len(cells) < 5 or cells[0] not in names.genome or not cells[1].isdigit():
            continue
        contig, start = names.genome[cells[0]], int(cells[1]) - 1
        ref = cells[3].upper()
        if start < 0 or start + len(ref) > reference.lengths[contig]:
            continue
        seen += 1
        differ += genome.fetch(contig, start, start + len(ref)) != ref
        if seen == SAMPLE:
            break
    if differ >= FEWEST and differ / seen > SHARE:
        raise BadData(
            f"{source.what}: REF of {differ:,} of the first {seen:,} records is not what "
            f"{reference.path} has there: the calls are of another genome",
            hint="give the genome that the calls were made with",
        )
