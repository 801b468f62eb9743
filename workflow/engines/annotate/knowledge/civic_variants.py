"""CIViC's table of variants: coordinates, HGVS, aliases and types of each, by its id."""

from engines.annotate.evidence import Region
from engines.annotate.knowledge.facts import Facts, genomic, located, protein_changes
from engines.annotate.knowledge.profiles import Variant
from engines.annotate.knowledge.tables import Row, Table
from engines.annotate.variants import Allele

_BUILDS = {
    "grch37": "GRCh37",
    "hg19": "GRCh37",
    "ncbi37": "GRCh37",
    "grch38": "GRCh38",
    "hg38": "GRCh38",
}
_NOTHING = frozenset({"", "N/A", "NONE", "NONE FOUND"})


def read_variants(table: Table) -> dict[str, Variant]:
    """Variants by id, in the layout of any year; a fusion has its two genes as ``EML4::ALK``."""
    return {
        row["variant_id"]: Variant(
            row.get("gene") or row.get("feature_name", ""), row["variant"], _facts(row)
        )
        for row in table
        if row["variant_id"]
    }


def _facts(row: Row) -> Facts:
    expressions = _listed(row.get("hgvs_expressions", row.get("hgvs_descriptions", "")))
    aliases = _listed(row.get("variant_aliases", ""))
    alleles, regions = _located(row)
    for build, more in genomic(expressions).items():
        alleles[build] = tuple(dict.fromkeys((*alleles.get(build, ()), *more)))
    return Facts(
        types=frozenset(_listed(row.get("variant_types", ""))),
        aliases=aliases,
        proteins=protein_changes((*expressions, *aliases)),
        alleles=alleles,
        regions=regions,
        transcript=row.get("representative_transcript", "").partition(".")[0],
    )


def _listed(text: str) -> tuple[str, ...]:
    return tuple(t for part in text.split(",") if (t := part.strip()).upper() not in _NOTHING)


def _located(
    row: Row,
) -> tuple[dict[str, tuple[Allele, ...]], dict[str, tuple[Region, ...]]]:
    build = row.get("reference_build", "").lower()
    return located(
        _BUILDS.get(build, ""),
        row.get("chromosome", ""),
        row.get("start", ""),
        row.get("stop", ""),
        row.get("reference_bases", ""),
        row.get("variant_bases", ""),
    )
