"""The three JSON files that the earlier service loads of a finished sample."""

from pathlib import Path
from typing import Any

from engines.contract.provenance import as_json

Data = dict[str, Any]


def write(folder: Path, summary: Data) -> None:
    """``taxonomy_results.json``, ``resistance_mutations.json`` and ``quality_metrics.json``."""
    for name, data in (
        ("taxonomy_results", taxonomy(summary)),
        ("resistance_mutations", mutations(summary)),
        ("quality_metrics", quality(summary)),
    ):
        (folder / f"{name}.json").write_text(as_json(data), encoding="utf-8")


def taxonomy(summary: Data) -> Data:
    """Organisms by how often they are there; nothing where taxa were not assessed."""
    taxa = summary["taxa"]
    if taxa is None:
        return {"sample_id": summary["sample"], "assessed": False, "detected_organisms": []}
    there = [genome for genome in taxa["genomes"] if genome["status"] in ("present", "relative")]
    return {
        "sample_id": summary["sample"],
        "assessed": True,
        "total": taxa["fragments"],
        "unclassified": taxa["unclassified"],
        "ambiguous": taxa["ambiguous"],
        "detected_organisms": [
            {
                "name": genome["name"],
                "taxid": genome["taxid"],
                "reads": genome["reads"],
                "abundance": genome["copies"],
                "share_of_reads": genome["share"],
                "status": genome["status"],
            }
            for genome in sorted(there, key=lambda each: -each["estimated"])
        ],
    }


def mutations(summary: Data) -> Data:
    """Mutations that were detected, and genes that were called."""
    found = [each for each in summary["mutations"] or [] if each["status"] == "detected"]
    keys = ("gene", "change", "position", "depth", "resistant", "frequency", "effect")
    return {
        "sample_id": summary["sample"],
        "assessed": summary["mutations"] is not None,
        "species": summary["species"],
        "mutations": [
            {**{key: each[key] for key in keys}, "antimicrobials": each["antimicrobials"]}
            for each in found
        ],
        "insufficient_depth": sum(
            each["status"] == "insufficient depth" for each in summary["mutations"] or []
        ),
        "genes": [
            {"name": gene["name"], "classes": gene["classes"], "depth": gene["depth"]}
            for gene in summary["genes"] or []
            if gene["called"]
        ],
    }


def quality(summary: Data) -> Data:
    """What the reads are, and how many went on."""
    reads = summary["reads"]
    return {
        "sample_id": summary["sample"],
        "total_reads": reads["reads"],
        "total_bases": reads["bases"],
        "unknown_bases": reads["unknown_bases"],
        "mean_quality": reads["mean_quality"],
        "shortest": reads["shortest"],
        "longest": reads["longest"],
        "adapters": reads["adapters"],
        "decode_errors": 0,  # reads with one end the screen
        "survivors": {name: each["survivors"] for name, each in summary["screen"].items()},
    }
