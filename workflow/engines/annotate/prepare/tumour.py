"""What the tumour's column and INFO tell of an allele: depth, share, phase. Nothing is guessed."""

from dataclasses import dataclass
from functools import lru_cache

from engines.annotate.prepare import caller_counts
from engines.annotate.prepare.source import Header
from engines.contract.errors import BadUsage
from engines.contract.wording import did_you_mean, quoted

TUMOUR_NAMES = ("TUMOR", "TUMOUR")
_KEYS = ("GT", "DP", "AD", "AF", "PS", "PGT", "PID")


def choose_sample(
    what: str, samples: list[str], asked: str | None, told: str | None = None
) -> str | None:
    """The tumour's sample; None where the file has no samples.

    Args:
        told: by the header (``##tumor_sample`` of Mutect2).

    Raises:
        BadUsage: there is no such sample, or several and none was chosen.
    """
    if asked is not None:
        if asked not in samples:
            has = f"it has {', '.join(samples[:10])}" if samples else "it has none"
            raise BadUsage(
                f"{what}: no sample {quoted(asked)}; {has}{did_you_mean(asked, samples)}",
                hint="check --tumour",
            )
        return asked
    if len(samples) <= 1:
        return samples[0] if samples else None
    if told in samples:
        return told
    named = [name for name in samples if name.upper() in TUMOUR_NAMES]
    if len(named) == 1:
        return named[0]
    raise BadUsage(
        f"{what}: {len(samples)} samples: {', '.join(samples[:10])}",
        hint="say which one is the tumour: --tumour SAMPLE",
    )


@dataclass(slots=True)
class Genotype:
    """What is told of all alleles of a record.

    Attributes:
        alleles: of GT; None stands for ``.``; empty without a genotype.
        block: phase set, None where the genotype is not phased.
        depths: of REF and each ALT; None where AD is not told.
        shares: of each ALT by AF; None where it is not told.
    """

    alleles: tuple[int | None, ...] = ()
    block: str | None = None
    depth: int | None = None
    depths: list[int] | None = None
    shares: list[float] | None = None

    def lacks(self, number: int) -> bool:
        """The genotype is known, and does not have ALT ``number`` (from 1)."""
        return bool(self.alleles) and None not in self.alleles and number not in self.alleles

    def vaf(self, number: int) -> float | None:
        """Reads with ALT ``number`` of all reads, else what AF says."""
        if self.depths and number < len(self.depths):
            total = sum(self.depths)
            return self.depths[number] / total if total else None
        if self.shares and number <= len(self.shares):
            return self.shares[number - 1]
        return None

    def phase(self, number: int) -> tuple[str, int] | None:
        """(set, haplotype) of ALT ``number``."""
        if self.block is None or number not in self.alleles:
            return None
        return self.block, self.alleles.index(number)

    def is_homozygous(self, number: int) -> bool | None:
        if len(self.alleles) < 2 or None in self.alleles:
            return None
        return self.alleles.count(number) == len(self.alleles)


_NOTHING = Genotype()


class TumourColumn:
    """Reads the tumour's column; the places of its keys are looked up once for each FORMAT."""

    def __init__(self, header: Header, sample: str | None) -> None:
        self._column = 9 + header.samples.index(sample) if sample is not None else None
        self._places: dict[str, tuple[int, ...]] = {}
        self._own_words: dict[str, bool] = {}

    def read(self, cells: list[str]) -> Genotype:
        """Of the cells of a record; keys that are not there or not numbers are not told."""
        if self._column is None or len(cells) <= self._column:
            return _NOTHING
        places = self._places.get(cells[8])
        if places is None:
            keys = cells[8].split(":")
            places = tuple(keys.index(key) if key in keys else -1 for key in _KEYS)
            self._places[cells[8]] = places
            self._own_words[cells[8]] = not caller_counts.KEYS.isdisjoint(keys)
        values = cells[self._column].split(":")
        # the last one, which -1 finds, stands for what is missing: nothing that was told is there
        values += [""] * (max(max(places) + 1 - len(values), 0) + 1)
        found = _genotype(*(values[place] for place in places))
        if found.depths is None and self._own_words[cells[8]]:
            told = dict(zip(cells[8].split(":"), values, strict=False))
            found.depths = caller_counts.depths_of(told, cells[3], cells[4].split(","))
            if found.depth is None and found.depths:
                found.depth = sum(found.depths)
        return found

    def copies(self, cells: list[str]) -> str:
        """FORMAT CN; empty where it is not told."""
        if self._column is None or len(cells) <= self._column:
            return ""
        told = dict(zip(cells[8].split(":"), cells[self._column].split(":"), strict=False))
        return told.get("CN", "")


def _genotype(
    text: str, depth: str, counts: str, shares: str, block: str, pgt: str, pid: str
) -> Genotype:
    result = Genotype()
    if text and text != ".":
        result.alleles = _alleles(text)
        if "|" in text:
            result.block = "" if block == "." else block
        elif "|" in pgt and pid != ".":  # as GATK told phases once
            if len(set(result.alleles)) > 1:
                result.alleles = _alleles(pgt)
            result.block = pid
    depths = _whole(counts)
    result.depths = depths if depths and len(depths) > 1 else None
    if depth.isascii() and depth.isdigit():
        result.depth = int(depth)
    elif result.depths:
        result.depth = sum(result.depths)
    result.shares = _shares(shares)
    return result


@lru_cache(maxsize=1024)
def _alleles(text: str) -> tuple[int | None, ...]:
    parts = text.replace("|", "/").split("/")
    return tuple(int(part) if part.isdigit() else None for part in parts)


def _whole(text: str) -> list[int] | None:
    try:
        return [int(part) for part in text.split(",")] if text else None
    except ValueError:
        return None


def _shares(text: str) -> list[float] | None:
    try:
        found = [float(part) for part in text.split(",")] if text else None
    except ValueError:
        return None
    return found if found and all(0 <= share <= 1 for share in found) else None
