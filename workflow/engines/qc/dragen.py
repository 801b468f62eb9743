"""DRAGEN's metrics files, by the file names and columns that Illumina documents.

Sources: "QC Metrics Reporting" of the DRAGEN product guides 3.9 to 4.5 (five columns: section,
read group or sample, metric, value, percentage), "Coverage Reports" (contig_mean_cov: contig,
bases, coverage; overall_mean_cov: name, coverage), "CNV Metrics", "ROH Caller", "Ploidy
Estimator". Where the guides show no file, rows quoted in public code were followed.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass

from engines.contract.wording import printable, quoted
from engines.qc.metric import Content, Metric, Unusable, read_value, tidy, unit_of
from engines.qc.table import read_table


@dataclass(frozen=True)
class Kind:
    """A kind of file.

    Attributes:
        sections: what the first column may be; named groups ``who`` (tumor, normal) and
            ``stage`` go into the group of a metric.
        second: what the second column names: the ``sample``, a ``readgroup`` or nothing.
        columns: fewest and most.
    """

    name: str
    category: str
    sections: re.Pattern[str]
    second: str = ""
    columns: tuple[int, int] = (4, 5)


@dataclass(frozen=True)
class FileName:
    """What a file's name tells."""

    prefix: str
    kind: Kind
    region: str = ""  # of a coverage file; empty for the whole genome
    who: str = ""  # tumor, normal


def _kind(name: str, category: str, sections: str, second: str = "", most: int = 5) -> Kind:
    pattern = re.compile(rf"(?:(?P<who>TUMOR|NORMAL) )?{sections}")
    return Kind(name, category, pattern, second, (4, most))


_CALLER = r"(?:VARIANT|JOINT) CALLER"
_STAGES = r" (?P<stage>PREFILTER|POSTFILTER)"
_VC = rf"{_CALLER}(?: SUMMARY|{_STAGES})"

KINDS = {
    kind.name: kind
    for kind in (
        _kind("mapping_metrics", "mapping", r"MAPPING/ALIGNING (?:SUMMARY|PER RG)", "readgroup"),
        _kind("coverage_metrics", "coverage", "COVERAGE SUMMARY"),
        _kind("vc_metrics", "vc", _VC, "sample"),
        _kind("gvcf_metrics", "vc", _VC, "sample"),
        _kind("vc_hethom_ratio_metrics", "het_hom", _CALLER + _STAGES, "sample", 4),
        _kind("gvcf_hethom_ratio_metrics", "het_hom", _CALLER + _STAGES, "sample", 4),
        _kind("sv_metrics", "sv", "SV SUMMARY", "sample"),
        _kind("cnv_metrics", "cnv", r"(?:CNV SUMMARY|SEX GENOTYPER)"),
        _kind("ploidy_estimation_metrics", "ploidy", "PLOIDY ESTIMATION", most=4),
        _kind("roh_metrics", "roh", "VARIANT CALLER", most=4),
        Kind("contig_mean_cov", "contig_coverage", re.compile(""), columns=(3, 3)),
        Kind("overall_mean_cov", "coverage", re.compile(""), columns=(2, 2)),
    )
}
_BY_REGION = ("coverage_metrics", "contig_mean_cov", "overall_mean_cov")
_PLAIN = re.compile(rf"(.+)\.({'|'.join(k for k in KINDS if k not in _BY_REGION)})\.csv")
_REGIONAL = re.compile(rf"(.+)\.([^.]+?)_({'|'.join(_BY_REGION)})(?:_(tumor|normal))?\.csv")

# of DRAGEN too, and in none of the ten categories
ELSEWHERE = re.compile(
    r"(?:time|trimmer|gc|fastqc|umi|microsat|targeted|smn|gba|cyp2d6|cyp2b6|rbc|quant|fusion|"
    r"allele_transition_noise|bam)_?metrics\.csv$|_(?:fine_)?hist(?:_\w+)?\.csv$|"
    r"fragment_length_hist\.csv$|(?:^|\.)(?:tmb|hrdscore|msi)[\w.]*\.csv$",
    re.IGNORECASE,
)


def recognise(name: str) -> FileName | None:
    """The kind of a DRAGEN file by its name; None where it is none of the ten categories."""
    if found := _PLAIN.fullmatch(name):
        return FileName(found[1], KINDS[found[2]])
    if found := _REGIONAL.fullmatch(name):
        region = "" if found[2] == "wgs" else found[2]
        return FileName(found[1], KINDS[found[3]], region, found[4] or "")
    return None


def read(name: FileName, text: str, samples: Collection[str]) -> Content:
    """The metrics of one file.

    Args:
        samples: what the sample is called, in the file too.

    Raises:
        Unusable: it has another layout than its name says.
    """
    kind, content = name.kind, Content()
    table = read_table(text, *kind.columns)
    if table.unfinished:
        content.remarks["unfinished_line"] += 1
    readers = {"contig_mean_cov": _contig_rows, "overall_mean_cov": _overall_rows}
    rows = readers.get(kind.name, _section_rows)(name, table.rows, samples, content)
    for row in rows:
        _add(content, name, row, table.decimal_comma)
    if not content.metrics:
        raise Unusable(f"has no metric of a {kind.name} file" + _why(content))
    return content


