"""The demo's tumour through the real bcftools csq: every allele as it was planted."""

import csv
from pathlib import Path
from random import Random

import pytest

from tests.support.annotate_lab import CALLS, DEMO, FASTA, GFF, prepared


def expected() -> list[dict[str, str]]:
    with open(DEMO / "expected_tumour.tsv", newline="") as handle:
        return list(csv.DictReader(handle, delimiter="\t"))


def test_every_allele_is_what_was_planted(scratch: Path) -> None:
    outcome = prepared(CALLS, scratch, fasta=FASTA, gff=GFF)
    found = {}
    for call in outcome.calls:
        chosen = call.chosen
        protein = chosen.protein.name if chosen and chosen.protein else ""
        terms = chosen.terms[0] if chosen else ""
        found[call.original] = ("call", chosen.gene if chosen else "", protein, terms)
    for each in outcome.structural:
        chrom, pos, _, _ = each.original.split(":", 3)
        found[f"{chrom}:{pos}:structural"] = ("structural", (each.genes or ("",))[0], "", "")
    for rejected in outcome.rejected:
        found[rejected.original] = (rejected.reason, "", "", "")
    for row in expected():
        key = f"{row['chrom']}:{row['pos']}:{row['ref']}:{row['alt']}"
        if row["outcome"] == "structural":
            key = f"{row['chrom']}:{row['pos']}:structural"
        told = (row["outcome"], row["gene"], row["protein"], row["terms"])
        assert found.pop(key) == told, key
    assert not found


def test_the_run_says_where_its_words_come_from(scratch: Path) -> None:
    opened = prepared(CALLS, scratch, fasta=FASTA, gff=GFF).prepared
    assert opened.consequences == "bcftools csq"
    assert opened.csq_version
    assert opened.build.name == "tumour"
    assert opened.build.is_proven
    assert opened.sample == "TUMOUR"
    assert opened.records == 23


def test_what_two_bases_of_a_codon_do_is_told_of_both(scratch: Path) -> None:
    calls = prepared(CALLS, scratch, fasta=FASTA, gff=GFF).calls
    joint = [call for call in calls if call.chosen and call.chosen.joint]
    assert [call.allele.pos for call in joint] == [29163, 29164]
    assert joint[0].chosen is not None
    assert joint[0].chosen.joint == (joint[1].allele.name,)


def test_other_transcripts_number_residues_in_their_own_way(scratch: Path) -> None:
    calls = prepared(CALLS, scratch, fasta=FASTA, gff=GFF).calls
    t790m = next(
        c for c in calls if c.chosen and c.chosen.protein and c.chosen.protein.name == "T790M"
    )
    assert t790m.consequences is not None
    names = {each.transcript: each.protein and each.protein.name for each in t790m.consequences}
    assert names == {"ENST_EGFR_1": "T790M", "ENST_EGFR_2": "T747M"}
    assert t790m.chosen is not None
    assert t790m.chosen.exon == 19


def test_the_users_transcripts_come_before_mane(scratch: Path, tmp_path: Path) -> None:
    listed = tmp_path / "mine.txt"
    listed.write_text("# ours\nENST_EGFR_2.1\n")
    calls = prepared(CALLS, scratch, fasta=FASTA, gff=GFF, transcripts=listed).calls
    assert any(c.chosen and c.chosen.protein and c.chosen.protein.name == "T747M" for c in calls)


def test_shuffled_input_gives_the_same_calls(scratch: Path, tmp_path: Path) -> None:
    import gzip

    with gzip.open(CALLS, "rt") as handle:
        lines = handle.readlines()
    header = [line for line in lines if line.startswith("#")]
    rows = [line for line in lines if not line.startswith("#")]
    Random(3).shuffle(rows)
    shuffled = tmp_path / "shuffled.vcf"
    shuffled.write_text("".join(header + rows))
    straight = prepared(CALLS, scratch, fasta=FASTA, gff=GFF)
    mixed = prepared(shuffled, tmp_path / "other", fasta=FASTA, gff=GFF)
    for call in (*straight.calls, *mixed.calls):
        call.line = 0
    assert mixed.calls == straight.calls
    assert mixed.counts["rejected"] == straight.counts["rejected"]
    assert any("sorted" in note for note in mixed.counts["notes"])


@pytest.mark.parametrize("prefix", ["", "chr"])
def test_contigs_may_be_called_either_way(scratch: Path, tmp_path: Path, prefix: str) -> None:
    import gzip

    renamed = []
    for path, name in ((CALLS, "calls.vcf"), (GFF, "models.gff3")):
        with gzip.open(path, "rt") as handle:
            text = handle.read()
        target = tmp_path / name
        target.write_text(text.replace("chr", prefix))
        renamed.append(target)
    outcome = prepared(renamed[0], scratch, fasta=FASTA, gff=renamed[1])
    proteins = {c.chosen.protein.name for c in outcome.calls if c.chosen and c.chosen.protein}
    assert {"V600K", "T790M", "G12D", "Q192*"} <= proteins
    assert {call.allele.chrom for call in outcome.calls} == {"1", "3", "7", "12", "17"}


def test_without_gene_models_nothing_is_said_of_consequences(scratch: Path) -> None:
    outcome = prepared(CALLS, scratch, fasta=FASTA)
    assert outcome.prepared.consequences is None
    assert all(call.consequences is None for call in outcome.calls)
    assert all(call.ref_matches for call in outcome.calls)
    assert all(each.genes is None for each in outcome.structural)


def test_gene_models_are_compiled_once(scratch: Path, tmp_path: Path, own_cache: Path) -> None:
    prepared(CALLS, scratch, fasta=FASTA, gff=GFF)
    kept = list((own_cache / "plumbline" / "gene_models").iterdir())
    before = kept[0].stat().st_mtime_ns
    prepared(CALLS, tmp_path / "again", fasta=FASTA, gff=GFF)
    assert [path.name for path in kept] == [
        path.name for path in (own_cache / "plumbline" / "gene_models").iterdir()
    ]
    assert kept[0].stat().st_mtime_ns == before
    assert not kept[0].name.startswith(".")


def test_structural_records_know_their_genes(scratch: Path) -> None:
    breakend, duplication = prepared(CALLS, scratch, fasta=FASTA, gff=GFF).structural
    assert (breakend.kind, breakend.genes) == ("BND", ("EGFR",))
    assert breakend.partners == ("EGFR", "KRAS")
    assert (duplication.kind, duplication.genes) == ("DUP", ("MET",))
