"""hAMRonization's form: all fields, the values it allows, names of changes."""

import csv
import io
import json
from pathlib import Path

import amr_lab
import pytest

from engines.screen import hamronization
from engines.screen.calling.hits import GeneHit
from engines.screen.databases import resfinder
from engines.screen.databases.mutation import Mutation
from engines.screen.mutations.call import Calls, Limits, judge
from engines.screen.mutations.locus import Locus, Tally


def call(kind="substitution", level="protein", position=83, ref="S", alts=("L", "W"), **alleles):
    one = Mutation("x", "gyrA", "gyrA", level, kind, position, 0, ref, alts, ("Ciprofloxacin",))
    return judge(one, Locus("gyrA", 0, 3, "codon"), Tally(alleles), "A" * 9, Limits())


@pytest.fixture
def rows(tmp_path: Path):
    database = resfinder.load(amr_lab.write_resfinder(tmp_path))
    hits = [
        GeneHit(gene, gene.split("_")[0], "LA", ("Beta-lactam",), 840, 99.5, coverage, 20.0, 9, 1.0,
                1.0, 1, called, "kma")
        for gene, coverage, called in (
            ("blaLAB-1_1_LA0001", 98.0, True),
            ("tet(L)_1_LA0002", 20.0, False),
            ("narX_1_LA0003", 100.0, True),
        )
    ]  # fmt: skip
    made = (call(L=20), call(S=20))
    calls = Calls("lab", made, {}, (), Limits())
    return hamronization.rows("s1", hits, database, [(database.identity, calls)])


def test_only_what_was_called_has_a_row(rows):
    assert [row["gene_symbol"] for row in rows] == ["blaLAB-1", "narX", "gyrA"]
    gene, lonely, mutation = rows
    assert gene["genetic_variation_type"] == "gene_presence_detected"
    assert (gene["coverage_percentage"], gene["sequence_identity"]) == (98.0, 99.5)
    assert (gene["antimicrobial_agent"], gene["predicted_phenotype"]) == (
        "Ampicillin, Piperacillin",
        "resistant",
    )
    assert lonely["predicted_phenotype"] == "inconclusive"
    assert lonely["predicted_phenotype_confidence_level"] == "needs narY_1_LA0004, not found"
    assert mutation["amino_acid_mutation"] == "p.Ser83Leu"
    assert mutation["amino_acid_mutation_interpretation"] == "allele in 20 of 20 fragments"
    assert all(row[name] for row in rows for name in hamronization.MANDATORY)


def test_table_and_json_hold_the_same(rows):
    table = list(csv.DictReader(io.StringIO(hamronization.as_tsv(rows)), delimiter="\t"))
    data = json.loads(hamronization.json_text(rows))
    assert [list(row) for row in table] == [list(hamronization.FIELDS)] * 3
    for text, values in zip(table, data, strict=True):
        assert text == {k: "" if v is None else str(v) for k, v in values.items()}
    assert hamronization.as_tsv([]).count("\n") == 1


@pytest.mark.parametrize(
    ("one", "names"),
    [
        (call(L=5, W=5), ["p.Ser83Leu", "p.Ser83Trp"]),
        (call(alts=("*",), **{"*": 9}), ["p.Ser83Ter"]),
        (call(level="nucleotide", position=-42, ref="C", alts=("T",), T=9), ["n.-42C>T"]),
    ],
)
def test_names_of_changes(one, names):
    assert hamronization.hgvs(one) == names


def test_hamronization_itself_takes_the_rows(rows):
    module = pytest.importorskip(
        "hAMRonization.hAMRonizedResult", reason="hAMRonization is not installed (186 MB)"
    )
    for row in rows:
        module.hAMRonizedResult(**row)
