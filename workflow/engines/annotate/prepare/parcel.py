"""A call as plain values, to be handed to another process, and back."""

from typing import Any

from engines.annotate.variants import Allele, Call, Consequence, ProteinChange

Parcel = tuple[Any, ...]
_new = tuple.__new__


def packed(call: Call) -> Parcel:
    """Values of the call, none of which is of a class of ours."""
    found = call.consequences
    return (
        call.number,
        tuple(call.allele),
        call.line,
        call.original,
        call.filters,
        call.depth,
        call.vaf,
        call.phase,
        call.is_homozygous,
        call.population_af,
        call.scores,
        None if found is None else [_plain(each) for each in found],
        call.ref_matches,
    )


def _plain(each: Consequence) -> Parcel:
    change = each.protein
    return (*each[:4], None if change is None else tuple(change), *each[5:])


def unpacked(parcel: Parcel) -> Call:
    """The call that was packed."""
    found = parcel[11]
    made = None if found is None else tuple([_consequence(each) for each in found])
    values = (parcel[0], _new(Allele, parcel[1]), *parcel[2:11], made, parcel[12])
    return Call(*values)


def _consequence(values: Parcel) -> Consequence:
    change = values[4]
    if change is None:
        return _new(Consequence, values)
    return _new(Consequence, (*values[:4], _new(ProteinChange, change), *values[5:]))
