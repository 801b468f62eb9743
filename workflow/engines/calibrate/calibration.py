"""One calibration from what was asked to what is written."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from typing import Any

from engines.calibrate import diagnostics, question, summary
from engines.calibrate.case import Case, Request
from engines.calibrate.preparation import given_files, prepare, read_all
from engines.calibrate.progress import Share
from engines.calibrate.sensitivity import left_out, variants
from engines.calibrate.session import RSession
from engines.contract.errors import BadData
from engines.contract.output import refuse_overwriting, staging
from engines.contract.progress import say, tell, tell_result, warn
from engines.contract.provenance import as_json, provenance
from engines.contract.wording import printable

ENDINGS = (".summary.json", ".csv", ".html", ".pdf", ".provenance.json")


def preview(request: Request) -> str:
    """How each algorithm's causes are read; nothing is calibrated, R is not needed."""
    from engines.calibrate.va_data import preview as table

    return "\n\n".join(table(deaths) for deaths in read_all(request))


def calibrate(request: Request) -> str:
    """Calibrate, write everything, and give a short table for the terminal.

    Raises:
        EngineError: with what is wrong and where; nothing was written.
    """
    started = datetime.now(UTC)
    refuse_overwriting(request.out, ENDINGS, given_files(request).values())
    # R takes its time to start: meanwhile the input is read
    with TemporaryDirectory(prefix="plumbline-") as name, RSession(request.rscript, say) as r:
        folder = Path(name)
        tell({"stage": "Reading the data", "progress": 0.0})
        case = prepare(request, r, folder)
        report = _report(case, r, folder)
    for text in report["warnings"]:
        warn(text)
    _write(case, report, started)
    told = {"path": f"{request.out}.summary.json", "results": report["results"]}
    tell_result({**told, "warnings": report["warnings"]})
    return summary.overview(report["fits"])


def _report(case: Case, r: RSession, folder: Path) -> dict[str, Any]:
    """All fits, those of the sensitivity analysis too, as the summary has them."""
    others, warnings = variants(case) if case.request.sensitivity else ([], [])
    cases = [case, *others]
    rows = []
    results = _ask(cases, r, folder)
    for each, result in zip(cases, results, strict=True):
        if isinstance(result, BadData):
            warnings.append(left_out(each, result))
            continue
        which = "" if each is case else f"{each.country}, {each.mmat_type}: "
        warnings += [f"{which}{text}" for text in diagnostics.check(result["fits"])]
        rows.append(summary.sensitivity_row(each, summary.fits_of(result, each.deaths)))
    assert not isinstance(results[0], BadData)
    fits = summary.fits_of(results[0], case.deaths)
    return summary.report(
        case, results[0], fits, rows if case.request.sensitivity else None, warnings
    )


def _ask(cases: Sequence[Case], r: RSession, folder: Path) -> list[dict[str, Any] | BadData]:
    """The answers of R, from as many processes as there are threads.

    One of the others may have none, with the reason in its place; the first has to have one.
    """
    request = cases[0].request
    share = Share([question.cost(case) for case in cases])
    sessions = [r]
    free: SimpleQueue[RSession] = SimpleQueue()

    def answer(number: int) -> dict[str, Any] | BadData:
        session = free.get()
        try:
            case = cases[number]
            title = f"{printable(case.country)}, {case.mmat_type}: " if len(cases) > 1 else ""
            return question.ask(case, session, share, number, folder, title)
        except BadData as error:
            if number == 0:
                raise
            return error
        finally:
            free.put(session)

    workers = min(request.threads, len(cases))
    with ExitStack() as others, ThreadPoolExecutor(workers) as pool:
        try:
            for _ in range(workers - 1):
                sessions.append(others.enter_context(RSession(request.rscript, say)))
            for session in sessions:
                free.put(session)
            return list(pool.map(answer, range(len(cases))))
        except BaseException:
            for session in sessions:  # the pool waits for answers that nobody needs any more
                session.stop()
            raise


def _write(case: Case, report: dict[str, Any], started: datetime) -> None:
    """All files, or none."""
    request = case.request
    database = {
        "name": case.matrices.name,
        "version": case.matrices.version,
        "source": case.matrices.source,
    }
    record = provenance(
        {**given_files(request), "misclassification": case.matrices.path},
        started,
        request.threads,
        [database],
        engine=report["engine"],
    )
    contents: dict[str, str | bytes] = {
        ".csv": summary.as_csv(report["fits"]),
        ".provenance.json": as_json(record),
        ".summary.json": as_json(report),
    }
    if request.report:
        tell({"stage": "Drawing the report", "progress": 99.9})
        contents |= _pages(request.out, report)
    with staging(request.out) as staged:
        for ending, content in contents.items():
            data = content.encode() if isinstance(content, str) else content
            staged.with_name(staged.name + ending).write_bytes(data)
    if not request.report:  # of an earlier run: they would tell of other numbers
        for ending in (".html", ".pdf"):
            request.out.with_name(request.out.name + ending).unlink(missing_ok=True)
    tell({"stage": "Done", "progress": 100.0})


def _pages(out: Path, report: dict[str, Any]) -> dict[str, str | bytes]:
    """The report by ending."""
    # here, because the chart library takes its time
    from engines.calibrate.report import made
    from engines.charts.summaries import Summary

    summary_of_this = Summary(out.name, out.with_name(f"{out.name}.summary.json"), report)
    pages = made([summary_of_this], ("html", "pdf"))
    return {f".{form}": content for form, content in pages.items()}
