"""Which genome the calls speak of, proven by lengths of contigs and never by words."""

from collections.abc import Mapping
from dataclasses import dataclass

from engines.contract.errors import BadData, BadUsage, InputMissing
from engines.contract.wording import did_you_mean
from engines.formats.contigs import KNOWN_LENGTHS, build_of
from engines.formats.fasta import Reference

BUILDS = ("GRCh37", "GRCh38")
_OTHER_NAMES = {"hg19": "GRCh37", "b37": "GRCh37", "hs37d5": "GRCh37", "hg38": "GRCh38"}


@dataclass(frozen=True)
class Build:
    """The genome of the calls.

    Attributes:
        name: GRCh37 or GRCh38; another genome is called by the name of its FASTA.
        proof: how that is known, in words.
        is_proven: False where somebody only said so.
    """

    name: str
    proof: str
    is_proven: bool


def prove(
    what: str,
    asked: str | None,
    header: Mapping[str, int | None],
    reference: Reference | None,
) -> Build:
    """Name the build.

    Raises:
        BadUsage: ``asked`` is no build.
        BadData: two of header, genome and ``asked`` contradict each other.
        InputMissing: nobody can tell.
    """
    asked = _known(asked, reference)
    by_header = build_of(header)
    by_genome = build_of(reference.lengths) if reference else None
    found = [
        (by_header, f"the lengths of contigs in the header of {what}"),
        (by_genome, f"the lengths of contigs in {reference.path if reference else ''}"),
    ]
    told = [(name, why) for name, why in found if name]
    if len({name for name, _ in told}) > 1:
        raise BadData(
            f"{what}: {by_header} by the lengths in its header, but the genome is {by_genome}",
            hint="give the genome that the calls were made with",
        )
    if told:
        name, why = told[0]
        if asked and asked != name:
            raise BadData(
                f"{what}: --build says {asked}, but {why} are those of {name}",
                hint=f"leave --build out, or give calls of {asked}",
            )
        return Build(name, " and ".join(why for _, why in told), True)
    return _untold(what, asked, header, reference)


def _untold(
    what: str,
    asked: str | None,
    header: Mapping[str, int | None],
    reference: Reference | None,
) -> Build:
    lengths = {**header, **(reference.lengths if reference else {})}
    if asked in KNOWN_LENGTHS:
        odd = _odd(lengths, asked)
        if odd:
            raise BadData(
                f"{what}: --build says {asked}, but contig {odd} is {lengths[odd]:,} bases long "
                "in no build that is known",
                hint="leave --build out: the genome is then called by the name of its FASTA",
            )
        return Build(asked, "--build says so; no length of a contig is told", False)
    if reference:
        name = reference.path.name.removesuffix(".gz").rpartition(".")[0] or reference.path.name
        return Build(asked or name, f"the genome is {reference.path.name}, no human build", True)
    raise InputMissing(
        f"{what}: the build cannot be proven: its header has no lengths of contigs that are known, "
        "and no genome was given",
        hint="say --build GRCh37 or --build GRCh38, or give --fasta",
    )


def _known(asked: str | None, reference: Reference | None) -> str | None:
    if asked is None:
        return None
    names = {name.lower(): name for name in BUILDS}
    name = names.get(asked.lower()) or _OTHER_NAMES.get(asked.lower())
    if name is None and reference is None:
        raise BadUsage(
            f"--build {asked}: not a build{did_you_mean(asked, BUILDS)}",
            hint=f"say {' or '.join(BUILDS)}",
        )
    return name or asked


def _odd(lengths: Mapping[str, int | None], build: str) -> str | None:
    """A chromosome whose length is not that of the build."""
    known = KNOWN_LENGTHS[build]
    for name, length in lengths.items():
        right = known.get(name.removeprefix("chr"))
        if right and length and length != right:
            return name
    return None
