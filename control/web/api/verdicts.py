"""Verdicts on the QC of samples: what the machine says, what people say, and their list."""

from typing import Annotated
from urllib.parse import quote

from flask import Response
from pydantic import Field

from control.record.run_dir import RunDir
from control.verdicts import export, ledger, sign_off
from control.verdicts.ledger import Given, Run, Said
from control.verdicts.machine import ENDING, LONGEST_NAME, PAGE_ENDING, PLACE, is_name
from control.verdicts.sign_off import SampleVerdicts
from control.verdicts.words import MachineWord, Standing, Verdict
from control.web import auth
from control.web.api.paging import next_page
from control.web.api.resource import (
    LARGEST,
    Answer,
    Body,
    Page,
    Query,
    RunPath,
    answer,
    disposition,
    raw,
    resource,
)
from control.web.api.run import links
from control.web.live import live_of
from control.web.service import service
from engines.contract.errors import BadUsage

api = resource("verdicts", "What the machine and people say of the QC of samples")

Sample = Annotated[str, Field(max_length=LONGEST_NAME)]
Sha256 = Annotated[
    str, Field(pattern="^[0-9a-f]{64}$", description="Of the machine's file, as you looked at it")
]


class PersonsVerdict(Answer):
    """What somebody said of a sample."""

    id: int = Field(description="Grows with time; a gap tells of one that was taken out")
    at: str = Field(description="UTC with milliseconds")
    user: str
    run_id: str
    sample: str
    verdict: Verdict
    comment: str = Field(description="Why; may be empty, and may have several lines")
    machine: MachineWord = Field(description="What the machine said when they looked")
    sha256: str = Field(description="Of the machine's file, as they looked at it")
    supersedes: int | None = Field(description="The verdict that it takes the place of")


class ListedVerdict(PersonsVerdict):
    """What somebody said of a sample, and how it holds now."""

    owner: str = Field(description="Whose run it is; empty for one that was typed by hand")
    state: Standing = Field(description="`gone`: the run was deleted")
    link: str | None = Field(description="The run; null where it was deleted")


class MachinesVerdict(Answer):
    """What `plumbline qc judge` says of a sample, as its file is now."""

    verdict: MachineWord | None = Field(description="Null where the file cannot be used")
    reasons: list[str] = Field(description="Of the worst metrics, the first few")
    counts: dict[str, int] = Field(description="Verdict → how many metrics have it")
    sha256: str | None = Field(description="Of the file: send it back with your verdict")
    problem: str = Field(description="Why the file cannot be used; else empty")
    link: str = Field(description="The file")
    page: str | None = Field(description="The page for people, where there is one")


class QcOfSample(Answer):
    """One sample of a run: the machine's verdict, and the last one that somebody gave."""

    sample: str
    machine: MachinesVerdict | None = Field(description="Null where its file is not there")
    person: PersonsVerdict | None
    state: Standing = Field(description="none, current or out_of_date: of the person's verdict")


class QcPage(Page[QcOfSample]):
    """A page of the samples of a run."""

    total: int = Field(description="Samples on all pages")
    left_out: int = Field(description="Files with a name that no sample can have")
    may_give: bool = Field(description="Whether you may give a verdict here")


class VerdictPage(Page[ListedVerdict]):
    """A page of people's verdicts."""


class QcQuery(Query):
    """Which samples are wanted."""

    sample: Sample = Field("", description="This one alone")
    limit: int = Field(100, ge=1, le=500, description="Largest number of items in the answer")
    cursor: Sample | None = Field(None, description="From `next` of the page before")


class VerdictsQuery(Query):
    """Which verdicts are wanted; each is exact, and what is left out leaves all."""

    sample: Sample = ""
    run_id: str = Field("", max_length=40)
    user: str = Field("", max_length=100, description="Who gave them")
    since: str = Field("", max_length=30, description="UTC, 2026-11-21 or 2026-11-21T22:10")
    limit: int = Field(100, ge=1, le=500, description="Largest number of items in the answer")
    cursor: int | None = Field(None, ge=1, le=LARGEST, description="From `next` of the page before")


class ExportQuery(Query):
    """Which verdicts are wanted, and as what."""

    sample: Sample = ""
    run_id: str = Field("", max_length=40)
    user: str = Field("", max_length=100, description="Who gave them")
    since: str = Field("", max_length=30, description="UTC, 2026-11-21 or 2026-11-21T22:10")
    format: export.Format = export.Format.CSV


class NewVerdict(Body):
    """What you say of a sample."""

    sample: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
    verdict: Verdict
    sha256: Sha256
    comment: str = Field(
        "", max_length=4 * ledger.LONGEST_COMMENT, description="Needed to say better than it"
    )
    supersedes: Annotated[int, Field(ge=1, le=LARGEST)] | None = Field(
        None, description="The id of the last verdict that you saw; null where there was none"
    )


