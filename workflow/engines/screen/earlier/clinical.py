"""The clinical one-pagers of the earlier system: text, JSON and HTML, from the summary alone."""

from collections.abc import Sequence
from html import escape
from typing import Any

Data = dict[str, Any]

NOTE = "A genotype, not a susceptibility test: not detected does not mean susceptible."
QUINOLONES = ("quinolone", "fluoroquinolone")
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<style>
body {{ font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem;
  color: #1a1a1a; background: #fff }}
table {{ border-collapse: collapse; width: 100%; margin: 1rem 0 }}
th, td {{ text-align: left; vertical-align: top; padding: .3rem .6rem }}
tr {{ border-bottom: 1px solid #ccc }}
.note {{ border-left: 4px solid #8a5a00; padding: .4rem .8rem; background: #fff6e0 }}
</style></head><body>
<h1>{title}</h1><p class="note">{note}</p>{body}</body></html>
"""


def data(summary: Data, quinolones: bool = False) -> Data:
    """What the pages say, for programs."""
    kept = [row for row in summary["antimicrobials"] if _is_of(row, quinolones)]
    return {
        "sample_id": summary["sample"],
        "species": summary["species"],
        "note": NOTE,
        "databases": summary["databases"],
        "thresholds": summary["options"],
        "classes": [
            {key: row[key] for key in ("class", "verdict", "antimicrobials", "evidence")}
            for row in summary["classes"]
            if _is_of(row, quinolones)
        ],
        "antimicrobials": [
            {
                "antimicrobial": row["antimicrobial"],
                "verdict": row["verdict"],
                "evidence": [each["what"] for each in row["evidence"] if each["weight"] != "none"],
                "why": row["why"],
            }
            for row in kept
        ],
        "not_assessed": summary["not_assessed"],
    }


def text(summary: Data, quinolones: bool = False) -> str:
    """The same as plain text."""
    told = data(summary, quinolones)
    reads = summary["reads"]
    lines = [
        f"Sample: {summary['sample']}",
        f"Species: {summary['species'] or 'not given'}",
        f"Reads: {reads['reads']}, mean quality {reads['mean_quality']}",
        NOTE,
        "",
    ]
    for row in told["classes"]:
        evidence = f" ({', '.join(row['evidence'])})" if row["evidence"] else ""
        lines.append(f"{row['class']}: {row['verdict']}{evidence}")
    if not told["classes"]:
        lines.append("No class of antimicrobials was assessed.")
    lines += ["", *(f"Not assessed: {row['what']}: {row['why']}" for row in told["not_assessed"])]
    lines += [f"Database: {each['name']} {each['version']}" for each in summary["databases"]]
    return "\n".join(lines).rstrip() + "\n"


def html(summary: Data, quinolones: bool = False) -> str:
    """The same as a page."""
    told = data(summary, quinolones)
    what = "Quinolones" if quinolones else "Antimicrobial resistance"
    rows = [
        (row["antimicrobial"], row["verdict"], ", ".join(row["evidence"]), "; ".join(row["why"]))
        for row in told["antimicrobials"]
    ]
    body = _facts(summary) + _table(("Antimicrobial", "Verdict", "Evidence", "Why"), rows)
    return PAGE.format(title=escape(f"{what}: {summary['sample']}"), note=escape(NOTE), body=body)


def mutations_html(summary: Data) -> str:
    """Every place that was looked at, the detected ones first."""
    rows = [
        (
            each["gene"],
            each["change"],
            each["status"],
            f"{each['resistant']} of {each['depth']}",
            "" if each["frequency"] is None else f"{each['frequency']:.1%}",
            f"{each['low']:.1%} to {each['high']:.1%}" if each["depth"] else "",
            ", ".join(each["antimicrobials"]),
        )
        for each in summary["mutations"]
    ]
    head = ("Gene", "Change", "Status", "Fragments", "Frequency", "95 % interval", "Against")
    title = escape(f"Mutations: {summary['sample']}")
    return PAGE.format(title=title, note=escape(NOTE), body=_facts(summary) + _table(head, rows))


def _is_of(row: Data, quinolones: bool) -> bool:
    return not quinolones or any(word in row["class"].lower() for word in QUINOLONES)


def _facts(summary: Data) -> str:
    reads = summary["reads"]
    databases = ", ".join(f"{each['name']} {each['version']}" for each in summary["databases"])
    return (
        f"<p>Species: {escape(summary['species'] or 'not given')}. {reads['reads']:,} reads, mean "
        f"quality {reads['mean_quality']}. {escape(databases)}.</p>"
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return "<p>Nothing was assessed.</p>"
    cells = "".join(f"<th scope='col'>{escape(name)}</th>" for name in head)
    lines = "".join(
        "<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table><thead><tr>{cells}</tr></thead><tbody>{lines}</tbody></table>"
