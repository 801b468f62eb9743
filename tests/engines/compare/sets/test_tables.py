"""Tables of what call sets have in common."""

from collections import Counter

import pytest

from engines.compare.sets.pairs import Key
from engines.compare.sets.tables import PAIR, as_csv, combination_rows, pair_rows, print_tables

NAMES = ["a", "b", "c"]
# a and b share 8 SNPs (a spells them with 9 records), 5 of them are in c too
FOUND: Counter[Key] = Counter(
    {
        (0, "SNP", "genotype", 0b110): 5,
        (0, "SNP", "genotype", 0b010): 4,
        (0, "SNP", "genotype", 0): 1,
        (1, "SNP", "genotype", 0b101): 5,
        (1, "SNP", "genotype", 0b001): 3,
        (1, "INDEL", "genotype", 0): 2,
        (2, "SNP", "genotype", 0b011): 5,
    }
)


def test_pairs() -> None:
    rows = {(r["a"], r["b"], r["type"], r["by"]): r for r in pair_rows(NAMES, FOUND)}
    assert len(rows) == 3 * 3 * 2
    row = rows["a", "b", "all", "genotype"]
    assert (row["a_calls"], row["b_calls"], row["a_shared"], row["b_shared"]) == (10, 10, 9, 8)
    assert row["concordance"] == pytest.approx(17 / 20)
    assert rows["a", "b", "INDEL", "genotype"]["concordance"] == 0
    assert rows["a", "c", "INDEL", "genotype"]["concordance"] is None


def test_combinations_are_ordered_and_complete() -> None:
    rows = combination_rows(NAMES, FOUND)
    assert [(r["set"], r["type"], r["with"], r["calls"]) for r in rows] == [
        ("a", "SNP", ["b", "c"], 5),
        ("a", "SNP", ["b"], 4),
        ("a", "SNP", [], 1),
        ("b", "SNP", ["a", "c"], 5),
        ("b", "SNP", ["a"], 3),
        ("b", "INDEL", [], 2),
        ("c", "SNP", ["a", "b"], 5),
    ]


def test_csv_and_text(capsys: pytest.CaptureFixture[str]) -> None:
    rows = pair_rows(NAMES, FOUND)
    lines = as_csv(PAIR, rows).splitlines()
    assert lines[0] == ",".join(PAIR)
    assert lines[1] == "a,b,SNP,genotype,10,8,9,8,0.944444"
    print_tables(
        {"sets": [{"name": n} for n in NAMES], "pairs": rows,
         "combinations": combination_rows(NAMES, FOUND)}
    )  # fmt: skip
    said = capsys.readouterr().err
    assert "a  b  by genotype  0.8500  (9 of 10, 8 of 10)" in said
    assert "a          5  b + c" in said
    assert "b          2  no other" in said
