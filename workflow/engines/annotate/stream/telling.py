"""What is told of calls, fast: what many calls have in common is made once.

The message of the first call of a kind is made in full (:mod:`message`, :mod:`rows`,
:mod:`vcf`). Of it everything is kept that the others of its kind have too; what each call has
for itself is put between. So there is one place that says what a message is, and this one only
knows which fields differ within a kind.
"""

from collections.abc import Iterable
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Any, NamedTuple

from engines.annotate.stream import message, rows, vcf
from engines.annotate.stream.message import TEXTS, Json, Parts, encode, rounded
from engines.annotate.stream.notation import hgvs
from engines.annotate.stream.tally import Tally
from engines.annotate.variants import Call
from engines.annotate.verdict import Annotated, AnnotatedStructural, CannedText, Confidence

_MOST = 5_000  # kinds that are kept
_TIER = ("tier", "level", "amp_tier", "context", "tier_reason", "contexts")
_EVIDENCE = ("evidence", "rejected_evidence")
_ROW = (rows.COLUMNS.index("tier"), rows.COLUMNS.index("confidence"))
_ROW_END = rows.COLUMNS.index("decisive")
_INFO = tuple(vcf.FIELDS).index("PL_CONFIDENCE")
_quoted = lru_cache(maxsize=1 << 16)(encode_basestring)
_cell = lru_cache(maxsize=1 << 16)(rows.text)
_escaped = lru_cache(maxsize=1 << 16)(vcf.escaped)
_hgvs = lru_cache(maxsize=1 << 12)(hgvs)
_terms = lru_cache(maxsize=1 << 12)("&".join)


class Told(NamedTuple):
    """What is told of a call: a message, a row of the table, and a line for the VCF."""

    message: bytes
    row: str
    info: str
    is_listed: bool


class Kind:
    """What calls of one kind have in common.

    Attributes:
        times: how often it was told since it was last counted.
    """

    def __init__(self, annotated: Annotated, told: Json, is_listed: bool) -> None:
        self.annotated, self.is_listed, self.times = annotated, is_listed, 0
        self.not_assessed: list[str] = told["not_assessed"]
        self.sample = _members(told, ("sample",)) if "sample" in told else ""
        self.tier = _members(told, _TIER).encode()
        self.missing = _members(told, ("not_assessed",)).encode()
        self.evidence = _members(told, _EVIDENCE).encode()
        self.score = _members(told, ("oncogenicity",)).encode()
        cells = rows.cells_of(told)
        self.row = "\t".join(cells[slice(*_ROW)])
        self.row_end = "\t".join(cells[_ROW_END:]) + "\n"
        values = [value or "." for value in vcf.values_of(told)]
        self.info = "\t".join(values[:_INFO])
        self.info_end = "\t".join(values[_INFO + 3 :]) + "\n"

    def is_of(self, annotated: Annotated) -> bool:
        """Whether the objects are the same by whose ids the kind was found."""
        first = self.annotated
        return (
            first.matches is annotated.matches
            and first.contexts is annotated.contexts
            and first.tier_context is annotated.tier_context
            and first.oncogenicity is annotated.oncogenicity
        )


def _members(told: Json, names: Iterable[str]) -> str:
    """``"name":value,`` of each: a piece of a JSON object."""
    return "".join([f'"{name}":{encode(told[name])},' for name in names])


