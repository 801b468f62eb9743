"""Changes of proteins from what annotators write."""

import pytest

from engines.annotate.prepare.protein import from_columns, from_csq, from_hgvs


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ENSP00000288602.6:p.Val600Glu", "V600E"),
        ("p.(Val600Glu)", "V600E"),
        ("ENSP1:p.Glu746_Ala750del", "E746_A750del"),
        ("p.Gln195Ter", "Q195*"),
        ("p.Gln195*", "Q195*"),
        ("p.Arg176ProfsTer22", "R176fs"),
        ("p.Arg176fs", "R176fs"),
        ("ENSP1:p.Leu858%3D", "L858="),
        ("ENSP1:p.Leu858=", "L858="),
        ("p.Met1?", "M1?"),
        ("p.Asp770_Asn771insSerVal", "D770_N771insSV"),
        ("p.Tyr772_Ala775dup", "Y772_A775dup"),
    ],
)
def test_hgvs(text: str, name: str) -> None:
    change = from_hgvs(text)
    assert change is not None
    assert change.name == name


@pytest.mark.parametrize("text", ["", ".", "p.?", "p.=", "p.nonsense", "p.Val600"])
def test_what_names_no_change_is_not_guessed(text: str) -> None:
    assert from_hgvs(text) is None


@pytest.mark.parametrize(
    ("position", "letters", "name"),
    [
        ("600", "V/E", "V600E"),
        ("600/766", "V/E", "V600E"),
        ("746-750", "ELREA/-", "E746_A750del"),
        ("745-750", "KELREA/K", "E746_A750del"),
        ("858", "L", "L858="),
        ("176", "R/X", "R176fs"),
        ("195", "Q/*", "Q195*"),
        ("?-770", "-/SV", None),
        ("769-770", "-/SV", "X769_X770insSV"),
    ],
)
def test_columns_of_vep(position: str, letters: str, name: str | None) -> None:
    change = from_columns(position, letters)
    assert (change and change.name) == name


@pytest.mark.parametrize(
    ("text", "term", "name"),
    [
        ("600V>600E", "missense_variant", "V600E"),
        ("600V>600K", "missense_variant", "V600K"),
        ("960G", "synonymous_variant", "G960="),
        ("900I>900*", "stop_gained", "I900*"),
        ("745KELREA>745K", "inframe_deletion", "E746_A750del"),
        ("745K..751>745K", "inframe_deletion", "X746_X750del"),
        ("745KE..751>745K", "inframe_deletion", "E746_X750del"),
        ("799L>799LT", "inframe_insertion", "L799_X800insT"),
        ("799L>799LL", "inframe_insertion", "L799dup"),
        ("857SL..1211>857SP..873", "frameshift_variant", "L858fs"),
        ("857SL..1211>857S*", "frameshift_variant", "L858*"),
        ("950GV>950GC", "missense_variant", "V951C"),
        ("950GV>950AC", "missense_variant", "G950_V951delinsAC"),
        ("1211*>1211Q", "stop_lost", "*1211Q"),
        ("", "start_lost", "M1?"),
    ],
)
def test_amino_acids_of_csq(text: str, term: str, name: str) -> None:
    change = from_csq(text, (term,))
    assert change is not None
    assert change.name == name


@pytest.mark.parametrize(
    ("text", "term"),
    [("", "missense_variant"), ("857S..1211>857S..873", "frameshift_variant"), ("?", "x")],
)
def test_what_csq_does_not_tell_is_not_guessed(text: str, term: str) -> None:
    assert from_csq(text, (term,)) is None
