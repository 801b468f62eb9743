"""``plumbline compare callers``: comparisons of one sample read, paired, and published."""

import gzip
import io
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engines import __version__
from engines.compare.baseline import check_comparable
from engines.compare.callers import paired, verdict
from engines.compare.callers.errors import MISSED, WRONG, Error, contigs_of, errors_of
from engines.compare.callers.paired import EVERYTHING, Counted, Shared
from engines.compare.summary import SCHEMA as SUMMARY
from engines.contract.errors import BadData, BadUsage, InputMissing
from engines.contract.output import refuse_overwriting, staging
from engines.contract.progress import Progress, warn
from engines.contract.provenance import as_json, provenance

SCHEMA = "plumbline/small_variants.callers/1"
ENDINGS = (".callers.json", ".callers.tsv.gz", ".provenance.json")
MOST = 16  # callers: each is a bit
COLUMNS = ("contig", "pos", "ref", "alt", "type", "error", "callers", "callers_pass", "regions")
REPORTED = 1 << 10  # errors between two words on how far it is


@dataclass(frozen=True)
class Comparison:
    """One caller's comparison with the truth."""

    name: str
    summary: Path
    data: dict[str, Any]

    @property
    def vcf(self) -> Path:
        """Its annotated VCF."""
        return self.summary.with_name(self.summary.name.removesuffix(".summary.json") + ".vcf.gz")


def put_side_by_side(places: Sequence[Path], out: Path) -> dict[str, Any]:
    """Pair the errors of the callers; write ``OUT.callers.json`` and ``OUT.callers.tsv.gz``.

    Args:
        places: of each caller the ``--out`` of its comparison, or its ``summary.json``.

    Returns:
        What ``OUT.callers.json`` holds.

    Raises:
        EngineError: a comparison is missing, or they are not of one sample, truth and region.
    """
    started = datetime.now(UTC)
    if not 2 <= len(places) <= MOST:
        raise BadUsage(f"{len(places)} comparisons; 2 to {MOST} can stand side by side")
    compared = _read(places)
    inputs: dict[str, Path | None] = {}
    for each in compared:
        inputs |= {f"summary of {each.name}": each.summary, f"calls of {each.name}": each.vcf}
    refuse_overwriting(out, ENDINGS, inputs.values())
    with staging(out) as staged:
        with _table(staged.with_name(f"{staged.name}.callers.tsv.gz")) as table:
            counted = _counted(compared, table)
        report = _report(compared, counted)
        for text in report["warnings"]:
            warn(text)
        proof = provenance(inputs, started, threads=1)
        for ending, data in ((".callers.json", report), (".provenance.json", proof)):
            text = as_json(data)
            staged.with_name(staged.name + ending).write_text(text, encoding="utf-8")
    return report


def _read(places: Sequence[Path]) -> list[Comparison]:
    compared: list[Comparison] = []
    for place in places:
        path = place if place.name.endswith(".json") else Path(f"{place}.summary.json")
        if not path.is_file():
            raise InputMissing(f"{path}: no such file", hint="give the --out of each comparison")
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
        except (UnicodeDecodeError, json.JSONDecodeError) as error:
            raise BadData(f"{path}: not JSON: {error}", hint="compare again") from error
        if not isinstance(data, dict) or data.get("schema") != SUMMARY:
            raise BadData(
                f"{path}: no summary of `plumbline compare`", hint="give its OUT.summary.json"
            )
        name = (data.get("called") or {}).get("caller") or path.name.removesuffix(".summary.json")
        compared.append(Comparison(str(name), path, data))
    _check(compared)
    return compared


def _check(compared: Sequence[Comparison]) -> None:
    first, *others = compared
    names = [each.name for each in compared]
    for name in names:
        if names.count(name) > 1:
            raise BadUsage(f"{name} is there twice", hint="give each caller once")
    for each in others:
        if _sample(each) != _sample(first):
            raise BadData(
                f"{each.summary}: of {_sample(each)}, and {first.summary} of {_sample(first)}",
                hint="callers stand side by side for one sample",
            )
        check_comparable(each.summary, first.data, each.data, what="callers:")
        totals = [_truths(one) for one in (first, each)]
        if totals[0] != totals[1]:
            raise BadData(
                f"{each.summary}: {totals[1]:,} truth variants, and {first.summary} {totals[0]:,}",
                hint="compare all callers with the same truth, regions and options",
            )


