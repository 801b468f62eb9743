"""Allele frequencies of a population: from an indexed VCF, one look for each call."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pysam

from engines.annotate.prepare.contig_names import plain_name
from engines.annotate.prepare.info import info_of, number_of
from engines.annotate.prepare.normal import trim
from engines.annotate.prepare.source import Source
from engines.annotate.variants import Allele
from engines.contract.errors import BadData, BadUsage, InputMissing
from engines.contract.wording import did_you_mean, quoted
from engines.formats.contigs import build_of


class Population:
    """A user's VCF with a tag such as AF.

    Attributes:
        absent: calls on contigs that the file does not have.

    Raises:
        BadUsage: no tag was named, or the file has no such tag.
        InputMissing: no file, or no index of it.
        BadData: it is of another build.
    """

    def __init__(self, path: Path, tag: str | None, build: str) -> None:
        source = Source(path)
        what = f"population {path}"
        if tag is None:
            raise BadUsage(
                f"{what}: which of its INFO tags is the frequency?",
                hint="say --population-tag AF, or as its header calls it",
            )
        if tag not in source.header.info:
            raise BadUsage(
                f"{what}: no INFO tag {quoted(tag)}{did_you_mean(tag, source.header.info)}",
                hint="check --population-tag",
            )
        theirs = build_of(source.header.contigs)
        if theirs and theirs != build:
            raise BadData(
                f"{what}: of {theirs}, the calls are of {build}", hint="give a matching file"
            )
        try:
            self._file = pysam.TabixFile(str(path), encoding="utf-8")
        except (OSError, ValueError) as error:
            is_packed = path.suffix in (".gz", ".bgz")
            hint = (
                f"tabix -p vcf {path.name}" if is_packed else "compress it with bgzip, then tabix"
            )
            raise InputMissing(f"{what}: no index beside it", hint=hint) from error
        self._what, self._tag = what, tag
        self._names: Mapping[str, str] = {plain_name(name): name for name in self._file.contigs}
        self.absent = 0

    def frequency(self, allele: Allele) -> float | None:
        """The highest frequency of the allele; 0.0 where the file does not have it.

        None where the file has nothing of the contig, or the allele without a frequency.
        """
        name = self._names.get(allele.chrom)
        if name is None:
            self.absent += 1
            return None
        told: list[float | None] = []
        try:
            for row in self._file.fetch(name, allele.pos - 1, allele.pos):
                told += self._of(row, allele)
        except (OSError, ValueError, UnicodeDecodeError) as error:
            raise BadData(f"{self._what}: cannot be read at {allele.name}: {error}") from error
        if not told:
            return 0.0
        return max((each for each in told if each is not None), default=None)

    def _of(self, row: str, allele: Allele) -> Iterator[float | None]:
        cells = row.split("\t", 8)
        pos, ref, alts = int(cells[1]), cells[3].upper(), cells[4].upper().split(",")
        for number, alt in enumerate(alts, 1):
            if not alt.isalpha() or not ref.isalpha():
                continue
            if trim(pos, ref, alt) == (allele.pos, allele.ref, allele.alt):
                yield number_of(info_of(cells[7]), self._tag, number, len(alts))

    def close(self) -> None:
        self._file.close()
