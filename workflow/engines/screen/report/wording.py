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
        "2 identical in part, 1 called but not identical. Of a mutation: the share of the "
        "fragments that have it.",
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
        "Of an organism among those found, by the length of its genome. Its share is of all "
        "pairs, or reads without mates. Reads that fit several organisms count for what these "
        "have in common.",
    ),
]


def title(data: Data) -> str:
    """What the report is of."""
    return f"Resistance by genotype: {data['sample']}"


def facts(data: Data) -> list[str]:
    """The first lines."""
    reads = data["reads"]
    names = [each["name"] for each in reads["files"]]
    more = f" and {len(names) - 4} more" if len(names) > 4 else ""
    lengths = f"{reads['shortest']} to {reads['longest']} bases"
    return [
        f"Species: {data['species'] or 'not told'}.",
        f"Reads: {reads['reads']:,} ({reads['layout']}), mean quality {reads['mean_quality']:.1f}, "
        f"{lengths}; {', '.join(names[:4])}{more}.",
        f"Databases: {', '.join(map(database, data['databases'])) or 'none'}. Mode {data['mode']}.",
    ]


def database(each: Data) -> str:
    """``ResFinder 2.3.0 (2024-08-06)``."""
    return f"{each['name']} {each['version']} ({each['date'] or 'of no known date'})"


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
    """3, 2 or 1: how well a gene fits its reference, as ResFinder's Match."""
    if gene["identity"] < 100:
        return "1"
    return "3" if gene["coverage"] >= 100 else "2"


def gene_with(data: Data, words: str) -> Data | None:
    """The gene that a piece of evidence names, the called one first."""
    genes = sorted(data["genes"] or (), key=lambda each: not each["called"])
    return next((each for each in genes if words in (each["name"], each["gene"])), None)


def mutation_with(data: Data, words: str) -> Data | None:
    """The detected mutation that a piece of evidence names, such as ``gyrA S83L``."""
    for each in data["mutations"] or ():
        if each["status"] == "detected":
            gene, _, change = words.rpartition(" ")
            is_there = gene == each["gene"] and str(each["position"]) in change
            if is_there or words in (each["id"], f"{each['gene']} {each['change']}"):
                return dict(each)
    return None


def support(data: Data, words: str) -> str:
    """A piece of evidence with the figures behind it."""
    gene = gene_with(data, words)
    if gene:
        called = "" if gene["called"] else ", not called"
        return (
            f"{words} ({gene['identity']:.2f} % identical, {gene['coverage']:.1f} % covered, "
            f"{gene['depth']:.1f}×{called})"
        )
    found = mutation_with(data, words)
    if found:
        return f"{words} ({found['resistant']} of {found['depth']} fragments)"
    return words


def reasons(data: Data, entry: Data) -> list[str]:
    """Of an inconclusive class: what is missing, by its antimicrobials."""
    found = [
        each["why"]
        for each in data["antimicrobials"]
        if each["why"] and (each["class"], each["verdict"]) == (entry["class"], entry["verdict"])
    ]
    return list(dict.fromkeys(found))


def unit(data: Data) -> str:
    """What is counted: pairs, or reads that have no mates."""
    return "reads" if data["reads"]["layout"] == "single" else "pairs"


def remark(mutation: Data) -> str:
    """Why it has that status, its partners, and who described it."""
    parts = [mutation["why"]]
    if mutation["partners"] != "none needed":
        parts.append(f"partners: {mutation['partners']}")
    if mutation["pmids"]:
        more = " …" if len(mutation["pmids"]) > PMIDS else ""
        parts.append(f"PMID {', '.join(mutation['pmids'][:PMIDS])}{more}")
    return "; ".join(part for part in parts if part)


def grade_of(data: Data, evidence: list[str]) -> str:
    """The best grade of the genes, and the largest share of the mutations."""
    genes = [each for words in evidence if (each := gene_with(data, words)) and each["called"]]
    found = [each for words in evidence if (each := mutation_with(data, words))]
    grades = [max(grade(each) for each in genes)] if genes else []
    if found:
        grades.append(f"mutation {percent(max(each['frequency'] for each in found))} %")
    return ", ".join(grades)


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
    return str(value)


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' if count != 1 else ''}"
