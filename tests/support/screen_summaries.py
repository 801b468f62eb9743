"""Summaries of `plumbline screen`, made up, in the engine's own form."""

import math
from collections.abc import Sequence
from typing import Any

CLASSES = {
    "Aminoglycoside": ("gentamicin", "amikacin"),
    "Beta-lactam": ("ampicillin", "cefotaxime", "meropenem"),
    "Quinolone": ("ciprofloxacin",),
    "Folate pathway antagonist": ("trimethoprim", "sulfamethoxazole"),
    "Tetracycline": ("tetracycline",),
    "Polymyxin": ("colistin",),
    "Macrolide": ("azithromycin",),
}


def gene(name: str, drug_class: str, **changed: Any) -> dict[str, Any]:
    """A gene that is called: whole, identical, at 32 reads."""
    length = changed.get("length", 861)
    made: dict[str, Any] = {
        "gene": f"{name}_1_AY458016", "name": name, "accession": "AY458016",
        "classes": [drug_class],
        "antimicrobials": list(CLASSES.get(drug_class, ())[:2]), "length": length,
        "identity": 100.0, "coverage": 100.0, "depth": 32.2, "reads": 187, "rpkm": 108.6,
        "tpm": 120000.5, "called": True, "source": "kma",
        "depths": [round(32 + 8 * math.sin(at / 9), 2) for at in range(100)],
    }  # fmt: skip
    return made | changed


def mutation(name: str, change: str, position: int, **changed: Any) -> dict[str, Any]:
    """One that is there, in 45 of 46 fragments."""
    made: dict[str, Any] = {
        "id": f"{name}:{position}", "gene": name, "change": change, "position": position,
        "status": "detected", "depth": 46, "wild_type": 1, "resistant": 45, "unknown": 0,
        "unclear": 2, "frequency": 0.978261, "low": 0.886637, "high": 0.996153,
        "antimicrobials": ["ciprofloxacin"], "classes": ["Quinolone"], "pmids": ["8878580"],
        "partners": "none needed", "why": "",
    }  # fmt: skip
    return made | changed


def absent(name: str, change: str, position: int, depth: int = 41) -> dict[str, Any]:
    """One that is not there, or of which too few reads tell."""
    low = {"status": "insufficient depth", "why": f"{depth} fragments, 10 are needed"}
    found = {"status": "not detected", "why": f"{depth} fragments with the wild type"}
    return mutation(
        name, change, position, depth=depth, wild_type=depth, resistant=0, unclear=0,
        frequency=0.0 if depth else None, low=0.0, high=round(3.84 / (depth + 3.84), 6),
        **(low if depth < 10 else found),
    )  # fmt: skip


def taxon(
    name: str, parent: str | None, clade: int, own: int, of: int, **changed: Any
) -> dict[str, Any]:
    """A taxon that is there."""
    made: dict[str, Any] = {
        "name": name, "taxid": None, "rank": "species", "parent": parent, "clade": clade,
        "own": own, "share": round(clade / of, 6), "abundance": None, "breadth": None,
        "present": True,
    }  # fmt: skip
    return made | changed


def taxa(fragments: int = 1_000_000) -> dict[str, Any]:
    """*E. coli* with some *Klebsiella*, and a genome that is only half there."""

    def line(name: str, parent: str | None, clade: int, own: int, **more: Any) -> dict[str, Any]:
        return taxon(name, parent, clade, own, fragments, **more)

    return {
        "fragments": fragments, "unclassified": 61_000, "ambiguous": 44_000,
        "taxa": [
            line("Enterobacteriaceae", None, 939_000, 30_000, rank="family"),
            line("Escherichia", "Enterobacteriaceae", 858_000, 14_000, rank="genus"),
            line("E. coli EC958", "Escherichia", 844_000, 844_000, rank="genome",
                 abundance=0.941, breadth=0.972),
            line("Klebsiella", "Enterobacteriaceae", 51_000, 0, rank="genus", present=False),
            line("K. pneumoniae HS11286", "Klebsiella", 51_000, 51_000, rank="genome",
                 abundance=0.059, breadth=0.41, present=False),
        ],
    }  # fmt: skip


def _classes(evidence: dict[str, Sequence[str]], doubts: dict[str, str]) -> list[dict[str, Any]]:
    def verdict(name: str) -> str:
        if name in evidence:
            return "resistant"
        return "inconclusive" if name in doubts else "not detected"

    return [
        {"class": name, "verdict": verdict(name), "evidence": list(evidence.get(name, ()))}
        for name in CLASSES
    ]


def _antimicrobials(classes: Sequence[dict[str, Any]], doubts: dict[str, str]) -> Any:
    return [
        {
            "antimicrobial": drug, "class": each["class"], "verdict": each["verdict"],
            "evidence": each["evidence"], "why": doubts.get(each["class"], ""),
        }
        for each in classes
        for drug in CLASSES[each["class"]]
    ]  # fmt: skip


