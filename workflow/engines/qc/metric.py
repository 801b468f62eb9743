"""One measured value, and how a value is read from text."""

import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from engines.contract.wording import printable

Value = int | float | str | None
Key = tuple[str, str, str, str]

# the ten of DRAGEN, then what samtools, bcftools and fastp count, and what the genotypes tell
CATEGORIES = {
    "mapping": "mapping and alignment",
    "coverage": "coverage of the whole genome",
    "contig_coverage": "coverage of each contig",
    "bed_coverage": "coverage of a BED file's regions",
    "vc": "small variant calls",
    "het_hom": "heterozygous against homozygous, by contig",
    "sv": "structural variants",
    "cnv": "copy number variants",
    "ploidy": "ploidy and sex chromosomes",
    "roh": "runs of homozygosity",
    "alignments": "alignments, as samtools counts them",
    "variants": "variants, as bcftools counts them",
    "reads": "reads before and after trimming, as fastp counts them",
    "genotypes": "sex and contamination, by genotypes",
}

# what can be remarkable about a value → in words
REMARKS = {
    "not_available": "not available (NA)",
    "infinite": "infinite",
    "decimal_comma": "written with a decimal comma",
    "thousands_separator": "written with thousands separators",
    "ambiguous_mark": "with a mark of thousands or of decimals, nobody knows which: not used",
    "not_a_number": "neither a number nor a text that is known here",
    "other_sample": "of another sample: set aside",
    "unknown_section": "in a section that is not known: set aside",
    "unfinished_line": "in a last line without an end, which may be cut off: set aside",
    "repeated": "there already with the same value",
    "conflicting": "there with different values: left out",
}


@dataclass(frozen=True, slots=True)
class Metric:
    """A row of the table.

    Attributes:
        source: the kind of file it was read from, e.g. ``dragen/vc_metrics``.
        group: read group, contig, region, filter stage …, joined by ``/``; empty for the sample.
        value: a number; text as it was written (``XX``, ``inf``); None where it is not available.
    """

    source: str
    category: str
    metric: str
    group: str
    value: Value
    unit: str

    @property
    def key(self) -> Key:
        """What it is a value of."""
        return self.source, self.category, self.metric, self.group


@dataclass
class Content:
    """What was read from one file."""

    metrics: list[Metric] = field(default_factory=list)
    remarks: Counter[str] = field(default_factory=Counter)
    warnings: list[str] = field(default_factory=list)


class Unusable(Exception):
    """A file that is not what its name or its beginning says; the text is the reason."""


_NUMBER = re.compile(r"[-+]?(?:[0-9]{1,30}(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]{1,4})?")
_THOUSANDS = re.compile(r"[-+]?[1-9][0-9]{0,2}(?:,[0-9]{3}){2,9}(?:\.[0-9]+)?")
_THOUSANDS_AND_POINT = re.compile(r"[-+]?[1-9][0-9]{0,2},[0-9]{3}\.[0-9]+")
_AMBIGUOUS = re.compile(r"[-+]?[1-9][0-9]{0,2},[0-9]{3}")
_AMBIGUOUS_POINT = re.compile(r"[-+]?[1-9][0-9]{0,2}\.[0-9]{3}")
_DECIMAL_COMMA = re.compile(r"[-+]?[0-9]{1,30},[0-9]{1,30}")
_ABSENT = {"", "na", "n/a", "nan", "-nan", ".", "-", "none", "null"}
_INFINITE = {"inf", "+inf", "infinity", "+infinity"}
_KNOWN_TEXT = re.compile(r"[XY0]{1,6}|(?:FE)?MALE|UNKNOWN|UNDETERMINED|TRUE|FALSE", re.IGNORECASE)


def read_value(text: str, decimal_comma: bool = False) -> tuple[Value, str | None]:
    """A value and what is remarkable about it (a key of :data:`REMARKS`).

    Args:
        decimal_comma: the file separates its columns by semicolons, so that a comma in a
            number is its decimal mark, and a point may be one of thousands.
    """
    text = text.strip()
    if decimal_comma and _AMBIGUOUS_POINT.fullmatch(text):
        return None, "ambiguous_mark"
    if _NUMBER.fullmatch(text):
        return _finite(text, None)
    lower = text.lower()
    if lower in _ABSENT:
        return None, "not_available"
    if lower in _INFINITE:
        return "inf", "infinite"
    if lower in ("-inf", "-infinity"):
        return "-inf", "infinite"
    if _THOUSANDS.fullmatch(text) or _THOUSANDS_AND_POINT.fullmatch(text):
        return _finite(text.replace(",", ""), "thousands_separator")
    if _DECIMAL_COMMA.fullmatch(text):
        if _AMBIGUOUS.fullmatch(text) and not decimal_comma:
            return None, "ambiguous_mark"
        return _finite(text.replace(",", "."), "decimal_comma")
    return printable(text), None if _KNOWN_TEXT.fullmatch(text) else "not_a_number"


def _finite(text: str, remark: str | None) -> tuple[Value, str | None]:
    value = float(text)
    if math.isinf(value):
        return ("inf" if value > 0 else "-inf"), "infinite"
    whole = text.lstrip("+-").isdigit()
    return (int(text) if whole else value), remark


def tidy(name: str) -> str:
    """A metric's name without padding: ``[ 20x: inf)`` and ``[20x:inf)`` are the same."""
    name = " ".join(name.split())
    return re.sub(r"\[ ?([0-9.]+x?) ?: ?([0-9.]+x?|inf) ?\)", r"[\1:\2)", name)


_UNITS = (
    (re.compile(r"\(%\)$|^PCT |^Percent |^Uniformity of coverage|\[% of "), "%"),
    (re.compile(r"^percentage ", re.IGNORECASE), "%"),
    (re.compile(r"ratio|rate|ploidy|confidence|/ ?\w+ median|quality", re.IGNORECASE), ""),
    (re.compile(r"^(Average|Median|Mean|Diploid)\b.*\bcoverage|median coverage$|^Mean cov"), "x"),
    (re.compile(r"Insert length|read length|insert size|\blength\b", re.IGNORECASE), "bp"),
    (re.compile(r"\bbases\b|\btrimmed\b", re.IGNORECASE), "bases"),
    (re.compile(r"\b(reads|sequences)\b", re.IGNORECASE), "reads"),
    (re.compile(r"\balignments?\b", re.IGNORECASE), "alignments"),
)
_FALLBACK = {"sv": "calls", "vc": "calls", "het_hom": "calls", "variants": "calls"}


def unit_of(metric: str, category: str, value: Value) -> str:
    """The unit of a metric by its name; empty for ratios, scores, texts."""
    if isinstance(value, str) and value not in ("inf", "-inf"):
        return ""
    for pattern, unit in _UNITS:
        if pattern.search(metric):
            return unit
    whole = isinstance(value, int) or value is None
    return _FALLBACK.get(category, "") if whole else ""


def in_order(metrics: Iterable[Metric]) -> list[Metric]:
    """Metrics as the table has them: category, source, group, name."""
    rank = {name: number for number, name in enumerate(CATEGORIES)}

    def place(each: Metric) -> tuple[int, str, tuple[tuple[int, int, str], ...], str]:
        return rank[each.category], each.source, natural(each.group), each.metric

    return sorted(metrics, key=place)


_RUNS = re.compile(r"[0-9]{1,18}|[^0-9]+|[0-9]+")


def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """A key that puts chr2 before chr10."""
    runs = _RUNS.findall(text)
    return tuple((0, int(r), "") if r.isdecimal() and r.isascii() else (1, 0, r) for r in runs)
