"""What samtools stats, flagstat, idxstats and markdup and bcftools stats print.

Recognised by their first lines, whatever the files are called. Layouts: the manual pages of
samtools-stats(1), samtools-flagstat(1), samtools-idxstats(1), samtools-markdup(1) (-s, as text)
and bcftools(1).
"""

import re
from collections.abc import Callable, Collection

from engines.contract.wording import printable, quoted
from engines.qc.metric import Content, Metric, Unusable, Value, read_value, tidy, unit_of

Reader = Callable[[str, Collection[str]], Content]

_FLAGSTAT_FIRST = re.compile(r"[0-9]+ \+ [0-9]+ in total \(QC-passed reads \+ QC-failed reads\)")
_FLAGSTAT = re.compile(r"([0-9]{1,30}) \+ ([0-9]{1,30}) (.+?)(?: \((\S+) : (\S+)\))?")
_MARKDUP_FIRST = re.compile(r"COMMAND: (?:\S*/)?samtools markdup\b.*")
_MARKDUP = re.compile(r"([A-Z][A-Z_ ]*[A-Z]): ([0-9]{1,30})")
_IDXSTATS = re.compile(r"([^\t]+)\t([0-9]{1,30})\t([0-9]{1,30})\t([0-9]{1,30})")


def recognise(text: str) -> str | None:
    """``samtools/stats``, ``bcftools/stats`` …, by how a file begins; None for all others."""
    first = text.split("\n", 1)[0].rstrip("\r")
    for program in ("samtools", "bcftools"):
        if first.startswith(f"# This file was produced by {program} stats"):
            return f"{program}/stats"
    if first.startswith("SN\traw total sequences:"):
        return "samtools/stats"
    if _FLAGSTAT_FIRST.match(first):
        return "samtools/flagstat"
    if _MARKDUP_FIRST.fullmatch(first):
        return "samtools/markdup"
    return "samtools/idxstats" if _IDXSTATS.fullmatch(first) else None


def read(source: str, text: str, samples: Collection[str]) -> Content:
    """The metrics of one file.

    Args:
        source: as :func:`recognise` gives it.
        samples: what the sample is called, in the file too.

    Raises:
        Unusable: it does not go on as it began.
    """
    lines = text.replace("\r\n", "\n").split("\n")
    content = Content()
    if lines.pop().strip():
        content.remarks["unfinished_line"] += 1
    readers: dict[str, Callable[[list[str], Collection[str], Content], None]] = {
        "samtools/stats": _samtools_stats,
        "samtools/flagstat": _flagstat,
        "samtools/idxstats": _idxstats,
        "samtools/markdup": _markdup,
        "bcftools/stats": _bcftools_stats,
    }
    readers[source]([line for line in lines if line.strip()], samples, content)
    if not content.metrics:
        raise Unusable(f"has no metric of {source.replace('/', ' ')}: cut off?")
    return content


def _add(content: Content, source: str, metric: str, group: str, text: str) -> Value:
    category = "variants" if source.startswith("bcftools") else "alignments"
    value, remark = read_value(text)
    if remark:
        content.remarks[remark] += 1
    if remark == "not_a_number":
        content.warnings.append(f"{quoted(metric)} is {quoted(printable(text), 40)}")
    metric, group = printable(tidy(metric)), printable(group)
    unit = unit_of(metric, category, value)
    content.metrics.append(Metric(source, category, metric, group, value, unit))
    return value


def _share(content: Content, source: str, metric: str, part: Value, whole: Value) -> None:
    """A percentage that the program does not print; rounded as DRAGEN rounds its own."""
    if isinstance(part, int) and isinstance(whole, int) and whole > 0:
        _add(content, source, f"{metric} (%)", "", f"{100 * part / whole:.2f}")


def _samtools_stats(lines: list[str], _: Collection[str], content: Content) -> None:
    """The summary numbers; and of some of them also the share of all reads."""
    source = "samtools/stats"
    values = {}
    for number, line in enumerate(lines, 1):
        cells = line.split("\t")
        if cells[0] == "SN":
            if len(cells) < 3 or not cells[1].endswith(":"):
                raise Unusable(f"line {number}: {quoted(printable(line), 60)} is cut off")
            name = cells[1][:-1]
            values[name] = _add(content, source, name, "", cells[2])
    if content.metrics and "average quality" not in values:  # in every version's summary
        raise Unusable("is cut off in its summary numbers (SN)")
    for name in ("reads mapped", "reads duplicated", "reads properly paired", "reads MQ0"):
        _share(content, source, name, values.get(name), values.get("raw total sequences"))


