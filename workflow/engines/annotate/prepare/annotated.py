"""Consequences that the input has already, by the header's Format: VEP's CSQ, SnpEff's ANN, and
BCSQ of bcftools csq (:mod:`engines.annotate.prepare.bcsq`)."""

import re
from collections.abc import Mapping

from engines.annotate.prepare import protein, words
from engines.annotate.prepare.bcsq import NEEDED, TAG, Bcsq
from engines.annotate.prepare.choice import Ranked, Standing, choose, first_of, unversioned
from engines.annotate.prepare.interest import Interest
from engines.annotate.prepare.joined_genes import Told
from engines.annotate.prepare.normal import trim
from engines.annotate.prepare.source import Header
from engines.annotate.variants import Consequence, Lost, ProteinChange
from engines.contract.errors import BadData

_FORMAT = re.compile(r"(?:Format:|annotations:)\s*['\"]?(.+?)['\"]?\s*$", re.IGNORECASE)
_NEEDED: dict[str, tuple[str, ...]] = {
    "CSQ": ("allele", "consequence"),
    "ANN": ("allele", "annotation"),
    TAG: NEEDED,
}
_ALIASES = {
    "annotation": "consequence",
    "gene_name": "symbol",
    "feature_id": "feature",
    "transcript_biotype": "biotype",
    "rank": "exon",
    "hgvs.c": "hgvsc",
    "hgvs.p": "hgvsp",
    "cds.pos / cds.length": "cds_position",
}
_TRANSCRIPTS = ("transcript", "")
_READ = (
    "feature_type", "exon", "intron", "consequence", "symbol", "gene", "feature", "biotype",
    "hgvsc", "hgvsp", "amino_acids", "protein_position", "mane_select", "mane", "canonical",
    "cds_position",
)  # fmt: skip


def annotation_of(
    what: str, header: Header, listed: Mapping[str, int], *, has_models: bool = False
) -> "Annotation | Bcsq | None":
    """The annotation that the header tells of, CSQ before ANN before BCSQ; None where it tells of
    none. With gene models of one's own csq is run anew.

    Raises:
        BadData: the header does not say what its columns are.
    """
    for tag, needed in _NEEDED.items():
        if tag not in header.info or (tag == TAG and has_models):
            continue
        told = _FORMAT.search(header.info[tag].description)
        columns = [name.strip().lower() for name in told[1].split("|")] if told else []
        missing = [name for name in needed if name not in columns]
        if missing:
            raise BadData(
                f"{what}: INFO {tag}: its header line does not say which column is "
                f"{' and '.join(missing)}",
                hint="annotate the calls again, or take the tag out: "
                f"bcftools annotate -x INFO/{tag}",
            )
        return Bcsq(columns, listed) if tag == TAG else Annotation(tag, columns, listed)
    return None


