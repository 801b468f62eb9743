"""The reads behind an explanation: the pile-up of the site, with truth and query above it."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from engines.compare.case import Inputs, Request
from engines.compare.explain.locus import QUERY, TRUTH, Locus
from engines.formats.sites import Site, check_length
from engines.formats.vcf import Vcf
from engines.pileup import pileup
from engines.pileup.limits import LONGEST
from engines.pileup.pileup import Pileup
from engines.pileup.tracks import Track, tracks_of

ENDINGS = (".cram", ".bam")
FOLDER = "alignments"


def alignments_of(request: Request) -> Path | None:
    """The alignments that a run made of the sample, beside its comparison; None where it has none.

    A comparison lies in ``results/small_variants``, the alignments in ``results/alignments``
    under the name of the sample whose calls they are.
    """
    sample = request.called_sample or request.out.name
    folder = request.out.resolve().parent.parent / FOLDER
    found = (folder / f"{sample}{ending}" for ending in ENDINGS)
    return next((path for path in found if path.is_file()), None)


def reads_at(
    request: Request, inputs: Inputs, site: Site, loci: Sequence[Locus], alignments: Path
) -> Pileup:
    """Draw the reads of a site under the calls of both sides.

    Raises:
        EngineError: the alignments cannot be used.
    """
    check_length(site, LONGEST)
    asked = pileup.Request(alignments, inputs.reference.path, str(site))
    around = pileup.window(site, asked.flank, inputs.reference)
    tracks = [
        track
        for side, vcf, sample in zip(
            (TRUTH, QUERY),
            (inputs.truth, inputs.query),
            (request.truth_sample, request.query_sample),
            strict=True,
        )
        for track in (
            *_decided(side, loci),
            *_around(side, vcf, sample, site, loci, around),
        )
    ]
    return pileup.piled(asked, inputs.reference, site, tracks)


def _decided(side: str, loci: Sequence[Locus]) -> Iterator[Track]:
    """Calls that were decided, each allele once."""
    for locus in loci:
        for call in locus.side(side):
            note = f"{call.decision} {call.genotype_text}"
            for start, end, put in dict.fromkeys(edit for edit in call.edits if edit):
                yield Track(side, note, (start, end - start, put))


def _around(
    side: str,
    vcf: Vcf,
    sample: str | None,
    site: Site,
    loci: Sequence[Locus],
    window: tuple[int, int],
) -> Iterator[Track]:
    """Records in the window that belong to other superloci: as they are written."""
    for track in tracks_of(vcf.path, site.contig, *window, vcf.index, side, sample):
        start, end = track.extent
        if not any(start <= locus.end and end >= locus.start for locus in loci):
            yield track
