"""Words of the report."""

from collections.abc import Mapping
from typing import Any

from engines.charts.wording import percent

Data = Mapping[str, Any]

RESISTANT, INCONCLUSIVE = "resistant", "inconclusive"
NOT_DETECTED, NOT_ASSESSED = "not detected", "not assessed"
PMIDS = 3
ORDER = (RESISTANT, INCONCLUSIVE, NOT_ASSESSED, NOT_DETECTED)
"""How verdicts stand in a report: what is there first, then what is open."""
OTHER_CHANGE = "other change"
EFFECTS = {"uncertain": "effect uncertain", "none": "no resistance by itself", "": ""}
GENOTYPE_TITLE = "Genotype, not a susceptibility test"
GENOTYPE = [
    "Resistance is predicted from genes and mutations in the reads. Not detected is not "
    "susceptible: a mechanism may be unknown, or be of a gene that is read too little. Before "
    "treatment is chosen, susceptibility has to be tested.",
    "Research use only; to be read by somebody who is qualified to do so.",
]
READING = [
    (
        "Resistant",
        "A gene or mutation that the database links to resistance reaches the thresholds, and "
        "what it needs beside it is there.",
    ),
    (
        "Inconclusive",
        "Something speaks for resistance but does not reach the thresholds, a partner is missing, "
        "or too few reads tell.",
    ),
    ("Not detected", "Looked for with enough reads, and not found. Not the same as susceptible."),
    ("Not assessed", "Nobody looked, or nobody could: neither found nor absent."),
    (
        "Grade",
        "How well the best gene fits its reference, as ResFinder's Match: 3 whole and identical, "
        "2 identical in part, 1 called but not identical.",
    ),
    (
        "Covered, depth",
        "Covered: share of the reference with reads on it. Depth: reads on each base, on average.",
    ),
    (
        "Interval",
        "95 % (Wilson 1927) of the share of fragments with the resistant allele; both mates of a "
        "pair are one fragment.",
    ),
    (
        "Too few reads",
        "Less fragments than are needed to say that a mutation is not there: it may be there.",
    ),
    (
        "Abundance",
        "Of an organism among those found, in copies of its genome. Its share is of all pairs, or "
        "reads without mates; those that fit several organisms are shared out between them.",
    ),
    (
        "Relative",
        "An organism whose nearest genome among those given is this one, at the identity that is "
        "told; it is not this one.",
    ),
]


def title(data: Data) -> str:
    """What the report is of."""
    return f"Resistance by genotype: {data['sample']}"


def facts(data: Data) -> list[str]:
    """The first lines."""
    if data["external"]:
        return [f"Screened by {data['external']['program']}.", f"Species: {_species(data)}."]
    found, reads = [f"Species: {_species(data)}."], data["reads"]
    if reads:
        more = f" and {len(reads['files']) - 4} more" if len(reads["files"]) > 4 else ""
        found.append(
            f"Reads: {reads['reads']:,} ({reads['layout']}), mean quality "
            f"{reads['mean_quality']:.1f}, {reads['shortest']} to {reads['longest']} bases; "
            f"{', '.join(reads['files'][:4])}{more}."
        )
    named = ", ".join(map(database, data["databases"])) or "none"
    return [*found, f"Databases: {named}. Mode {data['mode']}."]


def _species(data: Data) -> str:
    return data["species"] or "not told"


def database(each: Data) -> str:
    """``ResFinder 2.3.0 (2024-08-06)``."""
    return f"{each['name']} {each['version']} ({each['date'] or 'of no known date'})"


def without_findings(data: Data) -> list[str]:
    """The classes that nobody assessed, and why; then those of which nothing was detected.

    Of the latter those of the panel of the species come first.
    """
    open_: dict[str, list[str]] = {}
    for each in data["classes"]:
        if each["verdict"] == NOT_ASSESSED:
            why = "; ".join(evidence(data, each))
            open_.setdefault(f" ({why})" if why else "", []).append(each["class"])
    lines = [f"Not assessed{why}: {', '.join(names)}." for why, names in open_.items()]
    panel: dict[str, bool] = {}
    for each in data["antimicrobials"]:
        panel[each["class"]] = panel.get(each["class"], False) or each["relevant"] is not False
    absent = [each["class"] for each in data["classes"] if each["verdict"] == NOT_DETECTED]
    inside = [name for name in absent if panel.get(name, True)]
    others = [name for name in absent if not panel.get(name, True)]
    if inside:
        lines.append(f"Not detected: {', '.join(inside)}.")
    if others:
        lines.append(
            "Not detected either, of classes that the panel of the species does not have: "
            f"{', '.join(others)}."
        )
    return lines


def headline(data: Data) -> str:
    """The verdicts in a sentence."""
    if not data["classes"]:
        return "No class of antimicrobials was assessed."
    counts = {verdict: 0 for verdict in ORDER}
    for each in data["classes"]:
        counts[each["verdict"]] += 1
    parts = [f"{number} {verdict}" for verdict, number in counts.items() if number]
    return f"Of {len(data['classes'])} classes of antimicrobials: {', '.join(parts)}."


def limits(data: Data) -> list[str]:
    """What a reader has to know before the verdicts."""
    lines = [f"Not assessed: {each['what']}: {each['why']}." for each in data["not_assessed"]]
    shallow = too_shallow(data)
    if shallow:
        lines.append(
            f"Too few reads to tell {_number(len(shallow), 'mutation')} of "
            f"{', '.join(dict.fromkeys(each['gene'] for each in shallow))}: see Mutations."
        )
    if data["unplaced"]:
        number = _number(len(data["unplaced"]), "row")
        lines.append(f"{number} of the list of mutations cannot be assessed: see Mutations.")
    return [*lines, *data["warnings"]]


