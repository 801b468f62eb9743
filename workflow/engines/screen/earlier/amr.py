"""``amr/ID_…``: genes, the reads on them, and their abundance by gene, family and class."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from engines.contract.provenance import as_json
from engines.screen.called import Called
from engines.screen.earlier import clinical, hdf5
from engines.screen.earlier.tables import table, write_table
from engines.screen.reading_hits import ReadHit

Data = dict[str, Any]

HITS = (
    *("read_id", "gene_name", "drug_class", "identity", "coverage", "ref_start", "ref_end"),
    *("frame", "complete_gene", "concordant"),
)
COVERAGE = (
    *("gene_id", "gene_name", "total_reads", "total_bases", "covered_positions", "gene_length"),
    *("percent_coverage", "mean_depth", "RPKM", "TPM"),
)
ABUNDANCE = (
    *("gene_name", "gene_family", "drug_class", "read_count", "percent_coverage", "mean_depth"),
    *("tpkm", "rpm", "confidence"),
)


def write(prefix: Path, found: Called, summary: Data) -> None:
    """Write the files of the genes below ``prefix``."""
    genes = [gene for gene in summary["genes"] if gene["source"] == "kma"]
    called = [gene for gene in genes if gene["called"]]
    reads = summary["reads"]["reads"]
    texts = {
        "_coverage.tsv": table(COVERAGE, (_coverage(gene, found) for gene in genes)),
        "_amr_abundance.tsv": table(ABUNDANCE, (_abundance(gene, reads) for gene in genes)),
        "_abundance.tsv": table(
            ("gene_name", "read_count", "rpkm", "tpm"),
            ((gene["name"], gene["reads"], gene["rpkm"], gene["tpm"]) for gene in called),
        ),
        "_gene_family_summary.tsv": _summed("gene_family", called, lambda g: [family(g["name"])]),
        "_drug_class_summary.tsv": _summed("drug_class", called, lambda g: g["classes"]),
        "_clinical_amr_report.txt": clinical.text(summary),
        "_clinical_amr_report.html": clinical.html(summary),
        "_clinical_amr_report.json": as_json(clinical.data(summary)),
    }
    if found.reads is not None:
        write_table(prefix.with_name(f"{prefix.name}_hits.tsv"), HITS, map(_hit, found.reads))
    for ending, text in texts.items():
        prefix.with_name(prefix.name + ending).write_text(text, encoding="utf-8")
    hdf5.write_genes(prefix.with_name(prefix.name + "_amr_results.h5"), found, summary)
    contents = hdf5.contents(prefix.with_name(prefix.name + "_amr_results.h5"))
    prefix.with_name(prefix.name + "_hdf5_summary.json").write_text(as_json(contents), "utf-8")


def family(name: str) -> str:
    """The family of a gene, as names tell it: ``blaTEM-1B`` → ``blaTEM``, ``tet(A)`` → ``tet``.

    What follows a hyphen, a number or a bracket is the allele or the member.
    """
    head = re.split(r"[-(_]|(?<=[A-Za-z])\d", name.strip("'\""), maxsplit=1)[0]
    return head or name


def _hit(one: ReadHit) -> tuple[object, ...]:
    gene = one.gene
    return (
        f"{one.read}/{one.mate}" if one.concordant is not None else one.read,
        gene.name,
        ";".join(gene.classes),
        one.identity,
        one.coverage,
        one.start,
        one.end,
        one.frame,
        gene.coverage >= 100,
        one.concordant,
    )


def _coverage(gene: Data, found: Called) -> tuple[object, ...]:
    depths = found.depths.get(gene["gene"], [])
    return (
        gene["gene"],
        gene["name"],
        gene["reads"],
        sum(depths),
        sum(map(bool, depths)),
        gene["length"],
        gene["coverage"],
        gene["depth"],
        gene["rpkm"],
        gene["tpm"],
    )


def _abundance(gene: Data, reads: int) -> tuple[object, ...]:
    per_million = round(gene["reads"] * 1e6 / reads, 4) if reads else 0.0
    return (
        gene["name"],
        family(gene["name"]),
        ";".join(gene["classes"]),
        gene["reads"],
        gene["coverage"],
        gene["depth"],
        gene["tpm"],
        per_million,
        confidence(gene),
    )


def confidence(gene: Data) -> str:
    """``HIGH``: the whole gene without a difference; ``MEDIUM``: called; ``LOW``: not called."""
    if not gene["called"]:
        return "LOW"
    return "HIGH" if gene["identity"] >= 100 and gene["coverage"] >= 100 else "MEDIUM"


def _summed(column: str, genes: Iterable[Data], names: Any) -> str:
    """Genes, reads and abundance by a name that each gene has one or several of."""
    found: dict[str, list[Data]] = {}
    for gene in genes:
        for name in dict.fromkeys(names(gene)):
            found.setdefault(name, []).append(gene)
    rows = (
        (
            name,
            len(each),
            sum(gene["reads"] for gene in each),
            round(sum(gene["tpm"] for gene in each), 2),
            ";".join(gene["name"] for gene in each),
        )
        for name, each in sorted(found.items())
    )
    return table((column, "gene_count", "read_count", "tpm", "genes"), rows)
