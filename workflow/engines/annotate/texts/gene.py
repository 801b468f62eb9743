"""Facts for the texts of a gene, the same for all its variants."""

from collections import Counter
from typing import Any

from engines.annotate.evidence import Statement
from engines.annotate.texts.library import LEFT_OUT, Library, levels, quotable
from engines.annotate.texts.phrases import claim, level_of

STRONGEST = 5
ROLES = {"tsg": "tumour suppressor", "oncogene": "oncogene"}


def gene_facts(library: Library, gene: str) -> dict[str, Any] | None:
    """For ``gene.jinja``; None where no source says anything of the gene itself."""
    knowledge = library.knowledge
    text, key = knowledge.summaries.get(gene, ("", ""))
    roles = sorted(ROLES.get(each, each) for each in knowledge.roles.get(gene, ()))
    summary = quotable(text)
    if not (summary or roles):
        return None
    name = key.split(":", 1)[0]
    return {
        "gene": gene,
        "summary": summary,
        "is_cut": LEFT_OUT in summary,
        "summary_source": name,
        "summary_sources": [key, library.cite(name)] if key else [library.cite(name)],
        "roles": roles,
        "role_sources": library.of_role("gene_roles") or ["gene roles"],
    }


def gene_dx_facts(library: Library, gene: str) -> dict[str, Any] | None:
    """For ``gene_dx.jinja``; None where no statement speaks of the gene."""
    found = library.of_gene(gene)
    if found is None:
        return None
    by_source = []
    names = dict.fromkeys(each.source for each in (*found.here, *found.elsewhere))
    for name in names:
        here = tuple(each for each in found.here if each.source == name)
        by_source.append(
            {
                "name": name,
                "cited": library.cite(name),
                "here": len(here),
                "levels": levels(here),
                "elsewhere": sum(each.source == name for each in found.elsewhere),
            }
        )
    strongest = [
        {
            "variant": library.profile(each),
            "says": claim(each),
            "level": level_of(each),
            "id": each.id,
        }
        for each in _each_claim_once(found.here)[:STRONGEST]
    ]
    kinds = Counter(each.kind.value for each in found.here)
    return {
        "gene": gene,
        "disease": library.disease.name,
        "by_source": by_source,
        "kinds": sorted(kinds.items()),
        "strongest": strongest,
    }


def _each_claim_once(statements: tuple[Statement, ...]) -> list[Statement]:
    """Of statements that say the same of the same variant, the first."""
    firsts: dict[tuple[str, str], Statement] = {}
    for each in statements:
        firsts.setdefault((each.profile, claim(each)), each)
    return list(firsts.values())