class Telling:
    """Tells calls.

    Args:
        sample: name of the tumour in the input; None where it has none.
        disease: that was asked about, as the disease map calls it.
        tally: where they are counted, see :meth:`settle`.
    """

    def __init__(self, sample: str | None, disease: str, tally: Tally) -> None:
        self._sample, self._disease, self._tally = sample, disease, tally
        self._kinds: dict[tuple[Any, ...], Kind] = {}
        self._confidences: Parts[Confidence, Json] = Parts(message.confidence)

    def of(self, number: int, annotated: Annotated) -> Told:
        """All of a call; the same as :mod:`message`, :mod:`rows` and :mod:`vcf` make."""
        kind = self._kind(number, annotated)
        call, chosen = annotated.call, annotated.call.chosen
        chrom, pos, ref, alt = message.split_original(call.original)
        name = encode_basestring(alt)
        gene = transcript = terms = coding = protein = None
        by = ""
        if chosen:
            gene, transcript, coding = chosen.gene, chosen.transcript or None, chosen.coding or None
            terms = _terms(chosen.terms)
            protein = _hgvs(chosen.protein) if chosen.protein else None
        elif annotated.named:
            gene, change, ids = annotated.named.gene, annotated.named.change, annotated.named.ids
            protein = _hgvs(change) if change else None
            by = f'"named_by":{encode(ids)},'
        vaf = rounded(call.vaf)
        allele = ":".join((call.allele.chrom, str(call.allele.pos), *call.allele[2:]))
        where = _quoted(chrom)
        head = (
            f'{{"type":"variant_update","data":{{"number":{number},"variant_id":{number},'
            f'"chrom":{where},"pos":{pos},"ref":"{ref}","alt":{name},"chromosome":{where},'
            f'"position":{pos},"allele":{encode_basestring(allele)},{kind.sample}'
            f'"gene":{_json(gene)},"transcript":{_json(transcript)},"consequence":{_json(terms)},'
            f'"hgvs_c":{_json(coding)},"hgvs_p":{_json(protein)},{by}'
        )
        line = b"".join(
            (
                head.encode(),
                kind.tier,
                self._confidences.encoded(annotated.confidence)[1:-1],
                b",",
                kind.missing,
                _measured(call, vaf).encode(),
                kind.evidence,
                _texts(annotated),
                kind.score,
                b'"texts":[',
                b",".join([TEXTS.encoded(each) for each in annotated.texts]),
                b"]}}\n",
            )
        )
        sure = self._confidences.told(annotated.confidence)["confidence"]
        row = (
            f"{number}\t{_cell(chrom)}\t{pos}\t{ref}\t{rows.text(alt)}\t{rows.text(allele)}\t"
            f"{_cell(gene)}\t{_cell(transcript)}\t{_cell(terms)}\t{rows.text(coding)}\t"
            f"{rows.text(protein)}\t{kind.row}\t{rows.known(sure)}\t{rows.known(vaf)}\t"
            f"{rows.known(call.depth)}\t{rows.known(call.population_af)}\t"
            f"{_cell(';'.join(call.filters))}\t{kind.row_end}"
        )
        info = (
            f"{call.line}\t{alt}\t{kind.info}\t{'.' if sure is None else f'{sure:.4g}'}\t"
            f"{_escaped(gene or '') or '.'}\t{vcf.escaped(protein or '') or '.'}\t{kind.info_end}"
        )
        kind.times += 1
        return Told(line, row, info, kind.is_listed)

    def structural(self, number: int, annotated: AnnotatedStructural) -> Told:
        """Likewise of a structural call: there are few."""
        told = message.structural(number, annotated, self._sample, self._disease)
        is_listed = message.is_worth_listing(told)
        info = vcf.info(annotated.call.line, annotated.call.original, told)
        made = Told(message.line("variant_update", told), rows.row(told), info, is_listed)
        self._tally.count(annotated, told["not_assessed"], is_listed)
        return made

    def settle(self) -> None:
        """Count what was told since the last time."""
        for kind in self._kinds.values():
            if kind.times:
                self._tally.count(kind.annotated, kind.not_assessed, kind.is_listed, kind.times)
                kind.times = 0

    def _kind(self, number: int, annotated: Annotated) -> Kind:
        key = (
            id(annotated.matches),
            id(annotated.contexts),
            id(annotated.oncogenicity),
            annotated.tier,
            annotated.rationale,
            annotated.not_assessed,
            annotated.confidence.not_assessed,
        )
        found = self._kinds.get(key)
        if found is None or not found.is_of(annotated):
            if found is not None or len(self._kinds) >= _MOST:
                self.settle()  # what is given up is counted before
            if len(self._kinds) >= _MOST:
                self._kinds.clear()
            told = message.update(number, annotated, self._sample, self._disease)
            found = self._kinds[key] = Kind(annotated, told, message.is_worth_listing(told))
        return found


def _json(text: str | None) -> str:
    return "null" if text is None else _quoted(text)


def _measured(call: Call, vaf: float | None) -> str:
    filters = encode(list(call.filters)) if call.filters else "[]"
    scores = f'"scores":{encode(call.scores)},' if call.scores else ""
    return (
        f'"vaf":{"null" if vaf is None else vaf},'
        f'"depth":{"null" if call.depth is None else call.depth},"filters":{filters},'
        f'"population_af":{"null" if call.population_af is None else call.population_af},{scores}'
    )


def _texts(annotated: Annotated) -> bytes:
    texts = annotated.texts
    first = _SAID.encoded(texts[0]) if texts else b"null"
    chosen = message.interpreting(texts)
    meant = _SAID.encoded(chosen) if chosen else encode(annotated.rationale).encode()
    return b'"canned_text":%b,"interpretation":%b,' % (first, meant)


_SAID: Parts[CannedText, str] = Parts(lambda found: found.text)