def why_not(data: Data, what: str) -> str:
    """Why a part was not assessed, as far as the summary says so."""
    names = (what, f"resistance {what}")
    found = [each["why"] for each in data["not_assessed"] if each["what"].lower() in names]
    return f"Not assessed: {'; '.join(found)}." if found else "Not assessed."


def too_shallow(data: Data) -> list[Data]:
    """Mutations of which too few reads tell."""
    return [each for each in data["mutations"] or () if each["status"] == "insufficient depth"]


def verdict(word: str) -> str:
    """As it stands in a table: what matters most in capitals, for it may be printed in grey."""
    return word.upper() if word in (RESISTANT, "detected") else word


def grade(gene: Data) -> str:
    """3, 2 or 1: how well a called gene fits its reference, as ResFinder's Match."""
    if gene["identity"] < 100:
        return "1"
    return "3" if gene["coverage"] >= 100 else "2"


def of_class(data: Data, entry: Data) -> list[Data]:
    """The antimicrobials that give a class its verdict."""
    return [
        each for each in data["antimicrobials"] if each["antimicrobial"] in entry["antimicrobials"]
    ]


def evidence(data: Data, entry: Data) -> list[str]:
    """What speaks for the verdict of a class, with the figures behind it, or what is missing.

    Of a resistant class what is uncertain is named only: it changes nothing.
    """
    told = [each for drug in of_class(data, entry) for each in drug["evidence"]]
    if entry["verdict"] != RESISTANT:
        doubts = [_supported(each) for each in told if each["weight"] == "uncertain"]
        reasons = [why for drug in of_class(data, entry) for why in drug["why"]]
        known = {each["what"] for each in told}
        return list(dict.fromkeys([*doubts, *(w for w in reasons if w.split(":")[0] not in known)]))
    lines = [_supported(each) for each in told if each["weight"] == RESISTANT]
    sure = {each["what"] for each in told if each["weight"] == RESISTANT}
    besides = [each["what"] for each in told if each["weight"] == "uncertain"]
    others = ", ".join(dict.fromkeys(what for what in besides if what not in sure))
    return list(dict.fromkeys([*lines, *([f"uncertain besides: {others}"] if others else [])]))


def _supported(each: Data) -> str:
    why = f"; {each['why']}" if each["why"] else ""
    return f"{each['what']} ({each['support']}{why})"


def evidence_of(antimicrobial: Data) -> str:
    """The names of what gives it its verdict."""
    weight = RESISTANT if antimicrobial["verdict"] == RESISTANT else "uncertain"
    names = [each["what"] for each in antimicrobial["evidence"] if each["weight"] == weight]
    return ", ".join(dict.fromkeys(names))


def in_short(data: Data, entry: Data) -> str:
    """As :func:`evidence`, without the figures."""
    if entry["verdict"] != RESISTANT:
        return "; ".join(evidence(data, entry))
    names = [evidence_of(each) for each in of_class(data, entry)]
    return ", ".join(dict.fromkeys(name for told in names for name in told.split(", ")))


def why_of(antimicrobial: Data) -> str:
    """Why it is not known for sure; of a resistant one nothing holds that back."""
    return "" if antimicrobial["verdict"] == RESISTANT else "; ".join(antimicrobial["why"])


def named(antimicrobials: list[Data]) -> str:
    """Those of the panel of the species, then the others."""
    by: dict[bool, list[str]] = {True: [], False: []}
    for each in antimicrobials:
        by[each["relevant"] is not False].append(each["antimicrobial"])
    if not by[False]:
        return ", ".join(by[True])
    others = f"not of the panel: {', '.join(by[False])}"
    return f"{', '.join(by[True])} ({others})" if by[True] else others


def grades(entries: list[Data]) -> str:
    """The best grade of the genes of some antimicrobials, and whether mutations count too."""
    found = [each for each in entries if each["verdict"] == RESISTANT]
    best = max((each["grade"] for each in found), default=0)
    kinds = {e["kind"] for each in found for e in each["evidence"] if e["weight"] == RESISTANT}
    return ", ".join([str(best)] * bool(best) + ["mutation"] * ("mutation" in kinds))


def unit(data: Data) -> str:
    """What is counted: pairs, or reads that have no mates."""
    return "reads" if data["reads"] and data["reads"]["layout"] == "single" else "pairs"


def remark(mutation: Data) -> str:
    """What was seen, what it rests on, and who described it."""
    parts = [mutation["why"]]
    if mutation["status"] == "detected" and mutation["effect"] != RESISTANT:
        parts.insert(0, EFFECTS[mutation["effect"]])
    if mutation["status"] == OTHER_CHANGE:
        seen = ", ".join(f"{name} {count:,}" for name, count in mutation["alleles"].items())
        parts.insert(0, f"a change of unknown effect: {seen}")
    if mutation["pmids"]:
        more = " …" if len(mutation["pmids"]) > PMIDS else ""
        parts.append(f"PMID {', '.join(mutation['pmids'][:PMIDS])}{more}")
    return "; ".join(part for part in parts if part)


def share_of(mutation: Data) -> str:
    """``97.8 % (88.7 to 99.6)``."""
    if mutation["frequency"] is None:
        return ""
    low, high = percent(mutation["low"]), percent(mutation["high"])
    return f"{percent(mutation['frequency'])} % ({low} to {high})"


def option(value: object) -> str:
    """A setting, for people."""
    if value is None or isinstance(value, bool):
        return {True: "yes", False: "no", None: "–"}[value]
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' if count != 1 else ''}"
