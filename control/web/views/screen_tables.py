"""Tables of screened reads: of one sample, and of all samples."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from control.runs.comparison import flat
from control.web.views.shown import Column, Table, Value
from engines.charts.screens import called, called_as, detected, rows
from engines.charts.screens import organisms as there
from engines.charts.summaries import Summary
from engines.contract.errors import EngineError

LISTED = 5000
"""Rows of one table; the files have all."""
Data = Mapping[str, Any]
Row = dict[str, Value]

_SAMPLE = Column(key="sample", title="Sample")
_VERDICT = Column(
    key="verdict", title="Verdict", type="finding", help="By genotype; no susceptibility test"
)
_GENES = [
    Column(key="gene", title="Gene"),
    Column(key="classes", title="Class"),
    Column(key="identity", title="Identity", type="percent", help="Of the bases that are covered"),
    Column(key="coverage", title="Covered", type="percent", help="Of the gene"),
    Column(key="depth", title="Depth", type="number", help="Reads on each base, on average"),
    Column(key="reads", title="Reads", type="integer"),
    Column(key="grade", title="Grade", help="3 whole and identical, 2 identical in part, 1 alike"),
    Column(key="length", title="Length", type="integer", help="Bases, or residues (DIAMOND)"),
    Column(key="rpkm", title="RPKM", type="number", help="Reads per 1,000 bases and million"),
    Column(
        key="tpm", title="TPM", type="number", help="Share of all genes by length, of a million"
    ),
    Column(key="source", title="Found by"),
    Column(key="antimicrobials", title="Antimicrobials"),
    Column(key="id", title="In the database"),
]
_MUTATIONS = [
    Column(key="gene", title="Gene"),
    Column(key="change", title="Change"),
    Column(
        key="status",
        title="Status",
        type="finding",
        help="insufficient depth: it may be there; other change: its effect is not known",
    ),
    Column(key="frequency", title="Share", type="percent", help="Of the fragments, that have it"),
    Column(key="low", title="Interval from", type="percent", help="95 %, Wilson"),
    Column(key="high", title="Interval to", type="percent", help="95 %, Wilson"),
    Column(key="resistant", title="Resistant", type="integer", help="Fragments with it"),
    Column(key="wild_type", title="Wild type", type="integer", help="Fragments without a change"),
    Column(key="unknown", title="Other", type="integer", help="Fragments with another allele"),
    Column(key="unclear", title="Unclear", type="integer", help="Fragments that cannot be read"),
    Column(key="effect", title="Effect", help="With what else is there"),
    Column(key="antimicrobials", title="Antimicrobials"),
    Column(key="why", title="Why"),
    Column(key="pmids", title="PMID"),
    Column(key="list", title="List"),
]


def _table(name: str, title: str, columns: Sequence[Column], found: Iterable[Row]) -> Table:
    """Rows as far as they are listed, and how many more there are."""
    all_rows = list(found)
    rest = len(all_rows) - LISTED
    notes = [f"{rest:,} more rows are in the summaries (JSON)."] if rest > 0 else []
    kept = all_rows[:LISTED]
    return Table(name=name, title=title, columns=list(columns), rows=kept, notes=notes)


def _texts(**titles: str) -> list[Column]:
    return [Column(key=key, title=title) for key, title in titles.items()]


def _joined(words: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(words))


def verdicts(found: Sequence[Summary]) -> Table:
    """A row for each sample and class in which something is, or may be; below their chart."""
    columns = [_SAMPLE, *_texts(name="Class"), _VERDICT, *_texts(evidence="Evidence")]
    all_rows: list[Row] = [
        {
            "sample": summary.sample,
            "name": each["class"],
            "verdict": each["verdict"],
            "evidence": _joined(each["evidence"]),
        }
        for summary in found
        for each in summary.data["classes"]
        if each["verdict"] != "not detected"
    ]
    table = _table("verdicts", "Resistant, inconclusive or not assessed", columns, all_rows)
    return table.model_copy(
        update={"notes": ["Classes of which nothing was detected are not listed.", *table.notes]}
    )


def samples(found: Sequence[Summary]) -> Table:
    """A row for each sample: what was read, and what was found in it."""
    texts = {"resistant": "Resistant", "inconclusive": "Inconclusive"}
    columns = [
        _SAMPLE,
        Column(key="species", title="Species", help="As it was asked"),
        Column(key="reads", title="Reads", type="integer"),
        Column(key="quality", title="Mean quality", type="number", help="Phred, of a base"),
        Column(key="genes", title="Genes", type="integer", help="That are called"),
        Column(key="mutations", title="Mutations", type="integer", help="That are detected"),
        *(Column(key=key, title=title) for key, title in texts.items()),
        Column(key="not_assessed", title="Not assessed", type="integer", help="Classes"),
        Column(key="organism", title="Organisms"),
        Column(key="warnings", title="Warnings", type="integer"),
    ]
    made: list[Row] = []
    for summary, row in zip(found, rows(found), strict=True):
        reads = summary.data["reads"]
        made.append(
            {
                **{key: row[key] for key in ("sample", "organism", "not_assessed", *texts)},
                "species": summary.data["species"] or "",
                "reads": reads["reads"] if reads else None,
                "quality": reads["mean_quality"] if reads else None,
                "genes": _count(called(summary.data)),
                "mutations": _count(detected(summary.data)),
                "warnings": len(summary.data["warnings"]),
            }
        )
    return _table("samples", "Samples", columns, made)


def _count(found: Sequence[object] | None) -> int | None:
    return None if found is None else len(found)


def all_genes(found: Sequence[Summary]) -> Table:
    """Genes that are called, of all samples."""
    made = ({"sample": s.sample, **_gene(each)} for s in found for each in called(s.data) or ())
    return _table("genes", "Genes of all samples", [_SAMPLE, *_GENES], made)


def all_mutations(found: Sequence[Summary]) -> Table:
    """Mutations that are there, of all samples."""
    made = (
        {"sample": s.sample, **_mutation(each)} for s in found for each in detected(s.data) or ()
    )
    return _table("mutations", "Mutations of all samples", [_SAMPLE, *_MUTATIONS], made)


def all_organisms(found: Sequence[Summary]) -> Table:
    """Organisms that are there, of all samples."""
    made = ({"sample": s.sample, **_genome(each)} for s in found for each in there(s.data))
    return _table("organisms", "Organisms of all samples", [_SAMPLE, *_GENOMES], made)


def classes(data: Data, is_open: bool) -> Table:
    """Resistance by class, what is there first."""
    from engines.screen.report import wording

    columns = [*_texts(name="Class"), _VERDICT, *_texts(evidence="Evidence, or what is missing")]
    columns.append(Column(key="grade", title="Grade", help="Of the best gene: 3, 2 or 1"))
    made = (
        {
            "name": each["class"],
            "verdict": each["verdict"],
            "evidence": wording.in_short(data, each),
            "grade": wording.grades(wording.of_class(data, each)),
        }
        for each in sorted(data["classes"], key=lambda each: wording.ORDER.index(each["verdict"]))
    )
    table = _table("classes", "Resistance by class", columns, made)
    return table.model_copy(update={"folded": not is_open})


def antimicrobials(data: Data) -> Table:
    """Every antimicrobial, what is there first."""
    from engines.screen.report import wording

    columns = [*_texts(antimicrobial="Antimicrobial", name="Class"), _VERDICT]
    columns += _texts(evidence="Evidence", grade="Grade", why="Why", pmids="PMID")
    columns.append(Column(key="panel", title="In the panel", help="Of the species"))
    panel = {True: "yes", False: "no", None: ""}
    ordered = sorted(data["antimicrobials"], key=lambda each: wording.ORDER.index(each["verdict"]))
    made = (
        {
            "antimicrobial": each["antimicrobial"],
            "name": each["class"],
            "verdict": each["verdict"],
            "evidence": wording.evidence_of(each),
            "grade": wording.grades([each]),
            "why": wording.why_of(each),
            "pmids": _joined(pmid for one in each["evidence"] for pmid in one["pmids"]),
            "panel": panel[each["relevant"]],
        }
        for each in ordered
    )
    return _table("antimicrobials", "Antimicrobials", columns, made)


def genes(data: Data) -> Table:
    """Genes that are called, below the chart of the same name."""
    return _table("genes", "Resistance genes", _GENES, map(_gene, called(data) or ()))


def below(data: Data) -> Table:
    """Genes with reads that do not reach the thresholds."""
    others = [each for each in data["genes"] or () if not each["called"]]
    return _table("below", "Genes below the thresholds", _GENES, map(_gene, others))


def _gene(each: Data) -> Row:
    from engines.screen.report import wording

    return {
        "gene": each["name"],
        "classes": _joined(each["classes"]),
        "identity": each["identity"] / 100,
        "coverage": each["coverage"] / 100,
        **{key: each[key] for key in ("depth", "reads", "length", "rpkm", "tpm")},
        "grade": wording.grade(each) if each["called"] else "",
        "source": {"kma": "KMA", "diamond": "DIAMOND"}[each["source"]],
        "antimicrobials": _joined(each["antimicrobials"]),
        "id": each["gene"],
    }


def mutations(data: Data) -> Table:
    """Every mutation of the lists, the detected ones first."""
    made = map(_mutation, data["mutations"] or ())
    return _table("mutations", "Resistance mutations", _MUTATIONS, made)


def _mutation(each: Data) -> Row:
    from engines.screen.report.wording import OTHER_CHANGE

    seen = ""
    if each["status"] == OTHER_CHANGE:
        seen = ", ".join(f"{name} {count:,}" for name, count in each["alleles"].items())
    keys = ("gene", "change", "status", "frequency", "resistant", "wild_type", "unknown", "unclear")
    has_share = each["frequency"] is not None
    return {
        **{key: each[key] for key in (*keys, "effect", "list")},
        "low": each["low"] if has_share else None,
        "high": each["high"] if has_share else None,
        "antimicrobials": _joined(each["antimicrobials"]),
        "why": "; ".join(part for part in (each["why"], f"seen: {seen}" * bool(seen)) if part),
        "pmids": _joined(each["pmids"]),
    }


def unplaced(data: Data) -> Table:
    """Rows of the lists that cannot be assessed."""
    columns = _texts(gene="Gene", what="What", why="Why not")
    made = ({key: each[key] for key in ("gene", "what", "why")} for each in data["unplaced"])
    return _table("unplaced", "Mutations that cannot be assessed", columns, made)


_GENOMES = [
    Column(key="name", title="Organism"),
    Column(key="status", title="Status", help="relative: its nearest known genome is this one"),
    Column(key="share", title="Share", type="percent", help="Of all pairs, ambiguous shared out"),
    Column(key="copies", title="Abundance", type="percent", help="Of the genomes that are there"),
    Column(key="identity", title="Identity", type="percent", help="With this genome"),
    Column(key="reads", title="Its own", type="integer", help="Pairs that are of just this one"),
    Column(key="estimated", title="Estimated", type="number", help="With its share of ambiguous"),
]


def organisms(data: Data) -> Table:
    """Every genome with reads, and what is of none."""
    taxa = data["taxa"]
    made = [_genome(each) for each in (taxa["genomes"] if taxa else ())]
    for name in ("ambiguous", "unclassified") if taxa else ():
        share = taxa[name] / taxa["fragments"] if taxa["fragments"] else None
        made.append({"name": name, "status": "", "share": share, "reads": taxa[name]})
    notes = ["Ambiguous pairs fit several genomes; they are shared out in Share and Estimated."]
    table = _table("organisms", "Organisms", _GENOMES, made)
    return table.model_copy(update={"notes": [*notes, *table.notes]})


def _genome(each: Data) -> Row:
    keys = ("status", "share", "copies", "identity", "reads", "estimated")
    return {"name": called_as(each), **{key: each[key] for key in keys}}


def taxa(data: Data) -> Table:
    """The tree, as Kraken's report has it."""
    columns = [
        Column(key="share", title="Share", type="percent", help="Estimated, of all pairs"),
        Column(key="clade", title="Pairs", type="integer", help="Of it and of all below"),
        Column(key="own", title="Its own", type="integer"),
        *_texts(rank="Rank", name="Taxon", status="Status"),
        Column(key="taxid", title="Taxid", type="integer"),
    ]
    keys = ("share", "clade", "own", "rank", "status", "taxid")
    made = (
        {**{key: each[key] for key in keys}, "name": f"{'· ' * each['depth']}{each['name']}"}
        for each in (data["taxa"]["taxa"] if data["taxa"] else ())
    )
    return _table("taxa", "All taxa", columns, made)