GENES = {
    "blaCTX-M-15": ("Beta-lactam", {}),
    "blaTEM-1B": ("Beta-lactam", {"identity": 99.88, "depth": 61.4}),
    "aac(3)-IIa": ("Aminoglycoside", {"coverage": 97.1, "depths": [0.0] * 3 + [22.0] * 97}),
    "sul1": ("Folate pathway antagonist", {"length": 840}),
    "tet(A)": ("Tetracycline", {"length": 1200, "identity": 97.2}),
    "dfrA17": (
        "Folate pathway antagonist",
        {
            "coverage": 31.4, "called": False, "depth": 0.6, "reads": 4,
            "depths": [2.0] * 31 + [0.0] * 69,
        },
    ),
}  # fmt: skip
EVIDENCE: dict[str, Sequence[str]] = {
    "Beta-lactam": ("blaCTX-M-15", "blaTEM-1B"),
    "Aminoglycoside": ("aac(3)-IIa",),
    "Quinolone": ("gyrA S83L", "parC S80I"),
    "Folate pathway antagonist": ("sul1",),
    "Tetracycline": ("tet(A)",),
}
DOUBTS = {"Polymyxin": "too few reads to tell pmrB 10 places"}


def screen_summary(sample: str = "EC958", **changed: Any) -> dict[str, Any]:
    """Of an isolate that is resistant to much, with one class that nobody can tell."""
    classes = _classes(EVIDENCE, DOUBTS)
    sha256 = "5" * 64
    made: dict[str, Any] = {
        "schema": "plumbline/screen.summary/1",
        "engine": {"name": "plumbline", "version": "0.1.0"},
        "sample": sample,
        "species": "Escherichia coli",
        "mode": "fast",
        "options": {"coverage": 60.0, "identity": 90.0, "depth": 10},
        "databases": [
            {"name": "ResFinder", "version": "2.3.0", "date": "2024-08-06", "sha256": sha256},
            {"name": "PointFinder", "version": "4.1.0", "date": None, "sha256": "6" * 64},
        ],
        "programs": {"kma": "1.4.15", "minimap2": "2.28"},
        "reads": {
            "files": [{"name": f"{sample}_R{mate}.fq.gz", "sha256": "7" * 64} for mate in (1, 2)],
            "layout": "paired", "reads": 2_000_000, "bases": 300_000_000, "unknown_bases": 4_300,
            "mean_quality": 34.61, "shortest": 35, "longest": 150, "adapters": 12,
        },
        "screen": {
            "resistance genes": {"survivors": 2_243, "reads_with_hits": 4_102, "too_short": 3},
            "resistance mutations": {"survivors": 611, "reads_with_hits": 1_150, "too_short": 3},
        },
        "genes": [gene(name, of, **more) for name, (of, more) in GENES.items()],
        "mutations": [
            mutation("gyrA", "p.Ser83Leu", 83),
            mutation("parC", "p.Ser80Ile", 80, depth=40, wild_type=9, resistant=31, low=0.625,
                     frequency=0.775, high=0.877),
            mutation("pmrB", "p.Gly206Cys", 206, status="inconclusive", unknown=12, resistant=0,
                     wild_type=34, frequency=0.0, low=0.0, high=0.077, classes=["Polymyxin"],
                     why="another change at this place, whose effect is not known"),
            absent("parE", "p.Ser458Ala", 458),
            absent("pmrA", "p.Gly53Cys", 53, depth=4),
        ],
        "unplaced": [{"gene": "ampC", "what": "-42C>T", "why": "its promoter is not in the file"}],
        "classes": classes,
        "antimicrobials": _antimicrobials(classes, DOUBTS),
        "taxa": taxa(),
        "not_assessed": [{"what": "divergent genes", "why": "mode fast looks near known genes"}],
        "warnings": [],
    }  # fmt: skip
    return made | changed


def clean_summary(sample: str = "K12", **changed: Any) -> dict[str, Any]:
    """Of an isolate in which nothing was found, of no known species, without genomes."""
    classes = _classes({}, {})
    for each in classes:
        if each["class"] == "Quinolone":
            each["verdict"] = "not assessed"
    nothing = {
        "species": None, "genes": [], "mutations": None, "unplaced": [], "taxa": None,
        "classes": classes, "antimicrobials": _antimicrobials(classes, {}),
        "not_assessed": [
            {"what": "resistance mutations", "why": "no species was given"},
            {"what": "taxa", "why": "no genomes were given"},
        ],
    }  # fmt: skip
    return screen_summary(sample, **(nothing | changed))