def _sample(each: Comparison) -> str:
    return str((each.data.get("called") or {}).get("sample") or each.data["truth"]["sample"])


def _truths(each: Comparison) -> int:
    rows = verdict.Caller.of(each.name, each.data["rows"]).rows
    return sum(r["truth_total"] for k, r in rows.items() if k[1:] == ("ALL", EVERYTHING))


def _counted(compared: Sequence[Comparison], table: io.TextIOBase) -> Counted:
    contigs = contigs_of(compared[0].vcf)
    for each in compared[1:]:
        if contigs_of(each.vcf) != contigs:
            raise BadData(
                f"{each.vcf}: other contigs than {compared[0].vcf}",
                hint="compare all callers with the same reference",
            )
    counted, names = Counted(), [each.name for each in compared]
    progress = Progress("pairing", _errors(compared), "errors")
    callers = [_told(errors_of(each.vcf, contigs), progress) for each in compared]
    for place in paired.places(callers):
        counted.take(place)
        for shared in place:
            table.write(_line(shared, contigs, names))
    progress.finish()
    return counted


def _errors(compared: Sequence[Comparison]) -> int:
    """How many there will be: FN where only calls that passed count, FP where all do."""
    keys = {"PASS": "truth_fn", "ALL": "query_fp"}
    return sum(
        row[keys[filter_]]
        for each in compared
        for (_, filter_, subset), row in verdict.Caller.of(
            each.name, each.data["rows"]
        ).rows.items()
        if subset == EVERYTHING
    )


def _told(errors: Iterator[Error], progress: Progress) -> Iterator[Error]:
    number = 0
    for number, error in enumerate(errors, 1):
        yield error
        if number % REPORTED == 0:
            progress.advance(REPORTED)
    progress.advance(number % REPORTED)


def _line(shared: Shared, contigs: Sequence[str], names: Sequence[str]) -> str:
    error = shared.error
    who = [",".join(paired.named(shared.who.get(name, 0), names)) for name in ("ALL", "PASS")]
    place = (contigs[error.contig], str(error.pos), error.ref, error.alts)
    return "\t".join((*place, error.type, error.what, *who, error.regions)) + "\n"


@contextmanager
def _table(path: Path) -> Iterator[io.TextIOBase]:
    """Gzipped without name and time, so that the same rows give the same bytes."""
    with (
        open(path, "wb") as raw,
        gzip.GzipFile("", "wb", compresslevel=4, fileobj=raw, mtime=0) as packed,
        io.TextIOWrapper(packed, encoding="utf-8", newline="\n") as text,
    ):
        text.write("\t".join(COLUMNS) + "\n")
        yield text


def _report(compared: Sequence[Comparison], counted: Counted) -> dict[str, Any]:
    first = compared[0]
    callers = [verdict.Caller.of(each.name, each.data["rows"]) for each in compared]
    pairs = list(verdict.pair_rows(callers, counted))
    return {
        "schema": SCHEMA,
        "version": __version__,
        "sample": _sample(first),
        "callers": [
            {"name": each.name, "summary": each.summary.name, "query": each.data["query"]["name"]}
            for each in compared
        ],
        **{key: first.data[key] for key in ("truth", "reference", "confident", "target")},
        "level": verdict.LEVEL,
        "rows": verdict.number_rows(callers),
        "best": verdict.best_rows(callers, pairs),
        "pairs": pairs,
        "shared": paired.sets(counted, [each.name for each in compared]),
        "warnings": list(_disagreements(callers, counted)),
    }


def _disagreements(callers: Sequence[verdict.Caller], counted: Counted) -> Iterator[str]:
    """Where the annotated VCF has other numbers of errors than the summary."""
    for kind, name, subset in verdict.keys_of(callers):
        if subset != EVERYTHING:
            continue
        for number, caller in enumerate(callers):
            row = caller.rows[kind, name, subset]
            for what, key in ((MISSED, "truth_fn"), (WRONG, "query_fp")):
                here = counted.of((what, kind, name, subset), number)
                if here != row[key]:
                    yield (
                        f"{caller.name}: {kind} {name}: {here:,} {what} in the annotated VCF, "
                        f"{row[key]:,} in the summary; the pairs are of the former"
                    )
