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
        "status": "detected", "effect": "resistant", "depth": 46, "wild_type": 1, "resistant": 45,
        "unknown": 0, "unclear": 2, "frequency": 0.978261, "low": 0.886637, "high": 0.996153,
        "alleles": {"L": 45, "S": 1}, "antimicrobials": ["ciprofloxacin"],
        "classes": ["Quinolone"], "pmids": ["8878580"], "list": "PointFinder", "why": "",
    }  # fmt: skip
    return made | changed


def absent(name: str, change: str, position: int, depth: int = 41) -> dict[str, Any]:
    """One that is not there, or of which too few reads tell."""
    return mutation(
        name, change, position, depth=depth, wild_type=depth, resistant=0, unclear=0, effect="",
        frequency=0.0 if depth else None, low=0.0, high=round(3.84 / (depth + 3.84), 6),
        alleles={"S": depth} if depth else {},
        status="insufficient depth" if depth < 10 else "not detected",
    )  # fmt: skip


def taxon(name: str, depth: int, clade: int, own: int, **changed: Any) -> dict[str, Any]:
    """A taxon that is there, of a million pairs."""
    made: dict[str, Any] = {
        "name": name, "taxid": 1 + len(name) * 1000 + depth, "rank": "species", "depth": depth,
        "clade": clade, "own": own, "estimated": float(clade), "share": clade / 1_000_000,
        "status": "present",
    }  # fmt: skip
    return made | changed


def genome(name: str, reads: int, estimated: float, **changed: Any) -> dict[str, Any]:
    """A genome that is there, of a million pairs."""
    made: dict[str, Any] = {
        "name": name, "taxid": 1 + len(name) * 1000, "reads": reads, "estimated": estimated,
        "share": estimated / 1_000_000, "copies": 0.8, "identity": 0.9998, "status": "present",
    }  # fmt: skip
    return made | changed


def taxa(**changed: Any) -> dict[str, Any]:
    """*E. coli*, a relative of a known *Klebsiella*, and too little of a *Proteus*."""
    little = {"status": "too little"}
    made: dict[str, Any] = {
        "fragments": 1_000_000, "unclassified": 61_000, "ambiguous": 44_000,
        "taxa": [
            taxon("root", 0, 939_000, 0, rank="root"),
            taxon("Enterobacterales", 1, 939_000, 30_000, rank="order"),
            taxon("Escherichia", 2, 858_000, 14_000, rank="genus"),
            taxon("E. coli EC958", 3, 844_000, 844_000, rank="genome", share=0.886),
            taxon("Klebsiella", 2, 50_900, 0, rank="genus", status="relative"),
            taxon("K. pneumoniae HS11286", 3, 50_900, 50_900, rank="genome", status="relative"),
            taxon("Proteus", 2, 100, 0, rank="genus", **little),
            taxon("P. mirabilis HI4320", 3, 100, 100, rank="genome", **little),
        ],
        "genomes": [
            genome("E. coli EC958", 844_000, 886_000.0, copies=0.93),
            genome("K. pneumoniae HS11286", 50_900, 52_900.0, copies=0.07, identity=0.962,
                   status="relative"),
            genome("P. mirabilis HI4320", 100, 100.0, copies=None, identity=None, **little),
        ],
    }  # fmt: skip
    return made | changed


def evidence(what: str, **changed: Any) -> dict[str, Any]:
    """What speaks for resistance to an antimicrobial."""
    kind = "mutation" if " " in what else "gene"
    support = {
        "gene": "100.00 % identity, 100.00 % covered, 32.2x, 187 reads",
        "mutation": "45 of 46 fragments, 97.8 % (88.7 % to 99.6 %)",
    }[kind]
    made = {
        "what": what, "kind": kind, "weight": "resistant", "support": support, "why": "",
        "pmids": [],
    }  # fmt: skip
    return made | changed


def _antimicrobials(found: dict[str, Sequence[str]], doubts: dict[str, str]) -> list[Any]:
    rows = []
    for name, drugs in CLASSES.items():
        verdict = "resistant" if name in found else "not detected"
        told = [evidence(what) for what in found.get(name, ())]
        if name in doubts:
            verdict = "inconclusive"
        for drug in drugs:
            row = {
                "antimicrobial": drug, "class": name, "verdict": verdict, "evidence": told,
                "relevant": drug != "amikacin", "grade": GRADES.get(name, 0),
                "why": [doubts[name]] if name in doubts else [],
            }  # fmt: skip
            rows.append(row)
    return rows