def _flagstat(lines: list[str], _: Collection[str], content: Content) -> None:
    """Reads that passed the machine's own control, and under ``QC-failed`` those that did not."""
    for number, line in enumerate(lines, 1):
        found = _FLAGSTAT.fullmatch(line.strip())
        if not found:
            raise Unusable(f"line {number}: {quoted(printable(line), 60)} is not of flagstat")
        passed, failed, name, *shares = found.groups()
        name = name.removesuffix(" (QC-passed reads + QC-failed reads)")
        for group, count, share in zip(("", "QC-failed"), (passed, failed), shares, strict=True):
            _add(content, "samtools/flagstat", name, group, count)
            if share is not None:
                _add(content, "samtools/flagstat", f"{name} (%)", group, share.rstrip("%"))


def _idxstats(lines: list[str], _: Collection[str], content: Content) -> None:
    """Reads by contig; ``*`` are those without a place."""
    names = ("contig length", "mapped reads", "unmapped reads")
    for number, line in enumerate(lines, 1):
        found = _IDXSTATS.fullmatch(line)
        if not found:
            raise Unusable(f"line {number}: {quoted(printable(line), 60)} is not of idxstats")
        for name, text in zip(names, found.groups()[1:], strict=True):
            _add(content, "samtools/idxstats", name, found[1], text)


def _markdup(lines: list[str], _: Collection[str], content: Content) -> None:
    """Reads by what became of them, and the share of those examined that are duplicates."""
    source = "samtools/markdup"
    values = {}
    for number, line in enumerate(lines[1:], 2):
        found = _MARKDUP.fullmatch(line.strip())
        if not found:
            raise Unusable(f"line {number}: {quoted(printable(line), 60)} is not of markdup")
        name = found[1].lower().replace("_", " ")
        values[name] = _add(content, source, name, "", found[2])
    total, examined = values.get("duplicate primary total"), values.get("examined")
    _share(content, source, "duplicate primary total", total, examined)


_TSTV = ("transitions", "transversions", "ts/tv ratio")
_PSC: tuple[str, ...] = (
    "nRefHom",
    "nNonRefHom",
    "nHets",
    "nTransitions",
    "nTransversions",
    "nIndels",
)
_PSC += ("average depth", "nSingletons", "nHapRef", "nHapAlt", "nMissing")


def _bcftools_stats(lines: list[str], samples: Collection[str], content: Content) -> None:
    """Summary numbers, transitions and transversions, and the counts of the one sample (-s)."""
    source = "bcftools/stats"
    counts: dict[str, list[tuple[str, list[str]]]] = {}
    for number, line in enumerate(lines, 1):
        tag, *cells = line.split("\t")
        if tag in ("SN", "TSTV", "PSC"):
            if len(cells) < {"SN": 3, "TSTV": 4, "PSC": 13}[tag]:
                raise Unusable(f"line {number}: {quoted(printable(line), 60)} is cut off")
            group = "" if cells[0] == "0" else f"set {cells[0]}"
            if tag == "SN":
                _add(content, source, cells[1].removesuffix(":"), group, cells[2])
            elif tag == "TSTV":
                for name, text in zip(_TSTV, cells[1:], strict=False):
                    _add(content, source, name, group, text)
            else:
                counts.setdefault(cells[1], []).append((group, cells[2:]))
    ours = [name for name in counts if name in samples]
    if not ours and len(counts) == 1:
        ours = list(counts)
        content.warnings.append(f"the sample is called {quoted(printable(ours[0]), 40)} in it")
    content.remarks["other_sample"] += sum(len(counts[name]) for name in counts if name not in ours)
    for group, cells in (row for name in ours for row in counts[name]):
        values = {
            name: _add(content, source, name, group, text)
            for name, text in zip(_PSC, cells, strict=False)
        }
        hets, homs = values["nHets"], values["nNonRefHom"]
        if isinstance(hets, int) and isinstance(homs, int):
            ratio = f"{hets / homs:.4f}" if homs else ("inf" if hets else "NA")
            _add(content, source, "het/hom ratio", group, ratio)