_ROW = {"type": "object", "required": list(export.COLUMNS)}
_EXPORTED = raw("All of them", "text/csv", "text/tab-separated-values")
_EXPORTED["content"]["application/json"] = {"schema": {"type": "array", "items": _ROW}}


@api.get("/runs/<run:run_id>/verdicts", responses={200: QcPage})
def list_qc(path: RunPath, query: QcQuery) -> Response:
    """The QC of a run's samples: what the machine says, what somebody said, if that still holds."""
    row = service().seen(path.run_id)
    page = sign_off.samples(
        auth.database(),
        row,
        after=query.cursor or "",
        only=query.sample,
        limit=query.limit,
    )
    return answer(
        QcPage(
            items=[qc_of(row.run_id, each) for each in page.rows],
            next=next_page(page.cursor),
            total=page.total,
            left_out=page.left_out,
            may_give=auth.may_steer(auth.principal(), row),
        )
    )


@api.post("/runs/<run:run_id>/verdicts", responses={200: PersonsVerdict, 201: PersonsVerdict})
def give_verdict(path: RunPath, body: NewVerdict) -> Response:
    """Say what you think of a sample's QC; saying the same twice (200) adds nothing."""
    row = service().steered(path.run_id)
    said = Said(body.verdict, body.comment, body.supersedes)
    made, is_new = sign_off.give(auth.database(), auth.actor(), row, body.sample, body.sha256, said)
    return answer(_person(made), 201 if is_new else 200)


@api.get("/verdicts", responses={200: VerdictPage})
def list_verdicts(query: VerdictsQuery) -> Response:
    """What people said of samples, in all runs that you may see, the newest first."""
    wanted = _wanted(query)
    with auth.database().read() as db:
        found = ledger.listing(db, wanted, query.limit + 1, query.cursor)
    shown = found[: query.limit]
    cursor = shown[-1][0].id if len(found) > len(shown) else None
    items = [_listed(*each) for each in sign_off.standings(shown, _directory)]
    return answer(VerdictPage(items=items, next=next_page(cursor)))


@api.get("/verdicts/export", responses={200: _EXPORTED})
def export_verdicts(query: ExportQuery) -> Response:
    """The same list as one file, for spreadsheets, scripts and archives."""
    wanted = _wanted(query)
    with auth.database().read() as db:
        found = ledger.listing(db, wanted)
    text = export.written(sign_off.standings(found, _directory), query.format)
    made = Response(text, content_type=export.MEDIA_TYPES[query.format])
    disposition(made, "attachment", f"verdicts.{query.format}")
    return made


def qc_of(run_id: str, row: SampleVerdicts) -> QcOfSample:
    """One sample as JSON has it."""
    return QcOfSample(
        sample=row.sample,
        machine=_machine(run_id, row),
        person=_person(row.given) if row.given else None,
        state=row.standing,
    )


def _machine(run_id: str, row: SampleVerdicts) -> MachinesVerdict | None:
    if row.machine is None:
        return None
    base = f"{links(run_id).files}/{PLACE}/{quote(row.sample, safe='')}"
    return MachinesVerdict(
        verdict=row.machine.verdict,
        reasons=list(row.machine.reasons),
        counts=row.machine.counts,
        sha256=row.machine.sha256 or None,
        problem=row.machine.problem,
        link=f"{base}{ENDING}",
        page=f"{base}{PAGE_ENDING}" if row.has_page else None,
    )


def _person(given: Given) -> PersonsVerdict:
    return PersonsVerdict(**{name: getattr(given, name) for name in PersonsVerdict.model_fields})


def _listed(given: Given, standing: Standing) -> ListedVerdict:
    is_there = standing is not Standing.GONE and _directory(given.run) is not None
    return ListedVerdict(
        **_person(given).model_dump(),
        owner=given.owner,
        state=standing,
        link=links(given.run_id).self if is_there else None,
    )


def _wanted(query: VerdictsQuery | ExportQuery) -> ledger.Wanted:
    if query.sample and not is_name(query.sample):
        raise BadUsage("query.sample: no name of a sample", hint="see 'plumbline verdict RUN'")
    return ledger.Wanted(query.run_id, query.sample, query.user, query.since, service().viewer())


def _directory(run: Run) -> RunDir | None:
    """Where a run is; None for one that was deleted."""
    facts = live_of().find(run.run_id)
    if facts is None or (facts.owner or facts.uid) != (run.owner or run.uid):
        return None
    return RunDir(facts.path)
