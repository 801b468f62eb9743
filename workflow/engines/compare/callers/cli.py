"""``plumbline compare callers``."""

from pathlib import Path
from typing import Any

import click

from engines.compare.callers.paired import EVERYTHING
from engines.contract.errors import EngineCommand
from engines.contract.options import Prefix
from engines.contract.progress import say

FILE = click.Path(path_type=Path)


@click.command("callers", cls=EngineCommand, short_help="Which caller of a sample is better.")
@click.argument("comparisons", metavar="PREFIX PREFIX…", type=FILE, nargs=-1, required=True)
@click.option("-o", "--out", type=Prefix(), required=True, help="Output prefix.")
def callers(comparisons: tuple[Path, ...], out: Path) -> None:
    """Which of several callers of one sample is better, where, and is it beyond chance.

    PREFIX is the --out of each caller's comparison with the same truth. Writes OUT.callers.json,
    OUT.callers.tsv.gz (every error, and who makes it) and OUT.provenance.json.
    """
    from engines.compare.callers.run import put_side_by_side

    print_table(put_side_by_side(comparisons, out))


def print_table(report: dict[str, Any]) -> None:
    """The callers by type, of calls that passed and of all, for people at a terminal."""
    width = max(len(each["name"]) for each in report["callers"])
    best = {(b["type"], b["filter"]): b for b in report["best"] if b["subset"] == EVERYTHING}
    head = f"{'recall':>8} {'precision':>9} {'F1':>8} {'FN':>8} {'FP':>8} {'FP.gt':>8}"
    say(f"{'type':<6} {'filter':<6} {'caller':<{width}} {head}")
    for row in sorted(report["rows"], key=lambda r: (r["type"] != "SNP", r["type"])):
        shares = " ".join(
            f"{'–' if row[key] is None else format(row[key], '.6f'):>{wide}}"
            for key, wide in (("recall", 8), ("precision", 9), ("f1", 8))
        )
        counts = " ".join(f"{row[key]:>8,}" for key in ("truth_fn", "query_fp", "fp_gt"))
        lead = best.get((row["type"], row["filter"]))
        words = in_words(lead, row["caller"]) if lead else ""
        line = f"{row['type']:<6} {row['filter']:<6} {row['caller']:<{width}} {shares} {counts}"
        say(f"{line}  {words}".rstrip())


def in_words(lead: dict[str, Any], caller: str) -> str:
    """Whether the highest F1 is a lead: `best, p = 0.003` (of the nearest other caller)."""
    if caller in lead["tied"]:
        return f"tied with {', '.join(name for name in lead['tied'] if name != caller)}"
    if caller != lead["highest"]:
        return ""
    told = f"p = {lead['p']:.2g} against {lead['against']}"
    return f"best ({told})" if lead["best"] else f"highest, not beyond chance ({told})"
