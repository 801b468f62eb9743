"""Consequences that ``bcftools csq`` wrote into the input: INFO BCSQ."""

from collections.abc import Mapping

from engines.annotate.prepare import protein, words
from engines.annotate.prepare.choice import Standing, choose, unversioned
from engines.annotate.prepare.interest import Interest
from engines.annotate.prepare.joined_genes import Told
from engines.annotate.variants import Consequence

TAG = "BCSQ"
NEEDED = ("consequence", "gene", "transcript", "biotype", "amino_acid_change", "dna_change")


class Bcsq:
    """Reads BCSQ by the columns of its header line.

    A row does not name its allele: where a record has several, it is found by its change of the
    DNA. A row ``@POS`` says that the words stand at another record: they are not looked up there,
    and the allele is not assessed. Exons are not told.
    """

    tag = TAG

    def __init__(self, columns: list[str], listed: Mapping[str, int]) -> None:
        self.interest = Interest()  # all consequences are told: they are few
        self._listed = listed
        self._places = [columns.index(name) for name in NEEDED]
        self._width = len(columns)

    def read(self, text: str, ref: str, alts: list[str]) -> list[tuple[Consequence, ...] | None]:
        """For each ALT its consequences; None where they stand at another record.

        A record without the tag lies in no transcript.
        """
        if not text:
            return [()] * len(alts)
        return [self._of(text, ref, alt, is_only=len(alts) == 1) for alt in alts]

    def of_structural(self, text: str, number: int, ref: str, alts: list[str]) -> Told | None:
        """None: csq takes breakends for insertions, and tells nothing of symbolic alleles."""
        return None

    def _of(
        self, text: str, ref: str, alt: str, *, is_only: bool
    ) -> tuple[Consequence, ...] | None:
        found: list[Consequence] = []
        elsewhere = False
        for cells in text.split(","):
            if cells.startswith("@"):
                elsewhere = True
                continue
            row = cells.split("|")
            row += [""] * (self._width - len(row))
            each = self._consequence(row)
            if (is_only or _is_of(row[self._places[5]], ref, alt)) and each not in found:
                found.append(each)
        if not found and (elsewhere or not is_only):
            return None
        unlisted = Standing().listed
        standings = {
            each.transcript: Standing(self._listed.get(each.transcript, unlisted)) for each in found
        }
        return choose(found, standings)

    def _consequence(self, row: list[str]) -> Consequence:
        terms, gene, transcript, biotype, amino_acids, _ = (row[at] for at in self._places)
        named = words.from_csq(terms)
        change = protein.from_csq(amino_acids, named)
        return Consequence(named, gene, unversioned(transcript), biotype, change)


def _is_of(change: str, ref: str, alt: str) -> bool:
    """``140453136A>T``, or one of several that are told together with ``+``."""
    parts = (part.lstrip("0123456789").partition(">") for part in change.split("+"))
    return any((one, other) == (ref, alt) for one, _, other in parts)
