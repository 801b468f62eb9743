"""One annotation from beginning to end: prepared, judged, told, and put in place."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engines.annotate import report
from engines.annotate.case import Request
from engines.annotate.judge import Judge
from engines.annotate.knowledge.diseases import Disease
from engines.annotate.knowledge.show import warnings
from engines.annotate.knowledge.store import load
from engines.annotate.known import Knowledge
from engines.annotate.matching.matcher import Matcher
from engines.annotate.prepare import AnyPrepared, PreparedApart, prepare
from engines.annotate.stream import question
from engines.annotate.stream.finish import ENDINGS, finish
from engines.annotate.stream.session import Names, Session
from engines.annotate.stream.summary import About, Outcome
from engines.annotate.stream.tally import Tally
from engines.annotate.stream.teller import Teller
from engines.annotate.stream.unfinished import Unfinished
from engines.annotate.texts.sample import Leftovers
from engines.annotate.texts.setting import Setting, read_callable
from engines.annotate.texts.sighted import Sighted
from engines.annotate.texts.templates import Templates
from engines.annotate.texts.texts import Texts
from engines.annotate.variants import Call, StructuralCall
from engines.annotate.verdict import Annotated, AnnotatedStructural
from engines.contract.errors import BadData
from engines.contract.output import refuse_overwriting
from engines.contract.progress import say, tell_result, warn
from engines.formats.contigs import KNOWN_LENGTHS
from engines.formats.fasta import open_reference

if TYPE_CHECKING:
    from engines.formats.bed import Regions

REPORTS = (".html", ".pdf")


class Judging:
    """What is said of a call, with its texts: what the session asks."""

    def __init__(self, judge: Judge, texts: Texts, day: date) -> None:
        self._judge, self._texts, self._day = judge, texts, day

    def call(self, call: Call) -> Annotated:
        found = self._judge.of(call)
        found.texts = self._texts.of(found)
        return found

    def structural(self, call: StructuralCall) -> AnnotatedStructural:
        found = self._judge.structural(call)
        found.texts = self._texts.of_structural(found)
        return found

    def state(self) -> dict[str, Any]:
        return {
            "matcher": self._judge.matcher.state(),
            "texts": self._texts.noted().as_data(),
            "day": self._day.isoformat(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        self._judge.matcher.restore(state["matcher"])
        self._texts.sighted = Sighted.from_data(state["texts"])


def annotate(request: Request) -> dict[str, Any]:
    """Do what was asked; gives the summary.

    Raises:
        EngineError: an input cannot be used, or the results cannot be written; with
            ``fail_on_error`` also where a record could not be annotated, once all is written.
    """
    started = datetime.now(UTC)
    inputs = question.inputs_of(request)
    refuse_overwriting(request.out, [*ENDINGS, *REPORTS], inputs.values())
    knowledge = load(request.knowledge)
    disease = knowledge.diseases.find(request.disease)
    digests = question.digests_of(request)
    with (
        Unfinished(request.out, question.key_of(request, digests)) as unfinished,
        _prepare(request, unfinished.scratch("prepare")) as prepared,
    ):
        judge = _judge(request, knowledge, disease, prepared)
        prepared.limit_to(judge.matcher.genes)
        _note_limits(prepared, judge.matcher)
        day = _day(unfinished, started)
        regions = _callable(request, prepared, unfinished.scratch("callable"))
        about = _about(request, prepared, knowledge, disease, digests, regions, day)
        texts = Texts(
            knowledge,
            _setting(request, about, disease, regions, day),
            Templates(request.templates),
        )
        teller = Teller(request.tell)
        names = Names(prepared.sample, disease.name)
        session = Session(Judging(judge, texts, day), names, unfinished, teller)
        tally = session.run(prepared)
        known = _about_knowledge(knowledge, disease, day)
        outcome = _outcome(prepared, tally, texts, judge.matcher, known)
        reports = report.write if request.report else None
        data = finish(request, about, outcome, unfinished, inputs, started, reports)
        _remove_old_reports(request)
        unfinished.remove()
    _tell(request, data, teller.untold)
    return data


def _judge(
    request: Request, knowledge: Knowledge, disease: Disease, prepared: AnyPrepared
) -> Judge:
    return Judge(
        knowledge,
        disease,
        prepared.build.name,
        strict=request.strict,
        bases=prepared.bases,
        is_tumour_only=request.tumour_only,
    )


def _note_limits(prepared: AnyPrepared, matcher: Matcher) -> None:
    """What of the sources cannot be matched with these calls."""
    build, notes = prepared.build.name, prepared.counts.notes
    if prepared.consequences is None:
        note = (
            f"alleles of the sources on {build} are all that can be matched: "
            "consequences were not assessed; give --fasta and --gff, or annotated calls"
        )
        notes[note] = matcher.alleles
    if matcher.elsewhere:
        note = f"statements on alleles whose places on {build} no source tells"
        notes[f"{note}: they cannot be matched"] = matcher.elsewhere


def _prepare(request: Request, scratch: Path) -> AnyPrepared:
    """In a process of its own where two threads may be at work."""
    return PreparedApart(request, scratch) if request.threads > 1 else prepare(request, scratch)


def _day(unfinished: Unfinished, started: datetime) -> date:
    """The day by which sources are old: of the first start, also where one goes on later."""
    if unfinished.found:
        return date.fromisoformat(unfinished.found.counted["judge"]["day"])
    return started.date()


def _remove_old_reports(request: Request) -> None:
    """A report of an earlier time does not stand beside results that it does not tell of."""
    for ending in () if request.report else REPORTS:
        request.out.with_name(request.out.name + ending).unlink(missing_ok=True)


def _about(
    request: Request,
    prepared: AnyPrepared,
    knowledge: Knowledge,
    disease: Disease,
    digests: dict[str, str],
    regions: "Regions | None",
    day: date,
) -> About:
    site = knowledge.diseases.site(disease)
    version = f" {prepared.csq_version}" if prepared.csq_version else ""
    return About(
        sample=prepared.sample,
        tumour_only=request.tumour_only,
        disease={
            "asked": request.disease,
            "name": disease.name,
            "doid": disease.id or None,
            "site": site or None,
        },
        build={"name": prepared.build.name, "proof": _without_folders(request, prepared)},
        calls={"name": request.calls.resolve().name, "sha256": digests["calls"]},
        consequences=prepared.consequences and f"{prepared.consequences}{version}",
        population=_population(request),
        callable=_told_callable(regions),
        options=question.options_of(request),
        knowledge=knowledge.sources,
        day=day,
    )


def _setting(
    request: Request, about: About, disease: Disease, regions: "Regions | None", today: date
) -> Setting:
    return Setting(
        disease=disease,
        build=about.build["name"],
        proof=about.build["proof"],
        calls=about.calls["name"],
        today=today,
        sample=about.sample,
        tumour_only=about.tumour_only,
        consequences=about.consequences,
        population=about.population,
        is_checked=request.fasta is not None,
        callable=regions,
        msi=request.msi,
    )


def _callable(request: Request, prepared: AnyPrepared, scratch: Path) -> "Regions | None":
    """The callable regions, on the contigs of the genome or of its build."""
    if request.callable is None:
        return None
    if request.fasta is not None:
        return read_callable(request.callable, open_reference(request.fasta, scratch).lengths)
    return read_callable(request.callable, KNOWN_LENGTHS[prepared.build.name])


def _told_callable(regions: "Regions | None") -> dict[str, Any] | None:
    return {"name": regions.path.resolve().name, "bases": regions.bases} if regions else None


def _population(request: Request) -> str | None:
    if request.population:
        return f"{request.population_tag} of {request.population.resolve().name}"
    return f"{request.population_tag} of the calls" if request.population_tag else None


def _without_folders(request: Request, prepared: AnyPrepared) -> str:
    text = prepared.build.proof
    for path in (request.calls, request.fasta):
        if path is not None:
            text = text.replace(str(path), path.resolve().name)
    return text


def _about_knowledge(knowledge: Knowledge, disease: Disease, day: date) -> list[str]:
    """What is wrong with what is known: a strange disease, old sources."""
    found = warnings(knowledge.sources, day)
    if disease.id and knowledge.diseases.by_id(disease.id) is None:
        found.insert(0, f"{disease.name}: no source names this disease, nothing is known of it")
    if not knowledge.diseases.has_hierarchy:
        found.append(
            "which diseases are wider or narrower is not known, so statements on them count as of "
            "another tumour: compile with --disease-ontology"
        )
    return found


def _outcome(
    prepared: AnyPrepared, tally: Tally, texts: Texts, matcher: Matcher, known: list[str]
) -> Outcome:
    """Args: known: warnings of the sources."""
    counts = prepared.counts
    if not counts.add_up:
        raise BadData("the counts of the input do not add up", hint="please report it")
    found = [f"{what} ({number:,})" for what, number in sorted(counts.notes.items())]
    if not prepared.build.is_proven:
        found.insert(0, f"{prepared.build.name} is not proven: {prepared.build.proof}")
    if not prepared.records:
        found.insert(0, "the input has no records: nothing was tiered")
    found += known
    for text in found:
        warn(text)
    rejected = prepared.rejected
    told = texts.of_sample(Leftovers(counts.rejected, counts.unread, counts.unread.somewhere))
    return Outcome(
        tally,
        counts.as_dict(),
        prepared.structural,
        rejected,
        tuple(told),
        tuple(found),
        matcher.unmatchable,
        tuple(each.name for each in matcher.completed()),
    )


def _tell(request: Request, data: dict[str, Any], untold: int) -> None:
    """The last words: where the results are, what they come to, and what could not be done."""
    if untold:
        say(f"{untold:,} were not told here (--tell {request.tell}): the results have all")
    summary = request.out.with_name(f"{request.out.name}.summary.json")
    tell_result(
        {
            "path": str(summary),
            "disease": data["disease"]["name"],
            "counts": data["counts"],
            "tiers": data["tiers"],
            "messages": data["messages"],
        }
    )
    errors = data["counts"]["errors"]
    if errors and request.fail_on_error:
        raise BadData(
            f"{errors:,} records or variants could not be annotated; the results are written",
            hint="each is a variant_error of the log; a workflow removes the results of a job that "
            "fails: leave --fail-on-error out to have them",
        )
