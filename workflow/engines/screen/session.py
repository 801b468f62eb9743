"""One screen, from the request to results on disk."""

from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engines import __version__
from engines.contract.errors import BadUsage, CannotWrite, EngineError
from engines.contract.output import refuse_overwriting, staging
from engines.contract.progress import tell_result, warn
from engines.contract.provenance import as_json, provenance
from engines.screen import called, earlier, external, hamronization, report
from engines.screen.called import Called
from engines.screen.case import Request
from engines.screen.device import opened_device
from engines.screen.kernel.cpu import Cpu
from engines.screen.kernel.gpu import Gpu
from engines.screen.opened import Opened, check_species, open_databases
from engines.screen.outdated import remove_outdated
from engines.screen.scratch import scratch
from engines.screen.searching import Searched, reads_of, search
from engines.screen.stages import Stages
from engines.screen.summary import called_genes, overview, summarise
from engines.screen.taxa import write_taxa


def run(request: Request) -> str:
    """Screen, publish what was found, and give a line on it for people.

    Raises:
        EngineError: see the parts; nothing partial is left.
    """

    def alone(stages: Stages) -> str:
        with opened_device(request) as device:
            return _by_us(request, device, stages)

    if request.executable:
        return _told(request, lambda stages: _by_another(request, stages))
    return _told(request, alone)


def run_on(device: Cpu | Gpu, request: Request) -> str:
    """The same on a device that is open, and stays so for the next sample."""
    return _told(request, lambda stages: _by_us(request, device, stages))


def _told(request: Request, screen: Callable[[Stages], str]) -> str:
    """Screen, and say how far it is and how it ended."""
    _make(request.out)
    stages = Stages(request.sample, request.out / "status.json", request.tells_stages)
    try:
        stages.begin("validating_input")
        said = screen(stages)
        stages.begin("completed")
    except BaseException as error:
        _tell_failed(stages, error)
        raise
    return said


def _tell_failed(stages: Stages, error: BaseException) -> None:
    """Say it in the state too; where that cannot be written, the error itself is what counts."""
    if isinstance(error, EngineError):
        message = error.message
    elif isinstance(error, SystemExit | KeyboardInterrupt):
        message = "stopped before its end"
    else:
        message = f"{type(error).__name__}: {error}"
    try:
        stages.fail(message)
    except (EngineError, OSError) as another:
        warn(f"{stages.status}: cannot be written: {another}")


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotWrite(
            f"{folder}: {error.strerror}", hint="choose an --output-dir that you may write"
        ) from error


def _by_us(request: Request, device: Cpu | Gpu, stages: Stages) -> str:
    started = datetime.now(UTC)
    check_species(request)
    refuse_overwriting(request.out / request.sample, [""], [*request.r1, *request.r2])
    reads_of(request)
    opened = open_databases(request)
    called.check_programs(request, opened)
    with scratch(request.out) as work:
        stages.begin("minimizer_screening")
        searched = search(request, opened, device, work, stages)
        stages.begin("mutation_calling")
        found = called.call(request, opened, searched, work)
        stages.begin("em_quantification")
        summary = summarise(request, opened, searched, found)
        stages.begin("generating_report")
        _publish(request, opened, searched, found, summary, work, started, stages)
    tell_result(_result(summary))
    return overview(summary)