def _classes(antimicrobials: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """As the engine does it: each class has the strongest verdict of its antimicrobials."""
    rows = []
    for name in CLASSES:
        of = [each for each in antimicrobials if each["class"] == name]
        verdict = of[0]["verdict"]
        rows.append(
            {
                "class": name, "verdict": verdict,
                "antimicrobials": [each["antimicrobial"] for each in of],
                "evidence": list(dict.fromkeys(e["what"] for d in of for e in d["evidence"])),
            }
        )  # fmt: skip
    return rows


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
GRADES = {
    "Beta-lactam": 3, "Aminoglycoside": 2, "Folate pathway antagonist": 3, "Tetracycline": 1,
}  # fmt: skip
DOUBTS = {"Polymyxin": "too few reads to tell pmrB 10 places"}


def screen_summary(sample: str = "EC958", **changed: Any) -> dict[str, Any]:
    """Of an isolate that is resistant to much, with one class that nobody can tell."""
    antimicrobials = _antimicrobials(EVIDENCE, DOUBTS)
    sha256 = "5" * 64
    made: dict[str, Any] = {
        "schema": "plumbline/screen.summary/1",
        "engine": {"name": "plumbline screen", "version": "0.1.0"},
        "sample": sample,
        "species": "Escherichia coli",
        "mode": "fast",
        "options": {"coverage": 60.0, "identity": 90.0, "depth": 10, "mutations": ["pointfinder"]},
        "databases": [
            {"name": "ResFinder", "version": "2.3.0", "date": "2024-08-06", "sha256": sha256},
            {"name": "PointFinder", "version": "4.1.0", "date": None, "sha256": "6" * 64},
        ],
        "programs": {"kma": "1.4.15", "minimap2": "2.28"},
        "reads": {
            "files": [f"{sample}_R{mate}.fq.gz" for mate in (1, 2)],
            "layout": "paired", "reads": 2_000_000, "bases": 300_000_000, "unknown_bases": 4_300,
            "mean_quality": 34.61, "shortest": 35, "longest": 150, "adapters": 12,
        },
        "screen": {
            "genes": {"survivors": 2_243, "reads_with_hits": 4_102, "too_short": 3},
            "PointFinder": {"survivors": 611, "reads_with_hits": 1_150, "too_short": 3},
        },
        "genes": [gene(name, of, **more) for name, (of, more) in GENES.items()],
        "mutations": [
            mutation("gyrA", "p.Ser83Leu", 83),
            mutation("parC", "p.Ser80Ile", 80, depth=40, wild_type=9, resistant=31, low=0.625,
                     frequency=0.775, high=0.877),
            mutation("pmrB", "p.Gly206Cys", 206, status="other change", unknown=12, resistant=0,
                     wild_type=34, frequency=0.0, low=0.0, high=0.077, classes=["Polymyxin"],
                     effect="", alleles={"G": 34, "D": 12}, antimicrobials=["colistin"]),
            absent("parE", "p.Ser458Ala", 458),
            absent("pmrA", "p.Gly53Cys", 53, depth=4),
        ],
        "unplaced": [{"gene": "ampC", "what": "-42C>T", "why": "its promoter is not in the file"}],
        "classes": _classes(antimicrobials),
        "antimicrobials": antimicrobials,
        "taxa": taxa(),
        "external": None,
        "not_assessed": [{"what": "divergent genes", "why": "mode fast looks near known genes"}],
        "warnings": [],
    }  # fmt: skip
    return made | changed


def clean_summary(sample: str = "K12", **changed: Any) -> dict[str, Any]:
    """Of an isolate in which nothing was found, of no known species, without genomes."""
    antimicrobials = _antimicrobials({}, {})
    for each in antimicrobials:
        each["relevant"] = None
        if each["class"] == "Quinolone":
            each["verdict"] = "not assessed"
    nothing = {
        "species": None, "genes": [], "mutations": None, "unplaced": [], "taxa": None,
        "classes": _classes(antimicrobials), "antimicrobials": antimicrobials,
        "not_assessed": [
            {"what": "mutations", "why": "the species is not known (--species)"},
            {"what": "taxa", "why": "no genomes were given (--reference-db)"},
        ],
    }  # fmt: skip
    return screen_summary(sample, **(nothing | changed))


def external_summary(sample: str = "GPU1") -> dict[str, Any]:
    """Of reads that another program screened."""
    program = "/opt/bio_gpu_pipeline"
    empty: dict[str, Any] = {
        **{key: None for key in ("reads", "genes", "mutations", "taxa")},
        **{key: [] for key in ("databases", "unplaced", "classes", "antimicrobials")},
        **{key: {} for key in ("options", "programs", "screen")},
    }
    results = {"resistance_summary": {"genes": [{"gene": "blaTEM-1B", "confidence": 0.97}]}}
    files = [{"name": "resistance_summary.json", "sha256": "8" * 64}]
    why = f"screened by {program}, whose results stand as they are"
    return screen_summary(sample, **empty) | {
        "external": {"program": program, "files": files, "results": results},
        "not_assessed": [{"what": "genes, mutations and taxa", "why": why}],
    }
