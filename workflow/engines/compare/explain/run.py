"""``plumbline compare explain``: from a request and a site to the explanation."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from engines import __version__
from engines.compare.case import Inputs, Request
from engines.compare.differences.context import speaking
from engines.compare.explain.reads import alignments_of, reads_at
from engines.compare.explain.text import SCHEMA, SetAside, as_data, explained, left_out
from engines.compare.explain.window import Looked, View, look, records
from engines.compare.opening import open_inputs
from engines.compare.running import core_settings, where_of
from engines.contract.errors import BadUsage, EngineError
from engines.formats.sites import Site, parse_site
from engines.pileup.pileup import Pileup
from engines.pileup.text import WIDTH, as_text

# Superloci of one site that are printed.
MOST = 50


@dataclass(frozen=True)
class Explained:
    """The answer for one site.

    Attributes:
        reads: the pile-up there, where there are alignments.
        no_reads: why alignments that are there are not drawn.
    """

    site: Site
    files: tuple[str, str]
    found: Looked
    reads: Pileup | None = None
    no_reads: str = ""

    def text(self, width: int = WIDTH) -> str:
        """For a terminal of so many columns."""
        parts = [f"{self.site}: truth {self.files[0]}, query {self.files[1]}\n"]
        shown = self.found.loci[:MOST]
        for locus, context in shown:
            inside = _inside(self.found.set_aside, locus.start, locus.end)
            parts.append(explained(locus, context, inside))
        if len(self.found.loci) > MOST:
            parts.append(f"… {len(self.found.loci) - MOST} superloci more: name a smaller site\n")
        if not shown:
            parts.append("nothing was compared here\n")
        lone = [s for s in self.found.set_aside if not self._told(s)]
        if lone:
            parts.append("\n".join(left_out(lone)) + "\n")
        if self.reads is not None:
            parts.append(f"reads: {as_text(self.reads, width)}")
        elif self.no_reads:
            parts.append(f"reads are not drawn: {self.no_reads}\n")
        return "\n".join(parts)

    def data(self) -> dict[str, Any]:
        """For programs."""
        return {
            "schema": SCHEMA,
            "version": __version__,
            "site": str(self.site),
            "truth": self.files[0],
            "query": self.files[1],
            "superloci": [
                as_data(locus, context, _inside(self.found.set_aside, locus.start, locus.end))
                for locus, context in self.found.loci
            ],
            "set_aside": [vars(record) for record in self.found.set_aside],
            "reads": self.reads and self.reads.data(),
        }

    def _told(self, record: SetAside) -> bool:
        shown = self.found.loci[:MOST]
        return any(_inside([record], locus.start, locus.end) for locus, _ in shown)


def _inside(found: Sequence[SetAside], start: int, end: int) -> list[SetAside]:
    return [record for record in found if start < record.position <= max(end, start + 1)]


def explain(request: Request, text: str, alignments: Path | None = None) -> Explained:
    """Compare around a site and say why its calls were counted as they were.

    Args:
        alignments: whose reads are drawn; by default those that a run made of the sample, where
            there are some.

    Raises:
        BadUsage: no such site, or nothing there (the nearest record is named).
        EngineError: an input that is missing, damaged or of another build.
    """
    with tempfile.TemporaryDirectory() as folder:
        # of the stratifications only those that tell of the context are shown
        request = replace(request, roc_regions=("*",))
        inputs = open_inputs(request, Path(folder), lambda name: any(speaking([name])))
        site = parse_site(text, inputs.reference.lengths)
        view = view_of(request, inputs, site.contig)
        found = look(view, site.start, site.end)
        if not found.loci and not found.set_aside:
            raise BadUsage(f"site {site}: {_nothing(view, site)}")
        reads, why = _reads(request, inputs, site, found, alignments)
    files = (request.truth.resolve().name, request.query.resolve().name)
    return Explained(site, files, found, reads, why)


def _reads(
    request: Request, inputs: Inputs, site: Site, found: Looked, alignments: Path | None
) -> tuple[Pileup | None, str]:
    """The pile-up; of alignments that nobody asked for it may be left out, with the reason.

    Raises:
        EngineError: those that were asked for cannot be used.
    """
    path = alignments or alignments_of(request)
    if path is None:
        return None, ""
    try:
        return reads_at(request, inputs, site, [locus for locus, _ in found.loci], path), ""
    except EngineError as error:
        if alignments is not None:
            raise
        return None, error.message


def view_of(request: Request, inputs: Inputs, contig: str) -> View:
    """What the core is asked on one contig."""
    names = (inputs.truth_contigs.back().get(contig), inputs.query_contigs.back().get(contig))
    return View(
        inputs.reference,
        (inputs.truth, inputs.query),
        names,
        core_settings(request, inputs),
        where_of(inputs, contig, (names[0] or contig, names[1] or contig)),
    )


def _nothing(view: View, site: Site) -> str:
    """That nothing is there, and the nearest record of either side."""
    reach = 10_000
    while True:
        near = [
            (max(first - site.end, site.start - last, 0), first, side)
            for side in (0, 1)
            for first, last, _ in records(
                view, side, max(0, site.start - reach), min(view.length, site.end + reach)
            )
        ]
        if near:
            _, first, side = min(near)
            name = ("truth", "query")[side]
            return f"no record there; the nearest is {site.contig}:{first + 1} of the {name}"
        if reach > view.length:
            return f"neither truth nor query has a record on {site.contig}"
        reach *= 10
