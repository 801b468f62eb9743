"""Changes of proteins as people write them."""

import pytest

from engines.annotate.knowledge.protein_names import read_change, spellings
from engines.annotate.variants import ProteinChange

READ = {
    "V600E": "V600E",
    "p.Val600Glu": "V600E",
    "p.(Val600Glu)": "V600E",
    "VAL600GLU": "V600E",
    "E746_A750del": "E746_A750del",
    "p.Glu746_Ala750del": "E746_A750del",
    "delE746_A750": "E746_A750del",
    "DEL 485-490": "X485_X490del",
    "V560_L576DEL": "V560_L576del",
    "V555-P573DEL": "V555_P573del",
    "W557_K558DELWK": "W557_K558del",
    "D579DEL": "D579del",
    "L747_P753delinsS": "L747_P753delinsS",
    "delL747_P753insS": "L747_P753delinsS",
    "E746_T751>I": "E746_T751delinsI",
    "K558NP": "K558delinsNP",
    "M774DELINSWLV": "M774delinsWLV",
    "DI842-843VM": "D842_I843delinsVM",
    "56_61QKQKVG>R": "Q56_G61delinsR",
    "D770_N771insSVD": "D770_N771insSVD",
    "V769_770insASV": "V769_X770insASV",
    "VAL769_ASP770INSALASERVAL": "V769_D770insASV",
    "T1151INST": "T1151_X1152insT",
    "A767_V769dupASV": "A767_V769dup",
    "p.193_196dupSTSC": "S193_C196dup",
    "G114Vfs*45": "G114fs",
    "E55RfsTer11": "E55fs",
    "R135FSX177": "R135fs",
    "THR367METFS": "T367fs",
    "Q179X": "Q179*",
    "p.Cys28Ter": "C28*",
    "*214C": "*214C",
    "M1?": "M1?",
    "E55=": "E55=",
    "E55E": "E55=",
}


@pytest.mark.parametrize(("text", "name"), READ.items())
def test_a_change_is_read_however_it_is_written(text: str, name: str) -> None:
    found = read_change(text)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize(
    "text",
    [
        "G12", "G12X", "1100DELC", "485_490del", "P780INS", "P81delRVV", "P772_V774insPHV",
        "E746_A700del", "V0E", "MUTATION", "p16", "G776INSV_G/C", "DELNVTAP", "DEL4-11", "",
    ],
)  # fmt: skip
def test_what_is_not_clearly_a_change_is_not_guessed(text: str) -> None:
    assert read_change(text) is None


def test_a_duplication_is_an_insertion_behind_itself() -> None:
    change = read_change("A767_V769dupASV")
    assert change is not None
    assert spellings(change) == (
        ProteinChange(767, 769, "AV", "dup"),
        ProteinChange(769, 770, "VX", "insASV"),
    )


@pytest.mark.parametrize(
    ("one", "other", "agree"),
    [
        ("V600E", "p.Val600Glu", True),
        ("E746_A750del", "p.Glu746_Ala750del", True),
        ("K27M", "R27M", False),
        ("V600E", "V600K", False),
        ("V769_770insASV", "V769_D770insASV", True),
        ("W557_K558DELWK", "W557_K558del", True),
    ],
)
def test_two_spellings_agree_where_no_amino_acid_that_both_tell_differs(
    one: str, other: str, agree: bool
) -> None:
    first, second = read_change(one), read_change(other)
    assert first and second
    assert first.agrees(second) is second.agrees(first) is agree
