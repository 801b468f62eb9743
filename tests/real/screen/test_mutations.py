"""Mutations of the real database, each found in reads that carry it."""

import amr_lab
import pytest
from shared_data import shared_data

from engines.screen.calling.tool import MINIMAP2
from engines.screen.databases import places, pointfinder
from engines.screen.databases.codons import CODONS
from engines.screen.databases.mutation import PROTEIN, Mutation
from engines.screen.mutations.call import call

FOLDER = places.find("pointfinder", shared_data("screening"))
CODON = {amino: codon for codon, amino in CODONS.items()}


def carrying(bases: str, one: Mutation, alt: str) -> str:
    """The reference with the mutation, between other bases."""
    if one.kind == "insertion":
        new = "".join(CODON[a] for a in alt) if one.level == PROTEIN else alt
        changed = bases[: one.start] + new + bases[one.start :]
    elif one.kind == "deletion":
        gone = len(one.ref) * (3 if one.level == PROTEIN else 1)
        changed = bases[: one.start] + bases[one.start + gone :]
    else:
        new = CODON[alt] if one.level == PROTEIN else alt
        changed = bases[: one.start] + new + bases[one.start + len(new) :]
    return amr_lab.random_bases(300, 1) + changed + amr_lab.random_bases(300, 2)


@pytest.mark.skipif(not MINIMAP2.there(), reason="minimap2 is not installed")
@pytest.mark.parametrize(
    ("species", "count"),
    [("escherichia_coli", 5), ("klebsiella", 10), ("neisseria_gonorrhoeae", 4),
     ("staphylococcus_aureus", 3), ("campylobacter", 5)],
)  # fmt: skip
def test_insertions_deletions_and_changes_at_the_ends_of_genes(tmp_path, species, count):
    _, panel = pointfinder.load(FOLDER, species)
    wanted = [
        (one, alt)
        for one in panel.mutations
        for alt in one.alts
        if one.kind != "substitution" or one.id.startswith("cmeA:A366T")
    ]
    assert len(wanted) == count
    for one, alt in wanted:
        genome = carrying(panel.references[one.reference], one, alt)
        reads = amr_lab.write_pairs(tmp_path, amr_lab.pairs({"g": genome}, 40, 7, error=0.003))
        calls = call(reads, panel)
        (found,) = (c for c in calls.calls if c.mutation.id == one.id)
        assert (found.status, found.alts) == ("detected", (alt,)), one.id
        assert found.wild_type <= 1, one.id  # a read can end within a duplication
        # nothing else on this gene but what is the same sequence
        for other in calls.calls:
            if other.status == "detected" and other.mutation.start != one.start:
                assert other.mutation.kind == one.kind, (one.id, other.mutation.id)
