"""The part of a run's page that shows the QC of its samples, and takes people's verdicts on it.

A plain form, answered by a redirect; where a verdict is refused the page comes again, with the
reason and what was typed. What the reader saw goes along (the file's SHA-256, the last
verdict), so that nobody signs what they have not seen.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import request

from control.events.index_rows import RunRow
from control.verdicts import sign_off
from control.verdicts.ledger import LONGEST_COMMENT, Said
from control.verdicts.machine import LONGEST_NAME
from control.verdicts.words import Verdict
from control.web import auth
from control.web.api.resource import PREFIX
from control.web.api.verdicts import QcOfSample, qc_of
from engines.contract.errors import BadUsage, EngineError

SAMPLES_ON_A_PAGE = 50


@dataclass(frozen=True)
class Section:
    """What the template shows.

    Attributes:
        samples: those of this page.
        total: on all pages.
        left_out: files with a name that no sample can have.
        after: the name after which this page begins; "" for the first.
        next: the name after which the next page begins; None on the last.
        may_give: whether the reader may give a verdict.
        refused: why the verdict that was just sent is not taken.
        typed: what was sent with it, by the name of the field.
        link: the list of verdicts in the API.
        longest: characters of a comment.
        choices: what a person may say.
    """

    samples: list[QcOfSample]
    total: int
    left_out: int
    after: str
    next: str | None
    may_give: bool
    refused: EngineError | None
    typed: Mapping[str, str]
    link: str
    longest: int = LONGEST_COMMENT
    choices: tuple[Verdict, ...] = tuple(Verdict)


def section(run: RunRow, refused: EngineError | None = None) -> Section:
    """The section of a run, as the current request asks for it.

    Raises:
        EngineError: the run was deleted, or service.db cannot be read.
    """
    after = request.values.get("after", "")[:LONGEST_NAME]
    page = sign_off.samples(auth.database(), run, after=after, limit=SAMPLES_ON_A_PAGE)
    return Section(
        samples=[qc_of(run.run_id, row) for row in page.rows],
        total=page.total,
        left_out=page.left_out,
        after=after,
        next=page.cursor,
        may_give=auth.may_steer(auth.principal(), run),
        refused=refused,
        typed=request.form if refused else {},
        link=f"{request.script_root}{PREFIX}/verdicts",
    )


def give(run: RunRow) -> None:
    """Take the verdict that the form of the current request holds.

    Raises:
        EngineError: it is refused.
    """
    form = request.form
    try:
        verdict = Verdict(form.get("verdict", ""))
        supersedes = int(form["supersedes"][:18]) if form.get("supersedes") else None
    except ValueError:
        raise BadUsage("choose a verdict", hint="pass, warn or fail") from None
    said = Said(verdict, form.get("comment", ""), supersedes)
    sample, sha256 = form.get("sample", ""), form.get("sha256", "")
    sign_off.give(auth.database(), auth.actor(), run, sample, sha256, said)