def _publish(
    request: Request,
    opened: Opened,
    searched: Searched,
    found: Called,
    summary: dict[str, Any],
    work: Path,
    started: datetime,
    stages: Stages,
) -> None:
    """Everything at once, and the summary last: where it is, all else is there too."""
    name = request.sample
    with ExitStack() as stack:
        top = stack.enter_context(staging(request.out / name))
        folders = _folders(request, summary, stack)
        if request.resfinder:
            version = called.run_resfinder(
                request, opened, searched, work, folders["resfinder"].parent
            )
            summary["programs"]["resfinder"] = version
        rows = _hamronization(name, opened, found)
        _text(top, ".hamronization.tsv", hamronization.as_tsv(rows))
        _text(top, ".hamronization.json", hamronization.json_text(rows))
        if searched.taxa:
            write_taxa(searched.taxa, top)
        earlier.write(top, folders, found, summary)
        if request.has_genes:
            called.keep_kma(work, folders["amr"])
        _text(top, ".summary.json", as_json(summary))
        if request.report:
            report.write(summary, top)
        proof = _provenance(request, opened, searched, found, started, stages)
        _text(top, ".provenance.json", as_json(proof))
        published = {request.out / path.name for path in top.parent.iterdir()}
        for each, prefix in folders.items():
            published |= {request.out / each / path.name for path in prefix.parent.iterdir()}
    remove_outdated(request.out, name, published)


def _folders(request: Request, summary: dict[str, Any], stack: ExitStack) -> dict[str, Path]:
    """Folder of the earlier system → prefix of the sample there, for what was looked for."""
    wanted = {
        "amr": request.has_genes,
        "resistance": summary["mutations"] is not None,
        "resfinder": request.resfinder,
    }
    return {
        each: stack.enter_context(staging(request.out / each / request.sample))
        for each, is_wanted in wanted.items()
        if is_wanted
    }


def _hamronization(name: str, opened: Opened, found: Called) -> list[hamronization.Row]:
    if opened.database is None:
        return []
    mutations = [(each.identity, calls) for each, calls in found.mutations]
    return hamronization.rows(name, found.hits or [], opened.database, mutations)


def _text(prefix: Path, ending: str, text: str) -> None:
    prefix.with_name(prefix.name + ending).write_text(text, encoding="utf-8")


def _provenance(
    request: Request,
    opened: Opened,
    searched: Searched,
    found: Called,
    started: datetime,
    stages: Stages,
) -> dict[str, Any]:
    lanes = {"r1": request.r1, "r2": request.r2}
    inputs: dict[str, Path | None] = {
        f"{mate} {number}" if len(files) > 1 else mate: file
        for mate, files in lanes.items()
        for number, file in enumerate(files, 1)
        if file.is_file()
    }
    return provenance(
        inputs,
        started,
        request.threads,
        [each.as_json() for each in opened.identities],
        device=searched.counts.device,
        genomes=opened.genomes.identity() if opened.genomes else None,
        programs=found.programs,
        seconds={**stages.seconds, "of the screen": _rounded(searched.counts.seconds)},
    )


def _rounded(seconds: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 3) for name, value in seconds.items()}


def _result(summary: dict[str, Any]) -> dict[str, Any]:
    """What those who follow the log get: the verdicts, and how many genes and mutations."""
    mutations = summary["mutations"] or []
    return {
        "sample": summary["sample"],
        "reads": summary["reads"]["reads"],
        "genes": len(called_genes(summary)),
        "mutations": sum(each["status"] == "detected" for each in mutations),
        "resistant": [
            each["class"] for each in summary["classes"] if each["verdict"] == "resistant"
        ],
    }


def _by_another(request: Request, stages: Stages) -> str:
    """Let another program screen; what it wrote is published as it stands."""
    if request.resfinder:
        raise BadUsage("--resfinder is of our own screen", hint="leave --executable away")
    started = datetime.now(UTC)
    with scratch(request.out) as work:
        stages.begin("minimizer_screening")
        written = external.run(request, work, request.gpu)
        stages.begin("generating_report")
        summary = external.summary(request, work, written)
        external.publish(work, written, request.out)
    published = {request.out / path.relative_to(work) for path in written}
    remove_outdated(request.out, request.sample, published)
    proof = provenance(
        {"r1": request.r1[0], "r2": request.r2[0], "executable": request.executable},
        started,
        request.threads,
        version_of_plumbline=__version__,
    )
    with staging(request.out / request.sample) as top:
        _text(top, ".summary.json", as_json(summary))
        if request.report:
            report.write(summary, top)
        _text(top, ".provenance.json", as_json(proof))
    return f"{request.sample}: {len(written)} files by {request.executable}"
