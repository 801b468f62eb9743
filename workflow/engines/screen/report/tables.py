"""The tables of the report: every cell a text."""

from collections.abc import Mapping, Sequence
from typing import Any

from engines.charts.html_tables import Cell, Table
from engines.charts.screens import called_as, organisms
from engines.charts.wording import DASH, percent
from engines.screen.report import wording

Data = Mapping[str, Any]

SHOWN = 200
"""Rows of one table; of more the summary has the rest."""
ORGANISMS = 6
LITTLE, UNCLASSIFIED = "too little, or not told apart", "unclassified"


def _texts(*texts: str) -> list[Cell]:
    return [Cell(text or DASH) for text in texts]


def _cut(columns: list[str], labels: int, rows: Sequence[list[Cell]]) -> Table:
    rest = len(rows) - SHOWN
    notes = [f"{rest:,} more are in the summary (JSON)."] if rest > 0 else []
    return Table(columns, labels, list(rows[:SHOWN]), notes)


def classes_table(data: Data) -> Table:
    """The classes in which something is, or may be; what is there first."""
    rows = [
        _texts(
            each["class"],
            wording.verdict(each["verdict"]),
            "; ".join(wording.evidence(data, each)),
            wording.grades(wording.of_class(data, each)),
        )
        for each in _ordered(data["classes"])
        if each["verdict"] in (wording.RESISTANT, wording.INCONCLUSIVE)
    ]
    columns = ["Class of antimicrobials", "Verdict", "Evidence, or what is missing", "Grade"]
    return Table(columns, 4, rows)


def _ordered(entries: Sequence[Data]) -> list[Data]:
    return sorted(entries, key=lambda each: wording.ORDER.index(each["verdict"]))


def antimicrobials_table(data: Data, *verdicts: str) -> Table:
    """Antimicrobials of some verdicts; those of a class with the same evidence in one row."""
    groups: dict[tuple[str, ...], list[Data]] = {}
    for each in _ordered(data["antimicrobials"]):
        if each["verdict"] in verdicts:
            told = (wording.evidence_of(each), wording.grades([each]), wording.why_of(each))
            groups.setdefault((each["class"], each["verdict"], *told), []).append(each)
    rows = [
        _texts(wording.named(found), name, wording.verdict(verdict), *told)
        for (name, verdict, *told), found in groups.items()
    ]
    columns = ["Antimicrobials", "Class", "Verdict", "Evidence", "Grade", "Why"]
    return _cut(columns, len(columns), rows)


def genes_table(genes: Sequence[Data]) -> Table:
    """Genes with how well they fit and how much was read of them."""
    columns = ["Gene", "Class", "Found by", "Grade", "Identity %", "Covered %", "Depth", "Reads"]
    rows = [
        [
            *_texts(
                each["name"],
                ", ".join(each["classes"]),
                "translated search" if each["source"] == "diamond" else "KMA",
                wording.grade(each) if each["called"] else "",
            ),
            Cell(f"{each['identity']:.2f}"),
            Cell(f"{each['coverage']:.1f}"),
            Cell(f"{each['depth']:.1f}"),
            Cell(f"{each['reads']:,}"),
        ]
        for each in genes
    ]
    return _cut(columns, 4, rows)


def mutations_table(mutations: Sequence[Data]) -> Table:
    """Mutations with the fragments that speak for and against them."""
    columns = ["Mutation", "Status", "Against", "Remark", "Resistant / wild / other"]
    columns.append("Share (interval)")
    rows = [
        _texts(
            f"{each['gene']} {each['change']}",
            wording.verdict(each["status"]),
            ", ".join(each["antimicrobials"]),
            wording.remark(each),
            f"{each['resistant']:,} / {each['wild_type']:,} / {each['unknown']:,}",
            wording.share_of(each),
        )
        for each in mutations
    ]
    return _cut(columns, 6, rows)


def by_gene_table(mutations: Sequence[Data], told: str) -> Table:
    """Mutations counted by gene, with the fewest and the most fragments at their places."""
    genes: dict[str, list[int]] = {}
    for each in mutations:
        genes.setdefault(each["gene"], []).append(each["depth"])
    rows = [
        [Cell(gene), Cell(f"{len(found):,}"), Cell(f"{min(found):,}"), Cell(f"{max(found):,}")]
        for gene, found in genes.items()
    ]
    return Table(["Gene", told, "Fewest fragments", "Most fragments"], 1, rows)