class Annotation:
    """Reads one tag. Features other than transcripts are left out.

    Attributes:
        tag: CSQ or ANN.
        interest: genes of which all consequences are told; of others only the chosen one.
    """

    def __init__(self, tag: str, columns: list[str], listed: Mapping[str, int]) -> None:
        self.tag = tag
        self.interest = Interest()
        self._listed = listed
        self._places = {_ALIASES.get(name, name): i for i, name in enumerate(columns)}
        self._width = len(columns)
        place = self._places.get  # -1: the column that is added to each row, and always empty
        self._cells = {name: place(name, -1) for name in _READ}

    def read(self, text: str, ref: str, alts: list[str]) -> list[tuple[Consequence, ...] | None]:
        """For each ALT its consequences; None where the record tells nothing of it."""
        if not text:
            return [None] * len(alts)
        rows = self._split(text)
        found: list[tuple[Consequence, ...] | None] = []
        for number, alt in enumerate(alts, 1):
            mine = self._rows_of(rows, number, ref, alt, len(alts))
            found.append(self._told(mine) if mine else None)
        return found

    def _split(self, text: str) -> list[list[str]]:
        rows = [cells.split("|") for cells in text.split(",")]
        for row in rows:
            row += [""] * (self._width + 1 - len(row))
        return rows

    def of_structural(self, text: str, number: int, ref: str, alts: list[str]) -> Told | None:
        """What a structural ALT (``number`` from 1) does to genes; None: nothing is told of it."""
        if not text:
            return None
        mine = self._rows_of(self._split(text), number, ref, alts[number - 1], len(alts))
        symbols = [self._get(row, "symbol") or self._get(row, "gene") for row in mine]
        joined = [name.split("&") for name in symbols if "&" in name]  # SnpEff: EML4&ALK
        genes = dict.fromkeys(one for name in symbols for one in name.split("&") if one)
        pair = tuple(dict.fromkeys(joined[0])) if joined else ()
        return Told(tuple(genes), pair if len(pair) > 1 else (), self._lost(mine))

    def _lost(self, rows: list[list[str]]) -> tuple[Lost, ...] | None:
        """Exons by VEP's ``2-7/28``; None where a row does not say which."""
        if self.tag != "CSQ" or "exon" not in self._places or "intron" not in self._places:
            return None
        found = []
        for row in rows:
            if self._get(row, "feature_type").lower() != "transcript":
                continue
            exons = _span(self._get(row, "exon"))
            if not exons and not self._get(row, "intron"):
                return None  # a whole transcript, or one that lies beside it
            name = unversioned(self._get(row, "feature"))
            standing = self._standing(row, name)
            found.append((standing, Lost(self._get(row, "symbol"), name, exons)))
        return tuple(lost for _, lost in sorted(found, key=lambda each: each[0]))

    def _rows_of(
        self, rows: list[list[str]], number: int, ref: str, alt: str, alts: int
    ) -> list[list[str]]:
        by_number = self._places.get("allele_num")
        if by_number is not None:
            return [row for row in rows if row[by_number] == str(number)]
        place = self._places["allele"]
        for name in _spellings(ref, alt):
            mine = [row for row in rows if row[place].strip() == name]
            if mine:
                return mine
        return rows if alts == 1 else []  # of one allele all rows speak, however they call it

    def _told(self, rows: list[list[str]]) -> tuple[Consequence, ...]:
        """All consequences; only the chosen one where nothing is known of any of their genes."""
        rows = [row for row in rows if self._get(row, "feature_type").lower() in _TRANSCRIPTS]
        if not any(self._gene(row) in self.interest for row in rows):
            keyed = [self._key(row) for row in rows]
            if len({key[1] for key in keyed}) == len(rows):
                rows = [rows[first_of(keyed)]] if rows else []
                return tuple(self._consequence(row, is_chosen=True) for row in rows)
            return self._all(rows)[:1]
        return self._all(rows)

    def _key(self, row: list[str]) -> Ranked:
        transcript = unversioned(self._get(row, "feature"))
        terms = words.ordered(self._get(row, "consequence"))
        return self._gene(row), transcript, terms, self._standing(row, transcript)

    def _all(self, rows: list[list[str]]) -> tuple[Consequence, ...]:
        found, standings = [], {}
        for row in rows:
            each = self._consequence(row)
            if each.transcript in standings and each in found:
                continue  # one row for each item of evidence (CIViC's own VCF)
            found.append(each)
            standings[each.transcript] = self._standing(row, each.transcript)
        return choose(found, standings)

    def _consequence(self, row: list[str], *, is_chosen: bool = False) -> Consequence:
        get = self._get
        terms = words.ordered(get(row, "consequence"))
        return Consequence(
            terms=terms,
            gene=self._gene(row),
            transcript=unversioned(get(row, "feature")),
            biotype=get(row, "biotype"),
            protein=self._protein(row, terms),
            coding=get(row, "hgvsc").rpartition(":")[2],
            exon=self._exon(row, terms),
            is_chosen=is_chosen,
        )

    def _gene(self, row: list[str]) -> str:
        return self._get(row, "symbol") or self._get(row, "gene")

    def _exon(self, row: list[str], terms: tuple[str, ...]) -> int | None:
        """The exon; of a splice site, for which the intron is told, the exon that it ends."""
        exon, intron = (
            _first_number(self._get(row, "exon")),
            _first_number(self._get(row, "intron")),
        )
        if self.tag == "ANN" and "intron_variant" in terms:  # SnpEff has one rank for both
            exon, intron = None, exon
        if exon is None and intron is not None:
            if "splice_donor_variant" in terms:
                return intron
            if "splice_acceptor_variant" in terms:
                return intron + 1
        return exon

    def _protein(self, row: list[str], terms: tuple[str, ...]) -> ProteinChange | None:
        told = protein.from_hgvs(self._get(row, "hgvsp"))
        if told:
            return told
        letters = self._get(row, "amino_acids")
        position = self._get(row, "protein_position")
        return protein.from_columns(position, letters) if letters and position else None

    def _standing(self, row: list[str], transcript: str) -> Standing:
        select = self._get(row, "mane_select") or "select" in self._get(row, "mane").lower()
        canonical = self._get(row, "canonical") == "YES"
        length = self._get(row, "cds_position").partition("/")[2].strip()
        return Standing(
            self._listed.get(transcript, Standing().listed),
            0 if select else 1 if canonical else 2,
            -int(length) if length.isdigit() else 0,
        )

    def _get(self, row: list[str], name: str) -> str:
        return row[self._cells[name]].strip()


def _span(text: str) -> tuple[int, ...]:
    """``2, 3`` of ``2-3/28``; empty where no exon is told."""
    first, _, last = text.partition("/")[0].partition("-")
    if not first.isdigit():
        return ()
    return tuple(range(int(first), int(last if last.isdigit() else first) + 1))


def _first_number(text: str) -> int | None:
    """``14`` of ``14/21`` and of ``14-15/21``."""
    first = text.partition("/")[0].partition("-")[0]
    return int(first) if first.isdigit() else None


def _spellings(ref: str, alt: str) -> list[str]:
    """What annotators call an allele: as it stands, without the first base, as short as it goes."""
    names = [alt]
    if len(ref) != len(alt) and ref[:1] == alt[:1]:
        names.append(alt[1:] or "-")
    if len(ref) > 1 and len(alt) > 1:
        _, short_ref, short_alt = trim(1, ref, alt)
        is_indel = len(short_ref) != len(short_alt) and short_ref[:1] == short_alt[:1]
        names.append((short_alt[1:] or "-") if is_indel else short_alt)
    return names
