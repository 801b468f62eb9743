"""One annotation from beginning to end: prepared, judged, told, and put in place."""

from datetime import UTC, datetime
from typing import Any

from engines.annotate.case import Request
from engines.annotate.evidence import Knowledge
from engines.annotate.judge import Judge
from engines.annotate.knowledge.diseases import Disease
from engines.annotate.knowledge.store import load
from engines.annotate.prepare import Prepared, prepare
from engines.annotate.stream import question
from engines.annotate.stream.finish import ENDINGS, finish
from engines.annotate.stream.session import Names, Session
from engines.annotate.stream.summary import About, Outcome
from engines.annotate.stream.tally import Tally
from engines.annotate.stream.teller import Teller
from engines.annotate.stream.unfinished import Unfinished
from engines.annotate.variants import Call, StructuralCall
from engines.annotate.verdict import Annotated, AnnotatedStructural
from engines.contract.errors import BadData
from engines.contract.output import refuse_overwriting
from engines.contract.progress import tell_result, warn

REPORTS = (".html", ".pdf")


class Judging:
    """What is said of a call, with its texts: what the session asks."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge

    def call(self, call: Call) -> Annotated:
        return self._judge.of(call)

    def structural(self, call: StructuralCall) -> AnnotatedStructural:
        return self._judge.structural(call)

    def state(self) -> dict[str, Any]:
        return self._judge.matcher.state()

    def restore(self, state: dict[str, Any]) -> None:
        self._judge.matcher.restore(state)


def annotate(request: Request) -> dict[str, Any]:
    """Do what was asked; gives the summary.

    Raises:
        EngineError: an input cannot be used, or the results cannot be written; with
            ``fail_on_error`` also where a record could not be annotated, once all is written.
    """
    started = datetime.now(UTC)
    inputs = question.inputs_of(request)
    refuse_overwriting(request.out, [*ENDINGS, *REPORTS], inputs.values())
    digests = question.digests_of(request)
    with (
        Unfinished(request.out, question.key_of(request, digests)) as unfinished,
        prepare(request, unfinished.scratch("prepare")) as prepared,
    ):
        knowledge = load(request.knowledge)
        disease = knowledge.diseases.find(request.disease)
        judge = Judge(
            knowledge,
            disease,
            prepared.build.name,
            strict=request.strict,
            is_tumour_only=request.tumour_only,
        )
        session = Session(
            Judging(judge),
            Names(prepared.sample, disease.name),
            unfinished,
            Teller(request.tell),
        )
        tally = session.run(prepared)
        about = _about(request, prepared, knowledge, disease, digests)
        outcome = _outcome(prepared, tally)
        data = finish(request, about, outcome, unfinished, inputs, started)
        unfinished.remove()
    _tell(request, data)
    return data


def _about(
    request: Request,
    prepared: Prepared,
    knowledge: Knowledge,
    disease: Disease,
    digests: dict[str, str],
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
        callable=None,
        options=question.options_of(request),
        knowledge=knowledge.sources,
    )


def _population(request: Request) -> str | None:
    if request.population:
        return f"{request.population_tag} of {request.population.resolve().name}"
    return f"{request.population_tag} of the calls" if request.population_tag else None


def _without_folders(request: Request, prepared: Prepared) -> str:
    text = prepared.build.proof
    for path in (request.calls, request.fasta):
        if path is not None:
            text = text.replace(str(path), path.resolve().name)
    return text


def _outcome(prepared: Prepared, tally: Tally) -> Outcome:
    counts = prepared.counts
    if not counts.add_up:
        raise BadData("the counts of the input do not add up", hint="please report it")
    warnings = [f"{number:,}: {what}" for what, number in sorted(counts.notes.items())]
    for text in warnings:
        warn(text)
    return Outcome(
        tally, counts.as_dict(), prepared.structural, prepared.rejected, (), tuple(warnings)
    )


def _tell(request: Request, data: dict[str, Any]) -> None:
    """The last words: where the results are, what they come to, and what could not be done."""
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
            hint=f"see variant_error in {data['messages']['name']}, or leave --fail-on-error out",
        )
