"""The translated search: genes too far from the database for KMA, read by read."""

import random

import amr_lab
import pytest

from engines.contract.errors import BadData
from engines.screen.calling import diamond, kma
from engines.screen.calling.diamond import Alignment
from engines.screen.calling.tool import DIAMOND, KMA
from engines.screen.databases import resfinder
from engines.screen.databases.codons import CODONS, translate


@pytest.fixture
def database(tmp_path):
    return resfinder.load(amr_lab.write_resfinder(tmp_path / "db"))


def one(read, protein, score, mate=1, start=0, query="MKVL", subject="MKVL"):
    end = start + len(subject.replace("-", ""))
    return Alignment(read, mate, protein, 100.0, start, end, score, query, subject)


def test_a_read_counts_for_its_best_protein_only(database):
    gene, other = "blaLAB-1_1_LA0001", "tet(L)_1_LA0002"
    residues = {gene: "MKVLMKVL", other: "MKVLMKVL"}
    found = diamond.gene_hits(
        [
            one("r1", gene, 50), one("r1", other, 60), one("r1", other, 60, mate=2, start=4),
            one("r2", gene, 50, query="MKIL"), one("r3", gene, 50, query="M-VL"),
        ],
        residues, database, 100,
    )  # fmt: skip
    assert [(hit.gene, hit.reads, hit.identity) for hit in found] == [
        (gene, 2, 75.0),
        (other, 2, 100.0),
    ]
    assert (found[1].coverage, found[1].depth, found[1].called) == (100.0, 1.0, True)
    assert (found[0].coverage, found[0].called) == (50.0, False)


def test_genes_that_are_no_reading_frame_are_named(database):
    residues, left_out = diamond.proteins(database)
    assert left_out == [] and residues["tet(L)_1_LA0002"][0] == "M"
    amr_lab.fasta(
        database.fastas[0], {"a_1_X": "ATGTAAATGAAA", "b_1_X": "ATGAAAT", "c_1_X": "GTGAAA"}
    )
    assert diamond.proteins(database) == ({"c_1_X": "MK"}, ["a_1_X", "b_1_X"])


def test_a_table_that_was_cut_off(tmp_path):
    path = tmp_path / "x.tsv"
    path.write_text("r1\tgene\t100\n")
    with pytest.raises(BadData, match="line 1: is no row of DIAMOND"):
        list(diamond.read(path, 1))


def silent(gene: str, share: float, seed: int) -> str:
    """The gene with other codons for the same residues: far in bases, the same as a protein."""
    rng = random.Random(seed)
    same: dict[str, list[str]] = {}
    for codon, amino in CODONS.items():
        same.setdefault(amino, []).append(codon)
    codons = [gene[at : at + 3] for at in range(0, len(gene), 3)]
    return "".join(rng.choice(same[CODONS[c]]) if rng.random() < share else c for c in codons)


@pytest.mark.skipif(not (DIAMOND.there() and KMA.there()), reason="DIAMOND or KMA is missing")
def test_a_distant_relative_is_found_by_its_protein(tmp_path, database):
    far = silent(amr_lab.ACQUIRED["tet(L)_1_LA0002"], 0.9, 1)
    assert translate(far) == translate(amr_lab.ACQUIRED["tet(L)_1_LA0002"])
    reads = amr_lab.write_pairs(tmp_path, amr_lab.pairs({"g": far}, 30, 1))
    kma.call(reads, kma.index(database.fastas, tmp_path / "cache"), tmp_path)
    assert not any(hit.called for hit in kma.gene_hits(tmp_path / "kma.res", database, 1))
    residues, _ = diamond.proteins(database)
    tables = diamond.call(reads, diamond.index(residues, tmp_path / "cache"), tmp_path)
    alignments = [row for mate, path in enumerate(tables, 1) for row in diamond.read(path, mate)]
    (hit,) = diamond.gene_hits(alignments, residues, database, 200)
    assert (hit.gene, hit.identity, hit.called) == ("tet(L)_1_LA0002", 100.0, True)
    assert {row.mate for row in alignments} == {1, 2}


@pytest.mark.skipif(not DIAMOND.there(), reason="DIAMOND is not installed")
def test_a_sample_without_survivors_has_no_relatives(tmp_path):
    (tmp_path / "r.fq").write_bytes(b"")
    index = diamond.index({"p": "MKVLAAGIVGMKVLAAGIVG"}, tmp_path / "cache")
    (table,) = diamond.call([tmp_path / "r.fq"], index, tmp_path)
    assert list(diamond.read(table, 1)) == []
