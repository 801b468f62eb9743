"""Taking a multi-allelic record apart, one record for each alternative allele.

truvari refuses multi-allelic records. As ``bcftools norm -m -any`` does, the other
alternative alleles become the reference in each genotype: ``1|2`` gives ``1|0``
and ``0|1``. SVTYPE and SVLEN need more care than bcftools takes, because most
callers write one of each for a record whatever the number of its alleles.
"""

import re
from collections.abc import Iterable

INFO, FORMAT = 7, 8
_DEFINITION = re.compile(r"##(INFO|FORMAT)=<ID=([^,>]+),Number=([^,>]+)")


class Splitter:
    """Splits records of one file; the header says which values are per allele."""

    def __init__(self, header: Iterable[str]) -> None:
        found = (_DEFINITION.match(line) for line in header)
        self._numbers = {(m[1], m[2]): m[3] for m in found if m}

    def split(self, fields: list[str]) -> list[list[str]]:
        """One record, as its columns, for each alternative allele of ``fields``."""
        alts = fields[4].split(",")
        one_type = len({_kind(fields[3], alt) for alt in alts}) == 1
        return [self._record(fields, alts, number, one_type) for number in range(len(alts))]

    def _record(self, fields: list[str], alts: list[str], number: int, one_type: bool) -> list[str]:
        record = list(fields)
        record[4] = alts[number]
        record[INFO] = self._info(fields[INFO], alts, number, one_type)
        keys = fields[FORMAT].split(":")
        for column in range(FORMAT + 1, len(fields)):
            values = fields[column].split(":")
            record[column] = ":".join(
                genotype_of(value, number + 1)
                if key == "GT"
                else self._pick("FORMAT", key, value, number, len(alts))
                for key, value in zip(keys, values, strict=False)
            )
        return record

    def _info(self, info: str, alts: list[str], number: int, one_type: bool) -> str:
        """INFO of one allele, without what the record says of all alleles in common."""
        items = [item.partition("=") for item in info.split(";")]
        lengths = next((value for key, _, value in items if key == "SVLEN"), "").split(",")
        per_allele = len(lengths) == len(alts)
        kept = []
        for key, equals, value in items:
            if key == "SVLEN":
                if not per_allele and not alts[number].startswith("<"):
                    continue
                value = lengths[number] if per_allele else value
            elif (key == "SVTYPE" and not one_type) or (
                key == "END" and per_allele and alts[number].startswith("<")
            ):
                continue
            else:
                value = self._pick("INFO", key, value, number, len(alts))
            kept.append(f"{key}{equals}{value}")
        return ";".join(kept) or "."

    def _pick(self, kind: str, key: str, value: str, number: int, alts: int) -> str:
        """The values of one allele (Number=A), with the reference's (R), of its genotypes (G)."""
        values = value.split(",")
        wanted = {"A": [number], "R": [0, number + 1], "G": _genotypes(number + 1)}.get(
            self._numbers.get((kind, key), "")
        )
        expected = {"A": alts, "R": alts + 1, "G": (alts + 1) * (alts + 2) // 2}
        if wanted is None or len(values) != expected[self._numbers[kind, key]]:
            return value
        return ",".join(values[index] for index in wanted)


def genotype_of(genotype: str, allele: int) -> str:
    """A genotype with ``allele`` as 1 and every other allele as 0: ``1|2`` → ``0|1`` for 2."""
    return re.sub(r"\d+", lambda found: str(int(int(found[0]) == allele)), genotype)


def _genotypes(allele: int) -> list[int]:
    """Places of 0/0, 0/a and a/a in a diploid Number=G list (VCF 4.3, 1.6.2)."""
    return [0, allele * (allele + 1) // 2, allele * (allele + 1) // 2 + allele]


def _kind(ref: str, alt: str) -> str:
    if alt.startswith("<") or "[" in alt or "]" in alt:
        return alt.strip("<>").partition(":")[0]
    return "INS" if len(alt) > len(ref) else "DEL" if len(alt) < len(ref) else "same length"