def reads(data: Data) -> Table:
    """Quality of the reads, and what went on to be looked at closely."""
    from engines.screen.report.tables import reads_table

    made = reads_table(data).rows if data["reads"] else []
    columns = _texts(what="What", number="Number")
    pairs: list[Row] = [{"what": row[0].text, "number": row[1].text} for row in made]
    return _table("reads", "Reads", columns, pairs)


def made_with(data: Data) -> Table:
    """Thresholds, databases and programs."""
    from engines.screen.report.tables import databases_table, options_table

    made: list[Row] = [
        {"what": row[0].text, "value": row[1].text, "date": "", "sha256": ""}
        for row in options_table(data).rows
    ]
    for row in databases_table(data).rows:
        name, version, date, sha256 = (cell.text for cell in row)
        made.append({"what": name, "value": version, "date": date, "sha256": sha256})
    columns = _texts(what="Setting or database", value="Value or version", date="Date")
    columns += _texts(sha256="SHA-256 begins")
    return _table("made_with", "Databases and thresholds", columns, made)


def left_by_another(data: Data) -> Table:
    """Files of the program that screened in our place."""
    files = data["external"]["files"]
    made = ({"name": each["name"], "sha256": each["sha256"]} for each in files)
    return _table("files", "What it left", _texts(name="File", sha256="SHA-256"), made)


def results_of_another(data: Data) -> Table:
    """Its own results, as they stand: a row for each value."""
    made: list[Row]
    try:
        made = [{"key": key, "value": v} for key, v in flat(data["external"]["results"]).items()]
    except EngineError as error:
        made = [{"key": "", "value": f"too large to be shown: {error.message}"}]
    return _table("results", "Its results", _texts(key="Key", value="Value"), made)
