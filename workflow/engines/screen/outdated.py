"""What an earlier screen of the same sample left, and the new one has no answer to."""

from collections.abc import Collection
from pathlib import Path

from engines.contract.progress import warn

_REPORTS = tuple(f"report.{ending}" for ending in ("html", "json", "txt"))
_TABLES = ("hits", "coverage", "abundance", "amr_abundance")
_SUMMED = ("drug_class_summary", "gene_family_summary")
NAMES = (
    *(f"{{}}.{ending}" for ending in ("html", "pdf", "txt")),
    *(f"{{}}.hamronization.{ending}" for ending in ("tsv", "json")),
    *(f"{{}}.taxa.{ending}" for ending in ("report.txt", "bracken.tsv", "genomes.tsv")),
    "{}_unified_summary.txt",
    *(f"amr/{{}}_{name}.tsv" for name in (*_TABLES, *_SUMMED)),
    *(f"amr/{{}}_clinical_amr_{report}" for report in _REPORTS),
    *(f"amr/{{}}_{name}" for name in ("hdf5_summary.json", "amr_results.h5", "kma.res", "kma.fsa")),
    *(f"resistance/{{}}{ending}" for ending in (".json", ".h5", "_summary.json")),
    *(f"resistance/{{}}_clinical_fq_{report}" for report in _REPORTS),
    *(f"resistance/{{}}_{name}" for name in ("mutations_report.html", "allele_frequencies.csv")),
)
"""Files of a sample below its folder that not every screen writes."""


def remove_outdated(out: Path, sample: str, published: Collection[Path]) -> None:
    """Remove files of an earlier screen beside a new one that did not write them; it is said.

    They would stand as results of today, as the mutations of a screen with another species.

    Args:
        published: what the new screen wrote.
    """
    old = [out / name.format(sample) for name in NAMES]
    old = [path for path in old if path not in published and path.is_file()]
    for path in old:
        path.unlink(missing_ok=True)
    if old:
        names = ", ".join(str(path.relative_to(out)) for path in old[:4])
        more = f" and {len(old) - 4} more" if len(old) > 4 else ""
        warn(f"{out}: removed what an earlier screen of {sample} left: {names}{more}")
