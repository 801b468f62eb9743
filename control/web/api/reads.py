"""The reads at a place: what a call that was compared rests on."""

from flask import Response
from pydantic import Field

from control.runs.reads import reads_at
from control.web import auth
from control.web.api.resource import Answer, Query, RunPath, answer
from control.web.api.results import api
from control.web.service import run_dir, service
from engines.contract.errors import InputMissing


class ReadsQuery(Query):
    """Which reads."""

    at: str = Field(
        pattern="^[!-~]{1,200}$",
        description="CHROM:POS or CHROM:POS-END, 1-based; 500 bases at most",
    )
    sample: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$",
        description="Call set, as its comparison in `results/small_variants` is called",
    )


class AlleleReads(Answer):
    """Reads that carry the same."""

    allele: str = Field(description="`reference`, `A>G`, `ins CT`, `del ACG`; with positions")
    reads: int
    forward: int
    reverse: int
    base_quality: float | None = Field(description="Mean of the reads")
    mapping_quality: float | None = Field(description="Mean of the reads")
    mapping_quality_0: int = Field(description="Reads with mapping quality 0")
    from_end: float | None = Field(description="Mean bases to the nearer end of the read")
    called: list[str] = Field(description="`truth`, `query`: who has it, written the same way")


class ReadsAnswer(Answer):
    """The reads at a place: counted, and drawn."""

    name: str = Field(description="Samples of the alignments")
    alignments: str = Field(description="File in `results/alignments`")
    site: str
    reads: int = Field(description="In the window that is drawn")
    drawn: int
    depth: int = Field(description="Reads that cover the whole site")
    partial: int = Field(description="Reads on a part of the site only; not counted")
    skipped: int = Field(description="Reads that pass over the site; not counted")
    left_out: dict[str, int] = Field(description="Reason → reads neither drawn nor counted")
    alleles: list[AlleleReads] = Field(description="The reference first, then the most frequent")
    notes: list[str] = Field(description="What is to be heeded, a line each")
    picture: str = Field(description="The reads as SVG, without scripts")


@api.get("/runs/<run:run_id>/reads", responses={200: ReadsAnswer})
def read_reads(path: RunPath, query: ReadsQuery) -> Response:
    """The reads at a place under truth and calls, of a run that has alignments of the sample.

    One drawing at a time for each user; it ends after 20 seconds.
    """
    row = service().seen(path.run_id)
    try:
        found = reads_at(
            run_dir(row), query.sample, query.at, service().state, auth.principal().name
        )
    except FileNotFoundError:
        raise InputMissing(f"run {row.run_id}: was deleted") from None
    told = found.told
    same = ("name", "alignments", "site", "reads", "drawn", "depth", "partial", "skipped")
    more = told["other_alleles"]
    rest = [f"{more['alleles']} alleles more, in {more['reads']} reads"] if more["alleles"] else []
    return answer(
        ReadsAnswer(
            **{key: told[key] for key in same},
            left_out=told["left_out"],
            alleles=[AlleleReads(**each) for each in told["alleles"]],
            notes=[*told["cautions"], *rest, *found.not_shown],
            picture=found.picture,
        )
    )
