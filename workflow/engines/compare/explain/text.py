"""An explanation as text for a terminal and as JSON."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from engines.compare.explain.haplotypes import NAMES, Drawing, Piece, draw
from engines.compare.explain.locus import QUERY, TRUTH, Locus
from engines.compare.explain.reasons import name, reasons

SCHEMA = "plumbline/small_variants.explanation/1"
WIDTH = 80
# calls of one side that the text shows; the JSON has all
MOST_CALLS = 100
MOST_LEFT_OUT = 30
# calls of a superlocus whose haplotypes are drawn
MOST_DRAWN = 400


@dataclass(frozen=True)
class SetAside:
    """A record near the site that was not compared: side, 1-based position, its change, why."""

    side: str
    position: int
    record: str
    reason: str


def explained(
    locus: Locus, context: str = "", set_aside: Sequence[SetAside] = (), heading: bool = True
) -> str:
    """All about one superlocus, a paragraph a part.

    Args:
        context: what the reference is like there, as in the list of differences.
        set_aside: records there that were not compared.
        heading: begin with place and context.
    """
    lines: list[str] = []
    if heading:
        lines.append(f"superlocus {locus.place}" + (f", {context}" if context else ""))
    if locus.capped:
        lines.append(
            f"too dense for the full search: cut at {locus.states:,} states, decided by the "
            "states with most calls; a larger match may exist"
        )
    why = reasons(locus)
    for side in (TRUTH, QUERY):
        lines += ["", *_side(locus, side, why)]
    if set_aside:
        lines += ["", *left_out(set_aside)]
    if locus.squashed:
        lines += ["", "only alleles were compared: there are no haplotypes to show"]
    elif len(locus.calls) > MOST_DRAWN:
        lines += ["", f"haplotypes of {len(locus.calls):,} calls are not drawn"]
    elif locus.calls:
        lines += ["", *_haplotypes(locus, draw(locus))]
    return "\n".join(lines).strip("\n") + "\n"


def left_out(set_aside: Sequence[SetAside]) -> list[str]:
    """Records that were not compared; of very many the first."""
    lines = ["not compared"]
    lines += [f"  {s.side} {s.position} {s.record}: {s.reason}" for s in set_aside[:MOST_LEFT_OUT]]
    if len(set_aside) > MOST_LEFT_OUT:
        lines.append(f"  … {len(set_aside) - MOST_LEFT_OUT:,} records more are not shown")
    return lines


def _side(locus: Locus, side: str, why: Sequence[str]) -> list[str]:
    calls = locus.side(side)
    told = [words for call, words in zip(locus.calls, why, strict=True) if call.side == side]
    if not calls:
        return [f"{side}: no call"]
    cells = [
        (c.decision, str(c.position + 1), c.change, c.genotype_text, _filter(c.failed, c.score))
        for c in calls
    ]
    widths = [max(len(row[k]) for row in cells) for k in range(5)]
    lines = [side]
    for number, (row, words) in enumerate(zip(cells, told, strict=True)):
        if number == MOST_CALLS:
            lines.append(f"  … {len(calls) - number:,} calls more are not shown")
            break
        padded = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        lines.append(f"  {padded.rstrip()}")
        if number + 1 in (MOST_CALLS, len(calls)) or told[number + 1] != words:
            lines.append(f"      {words}")  # once for all calls that it holds for
    return lines


def _filter(failed: bool, score: float | None) -> str:
    words = [] if score is None else [f"score {score:g}"]
    return ", ".join([*words, "failed a filter"] if failed else words)


def _haplotypes(locus: Locus, drawing: Drawing) -> list[str]:
    lines = [f"haplotypes ({_sameness(drawing.same)})"]
    for piece in drawing.pieces:
        lines += _wrapped(locus.contig, piece)
    if drawing.left_out:
        lines.append(f"  … {drawing.left_out:,} columns more are not shown")
    for indices, words in (
        (drawing.unphased, "drawn as written, no common phase was found in time"),
        (drawing.homeless, "not drawn, overlaps other calls of its side"),
    ):
        lines += [f"  {words}: {locus.calls[i].side} {name(locus.calls[i])}" for i in indices]
    lines += [f"  records overlap in {row}: one hides the other" for row in drawing.overlapping]
    return lines


def _sameness(same: tuple[bool, bool]) -> str:
    if all(same):
        return "truth and query are the same"
    if not any(same):
        return "truth and query differ on both"
    return f"the same on haplotype {1 if same[0] else 2}, different on {2 if same[0] else 1}"


def _wrapped(contig: str, piece: Piece) -> list[str]:
    lines = [f"  {contig}:{piece.start + 1}-{piece.end}"]
    for at in range(0, len(piece.rows[0]), WIDTH):
        part = slice(at, at + WIDTH)
        lines += [f"  {label:<9} {row[part]}" for label, row in zip(NAMES, piece.rows, strict=True)]
        if piece.marks[part].strip():
            lines.append(f"  {'':<9} {piece.marks[part].rstrip()}")
        lines.append("")
    return lines[:-1]


def as_data(locus: Locus, context: str = "", set_aside: Sequence[SetAside] = ()) -> dict[str, Any]:
    """The same for programs; positions are 1-based and inclusive."""
    return {
        "contig": locus.contig,
        "start": locus.start + 1,
        "end": max(locus.end, locus.start + 1),
        "context": context or None,
        "capped": locus.capped,
        "states": locus.states,
        "calls": [
            {
                "side": call.side,
                "position": call.position + 1,
                "ref": call.ref,
                "alts": list(call.alts),
                "genotype": call.genotype_text,
                "score": call.score,
                "failed": call.failed,
                "confident": call.confident,
                "decision": call.decision,
                "match": call.match,
                "block": call.block if call.block >= 0 else None,
                "reason": words,
            }
            for call, words in zip(locus.calls, reasons(locus), strict=True)
        ],
        "set_aside": [vars(record) for record in set_aside],
        "haplotypes": _drawn(locus),
    }


def _drawn(locus: Locus) -> dict[str, Any] | None:
    if locus.squashed or not 0 < len(locus.calls) <= MOST_DRAWN:
        return None
    drawing = draw(locus)
    return {
        "same": list(drawing.same),
        "pieces": [
            {
                "start": piece.start + 1,
                "end": piece.end,
                **dict(zip((n.replace(" ", "_") for n in NAMES), piece.rows, strict=True)),
                "differ": piece.marks,
            }
            for piece in drawing.pieces
        ],
        "columns_not_shown": drawing.left_out,
        "as_written": [name(locus.calls[i]) for i in drawing.unphased],
        "overlapping": list(drawing.overlapping),
        "not_drawn": [name(locus.calls[i]) for i in drawing.homeless],
    }