def unplaced_table(data: Data) -> Table:
    """Rows of the list that cannot be assessed."""
    rows = [_texts(each["gene"], each["what"], each["why"]) for each in data["unplaced"]]
    return _cut(["Gene", "What", "Why not"], 3, rows)


def organisms_table(data: Data) -> Table:
    """The organisms that are there, and the reads that are of none of them."""
    taxa, found = data["taxa"], organisms(data)
    rows = [
        [
            Cell(called_as(each)),
            Cell(f"{percent(each['share'])} %"),
            _share(each["copies"]),
            _share(each["identity"]),
        ]
        for each in found[:ORGANISMS]
    ]
    others = {f"{len(found) - ORGANISMS} more": sum(e["share"] for e in found[ORGANISMS:])}
    others |= rest_of(taxa, found)
    for name, share in others.items():
        if round(share, 6):
            rows.append([Cell(name), Cell(f"{percent(share)} %"), *_nothing(2)])
    share = f"Share of {wording.unit(data)}"
    return Table(["Organism", share, "Abundance", "Identity"], 1, rows)


def rest_of(taxa: Data, found: Sequence[Data]) -> dict[str, float]:
    """The shares of what is of no organism that is there; with theirs they add up to 1."""
    if not taxa["fragments"]:
        return {}
    unclassified = taxa["unclassified"] / taxa["fragments"]
    little = 1 - unclassified - sum(each["share"] for each in found)
    return {LITTLE: round(max(little, 0.0), 6), UNCLASSIFIED: unclassified}


def _nothing(cells: int) -> list[Cell]:
    return [Cell(DASH, "only organisms have one")] * cells


def _share(value: float | None) -> Cell:
    return Cell(DASH, "not known") if value is None else Cell(f"{percent(value)} %")


def taxa_table(data: Data) -> Table:
    """All taxa as a tree, as Kraken's report has them."""
    columns = ["Taxon", "Rank", "There", wording.unit(data).capitalize(), "Its own", "Share"]
    rows = [
        [
            *_texts(f"{'· ' * each['depth']}{each['name']}", each["rank"], each["status"]),
            Cell(f"{each['clade']:,}"),
            Cell(f"{each['own']:,}"),
            Cell(f"{percent(each['share'])} %"),
        ]
        for each in data["taxa"]["taxa"]
    ]
    return _cut(columns, 3, rows)


def reads_table(data: Data) -> Table:
    """The quality of the reads, and what went on to be looked at closely."""
    reads = data["reads"]
    unknown = reads["unknown_bases"] / reads["bases"] if reads["bases"] else 0.0
    told = {
        "Reads": f"{reads['reads']:,}",
        "Bases": f"{reads['bases']:,}",
        "Mean quality (Phred)": f"{reads['mean_quality']:.2f}",
        "Shortest and longest read": f"{reads['shortest']:,} to {reads['longest']:,}",
        "Unknown bases (N)": f"{reads['unknown_bases']:,} ({percent(unknown)} %)",
        "Reads that begin with an adapter": f"{reads['adapters']:,}",
    }
    for what, counts in data["screen"].items():
        told[f"{what}: {wording.unit(data)} that went on"] = f"{counts['survivors']:,}"
        told[f"{what}: reads with hits"] = f"{counts['reads_with_hits']:,}"
        told[f"{what}: reads too short"] = f"{counts['too_short']:,}"
    return Table(["What", "Number"], 1, [[Cell(key), Cell(text)] for key, text in told.items()])


def files_table(data: Data) -> Table:
    """What another program left."""
    rows = [_texts(each["name"], each["sha256"]) for each in data["external"]["files"]]
    return _cut(["File", "SHA-256"], 2, rows)


def databases_table(data: Data) -> Table:
    """Every database and program, with its version."""
    rows = [
        _texts(each["name"], each["version"], each["date"] or "", each["sha256"][:12])
        for each in data["databases"]
    ]
    rows += [_texts(name, version, "", "") for name, version in data["programs"].items()]
    rows.append(_texts("plumbline screen", data["engine"]["version"], "", ""))
    return Table(["Database or program", "Version", "Date", "SHA-256 begins"], 4, rows)


def options_table(data: Data) -> Table:
    """The thresholds and whatever else the results depend on."""
    rows = [_texts("mode", data["mode"])]
    rows += [
        _texts(key.replace("_", " "), wording.option(value))
        for key, value in data["options"].items()
    ]
    return Table(["Setting", "Value"], 2, rows)
