"""The known answer: counts and verdicts summed from the planted cases."""

from collections import Counter
from collections.abc import Iterable, Iterator

from config.demo.generator.cases import Call, Case

FIELDS = [
    "TRUTH.TOTAL",
    "TRUTH.TP",
    "TRUTH.FN",
    "QUERY.TOTAL",
    "QUERY.TP",
    "QUERY.FP",
    "QUERY.UNK",
    "FP.gt",
]

Counts = dict[str, dict[str, dict[str, int]]]  # type → filter → field → records


def counts(cases: Iterable[Case], as_listed: bool = False) -> Counts:
    """Counts as hap.py gives them by type and filter.

    A truth record counts in the confident regions only; a query record outside is
    UNK even when it matches. Under PASS a failing query record is not there, and the
    truth that it matched is missed.

    Args:
        as_listed: the confident regions are taken as the BED file lists them, not
            adjusted to the truth variants that start in them.
    """
    table: Counts = {
        type_: {rows: dict.fromkeys(FIELDS, 0) for rows in ("ALL", "PASS")}
        for type_ in ("SNP", "INDEL")
    }
    for case in cases:
        inside = case.confident_as_listed if as_listed else case.confident
        for rows in ("ALL", "PASS"):
            if inside:
                for call in case.truth:
                    if not call.set_aside:
                        found = truth_verdict(case, call, rows)
                        add(table, call, rows, "TRUTH.TOTAL", f"TRUTH.{found}")
            if rows == "PASS" and not case.passes:
                continue
            for call in case.units:
                if not call.set_aside:
                    verdict = call.verdict if inside else "UNK"
                    add(table, call, rows, "QUERY.TOTAL", f"QUERY.{verdict}")
                    if inside and call.wrong_genotype:
                        add(table, call, rows, "FP.gt")
    return table


def add(table: Counts, call: Call, rows: str, *fields: str) -> None:
    """Count one record under its type."""
    for name in fields:
        table[call.record.type][rows][name] += 1


def truth_verdict(case: Case, call: Call, rows: str) -> str:
    """TP or FN; what only a failing query record matches is missed under PASS."""
    return "FN" if rows == "PASS" and not case.passes else call.verdict


def strata(cases: list[Case]) -> dict[str, Counts]:
    """Counts in the tandem repeats and in the rest of the genome."""
    return {
        "tandem_repeats": counts(case for case in cases if case.in_repeat),
        "other": counts(case for case in cases if not case.in_repeat),
    }


def set_aside(cases: Iterable[Case]) -> dict[str, dict[str, int]]:
    """Records that are not compared, by side and reason."""
    sides: dict[str, Counter[str]] = {"truth": Counter(), "query": Counter()}
    for case in cases:
        for side, calls in (("truth", case.truth), ("query", case.query)):
            sides[side].update(call.set_aside for call in calls if call.set_aside)
    return {side: dict(sorted(reasons.items())) for side, reasons in sides.items()}


COLUMNS = [
    "side",
    "contig",
    "pos",
    "ref",
    "alt",
    "gt",
    "type",
    "verdict",
    "verdict_pass",
    "fp_gt",
    "form",
    "case",
]


def verdicts(cases: Iterable[Case]) -> Iterator[list[str]]:
    """One row per record, in the columns of ``COLUMNS``; see README.md for their meaning."""
    for case in cases:
        for call in case.truth:
            yield row(case, "truth", call, "file")
        for call in case.query:
            yield row(case, "query", call, "file" if case.in_file_form else "raw")
        for call in case.counted:
            yield row(case, "query", call, "processed")


def row(case: Case, side: str, call: Call, form: str) -> list[str]:
    """The verdicts of one record over all records and over passing ones."""
    record = call.record
    both = [call.verdict, truth_verdict(case, call, "PASS") if side == "truth" else call.verdict]
    if side == "query" and not case.passes:
        both[1] = "."
    if not case.confident:
        both = [verdict if verdict == "." else "UNK" for verdict in both]
    if call.set_aside:
        both = [call.set_aside, call.set_aside]
    return [
        side,
        record.contig,
        str(record.start + 1),
        record.ref,
        ",".join(record.alts),
        record.gt,
        "." if call.set_aside else record.type,
        *both,
        "yes" if call.wrong_genotype and case.confident else "no",
        form,
        case.name,
    ]
