"""What a consequence means for the protein, read from its terms of the Sequence Ontology."""

from functools import lru_cache
from typing import NamedTuple

LOSS = frozenset(
    {
        "transcript_ablation", "exon_loss_variant", "splice_acceptor_variant",
        "splice_donor_variant", "stop_gained", "frameshift_variant", "start_lost",
        "initiator_codon_variant",
    }
)  # fmt: skip
"""Null variants as the oncogenicity SOP has them (OVS1)."""
_SPLICE = frozenset({"splice_acceptor_variant", "splice_donor_variant", "exon_loss_variant"})
_SPLICE_REGION = frozenset(
    {
        "splice_region_variant", "splice_donor_region_variant", "splice_donor_5th_base_variant",
        "splice_polypyrimidine_tract_variant",
    }
)  # fmt: skip
_DELETION = frozenset(
    {"inframe_deletion", "conservative_inframe_deletion", "disruptive_inframe_deletion"}
)
_INSERTION = frozenset(
    {"inframe_insertion", "conservative_inframe_insertion", "disruptive_inframe_insertion"}
)
_ALTERING = frozenset({"protein_altering_variant", "inframe_altering_variant"})
_SILENT = frozenset({"synonymous_variant", "stop_retained_variant", "start_retained_variant"})


class Effects(NamedTuple):
    """Classes that the terms of one consequence put it in; several may hold."""

    is_loss: bool
    is_missense: bool
    is_frameshift: bool
    is_deletion: bool
    is_insertion: bool
    is_altering: bool  # in frame, longer or shorter: the lengths of the alleles say which
    is_splice: bool
    is_splice_region: bool
    is_stop_lost: bool
    is_silent: bool
    is_inframe: bool
    changes_residues: bool  # other residues in a protein that is otherwise kept
    changes_protein: bool


@lru_cache(maxsize=4096)
def effects(terms: tuple[str, ...]) -> Effects:
    """The classes of these terms."""
    found = frozenset(terms)
    is_loss, is_missense = bool(found & LOSS), "missense_variant" in found
    is_inframe = bool(found & (_DELETION | _INSERTION | _ALTERING))
    is_stop_lost = "stop_lost" in found
    return Effects(
        is_loss=is_loss,
        is_missense=is_missense,
        is_frameshift="frameshift_variant" in found,
        is_deletion=bool(found & _DELETION),
        is_insertion=bool(found & _INSERTION),
        is_altering=bool(found & _ALTERING),
        is_splice=bool(found & _SPLICE),
        is_splice_region=bool(found & _SPLICE_REGION),
        is_stop_lost=is_stop_lost,
        is_silent=bool(found & _SILENT),
        is_inframe=is_inframe,
        changes_residues=is_missense or is_inframe,
        changes_protein=is_loss or is_missense or is_inframe or is_stop_lost,
    )