def _why(content: Content) -> str:
    return f" ({'; '.join(content.warnings)})" if content.warnings else ""


@dataclass(frozen=True)
class Row:
    """Cells of one row, under their names; ``percent`` is empty where there is none."""

    metric: str
    group: str
    value: str
    percent: str = ""


def _add(content: Content, name: FileName, row: Row, decimal_comma: bool) -> None:
    category = name.kind.category
    if category == "coverage" and name.region:
        category = "bed_coverage"
    cells = [(row.metric, row.value)]
    if row.percent:
        cells.append((f"{row.metric} (%)", row.percent))
    for metric, text in cells:
        value, remark = read_value(text, decimal_comma)
        if remark:
            content.remarks[remark] += 1
        if remark == "not_a_number":
            content.warnings.append(f"{quoted(metric)} is {quoted(printable(text), 40)}")
        unit = unit_of(metric, category, value)
        content.metrics.append(
            Metric(f"dragen/{name.kind.name}", category, metric, row.group, value, unit)
        )


Rows = list[tuple[int, list[str]]]
Reader = Callable[[FileName, Rows, Collection[str], Content], list[Row]]


def _group(*parts: str | None) -> str:
    return "/".join(part for part in parts if part)


def _contig_rows(name: FileName, rows: Rows, _: Collection[str], content: Content) -> list[Row]:
    """Contig, bases, coverage."""
    found = []
    for line, (contig, bases, coverage) in rows:
        for text in (bases, coverage):
            if read_value(text)[1] == "not_a_number":
                raise Unusable(f"line {line}: {quoted(printable(text), 40)} is not a number")
        group = _group(name.who, name.region, printable(contig.strip()))
        found += [Row("Aligned bases", group, bases), Row("Mean coverage", group, coverage)]
    return found


_OVERALL = re.compile(r"(?:(TUMOR|NORMAL) )?Average alignment coverage over .+", re.IGNORECASE)


def _overall_rows(name: FileName, rows: Rows, _: Collection[str], content: Content) -> list[Row]:
    """Name with the region in it (for a BED file its path), coverage."""
    found = []
    for line, (text, value) in rows:
        words = _OVERALL.fullmatch(tidy(text))
        if not words:
            raise Unusable(f"line {line}: {quoted(printable(text), 60)} is not known there")
        who = name.who or (words[1] or "").lower()
        found.append(Row("Average alignment coverage", _group(who, name.region), value))
    return found


_CONTIG_RATIO = re.compile(r"(\S+) (Heterozygous|Homozygous|Het/Hom ratio)", re.IGNORECASE)


def _section_rows(
    name: FileName, rows: Rows, samples: Collection[str], content: Content
) -> list[Row]:
    """Section, read group or sample, metric, value, perhaps percentage."""
    strange: Counter[str] = Counter()
    ours = _our_name(name.kind, rows, samples, content)
    found = []
    for _, cells in rows:
        section, second, metric, value, percent = [*(tidy(cell) for cell in cells), ""][:5]
        known = name.kind.sections.fullmatch(section)
        if not known:
            strange[section] += 1
        elif section.endswith("SEX GENOTYPER"):
            found += _sex(metric, value, percent, ours, content)
        elif name.kind.second == "sample" and second not in ("", ours):
            content.remarks["other_sample"] += 1
        else:
            named = {**{"who": "", "stage": ""}, **known.groupdict(default="")}
            who = name.who or named["who"].lower()
            group = [who, name.region, named.get("stage", "").lower()]
            if name.kind.second == "readgroup":
                group.append(second)
            if name.kind.category == "het_hom" and (ratio := _CONTIG_RATIO.fullmatch(metric)):
                group.append(ratio[1])
                metric = ratio[2]
            found.append(Row(printable(metric), printable(_group(*group)), value, percent))
    for section, count in sorted(strange.items()):
        content.remarks["unknown_section"] += count
        content.warnings.append(f"section {quoted(printable(section), 40)} is not known: {count}")
    return found


def _sex(sample: str, karyotype: str, confidence: str, ours: str, content: Content) -> list[Row]:
    """The sex genotyper's rows have the sample where others have the metric."""
    if sample != ours:
        content.remarks["other_sample"] += 1
        return []
    rows = [Row("Sex genotyper karyotype", "", karyotype)]
    return rows + ([Row("Sex genotyper confidence", "", confidence)] if confidence else [])


def _our_name(kind: Kind, rows: Rows, samples: Collection[str], content: Content) -> str:
    """What the file calls the sample; empty where several are named and none is it."""
    column = 1 if kind.second == "sample" else 2
    named = dict.fromkeys(
        tidy(cells[column])
        for _, cells in rows
        if kind.second == "sample" or tidy(cells[0]).endswith("SEX GENOTYPER")
    )
    named.pop("", None)
    ours = [name for name in named if name in samples]
    if ours or not named:
        return ours[0] if ours else ""
    some = ", ".join(quoted(printable(name), 40) for name in sorted(named)[:3])
    if len(named) > 1:
        content.warnings.append(f"several samples are in it ({some}), none by this name")
        return ""
    content.warnings.append(f"the sample is called {some} in it")
    return next(iter(named))
