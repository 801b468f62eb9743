"""The seam to bcftools csq: phases, endings, gene models of other houses."""

import gzip
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from engines.annotate.prepare import prepare
from engines.annotate.prepare.csq_process import CsqProcess
from engines.contract.errors import BadData, BadUsage, InputMissing, Transient
from tests.support.annotate_lab import (
    CALLS,
    FASTA,
    GFF,
    Outcome,
    demo_bases,
    prepared,
    request,
    write_vcf,
)
from tests.support.waiting import is_running, poll

V600 = 29163  # of BRAF, on the other strand: 29162 to 29164 are CAC
META = (
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="x">',
    '##FORMAT=<ID=PS,Number=1,Type=String,Description="x">',
)


def codon(tmp_path: Path, *genotypes: str) -> Outcome:
    """BRAF's codon 600 with its second and first base changed; GT:PS of either."""
    rows = [
        ("chr7", V600 + place, ref, alt, ".", "GT:PS", genotype)
        for place, (ref, alt), genotype in zip(
            (0, 1, -1), (("A", "T"), ("C", "T"), ("C", "T")), genotypes, strict=False
        )
    ]
    rows.sort(key=lambda row: row[1])
    calls = write_vcf(tmp_path / "a.vcf", rows, meta=META, samples=("T",))
    return prepared(calls, tmp_path / "s", fasta=FASTA, gff=GFF)


def names(outcome: Outcome) -> list[str]:
    return [c.chosen.protein.name for c in outcome.calls if c.chosen and c.chosen.protein]


@pytest.mark.parametrize(
    ("genotypes", "told"),
    [
        (("0|1:5", "0|1:5"), ["V600K", "V600K"]),
        (("1|0:5", "1|1:5"), ["V600K", "V600K"]),
        (("0|1:.", "0|1:."), ["V600K", "V600K"]),
        (("0|1:5", "1|0:5"), ["V600E", "V600M"]),
        (("0|1:5", "0|1:9"), ["V600E", "V600M"]),
        (("0/1:.", "0/1:."), ["V600E", "V600M"]),
        (("0|1:5", "0|1:5", "0|1:5"), ["V600K", "V600K", "V600K"]),
    ],
)
def test_bases_of_one_codon(tmp_path: Path, genotypes: tuple[str, ...], told: list[str]) -> None:
    outcome = codon(tmp_path, *genotypes)
    assert demo_bases("chr7", V600 - 1, V600 + 1) == "CAC"
    assert names(outcome) == told


def test_an_unknown_phase_is_said(tmp_path: Path) -> None:
    unknown = codon(tmp_path, "0/1:.", "0/1:.").counts["notes"]
    assert list(unknown.values()) == [1]
    assert "phase unknown" in next(iter(unknown))
    assert codon(tmp_path, "0|1:5", "1|0:5").counts["notes"] == {}


def test_both_bases_in_one_record(tmp_path: Path) -> None:
    calls = write_vcf(tmp_path / "a.vcf", [("chr7", V600, "AC", "TT")])
    assert names(prepared(calls, tmp_path / "s", fasta=FASTA, gff=GFF)) == ["V600K"]


def test_no_call_at_all(tmp_path: Path) -> None:
    calls = write_vcf(tmp_path / "a.vcf", [])
    assert prepared(calls, tmp_path / "s", fasta=FASTA, gff=GFF).calls == []


def many(tmp_path: Path) -> Path:
    """Every base of MET, all alleles: more than pipes hold."""
    bases = demo_bases("chr7", 15_000, 24_000)
    rows = [
        ("chr7", 15_000 + i, base, ",".join(b for b in "ACGT" if b != base))
        for i, base in enumerate(bases)
    ]
    return write_vcf(tmp_path / "many.vcf", rows)


def test_more_than_pipes_hold_comes_in_order(tmp_path: Path) -> None:
    calls = prepared(many(tmp_path), tmp_path / "s", fasta=FASTA, gff=GFF).calls
    assert len(calls) == 27_003
    places = [call.allele.pos for call in calls]
    assert places == sorted(places)


def test_whoever_stops_early_leaves_nothing_running(tmp_path: Path, scratch: Path) -> None:
    with prepare(request(many(tmp_path), fasta=FASTA, gff=GFF), scratch) as opened:
        next(iter(opened))
        csq = opened._csq
        assert csq is not None and not csq.is_running


def test_csq_that_is_killed_is_no_end_of_the_calls(tmp_path: Path, scratch: Path) -> None:
    with prepare(request(many(tmp_path), fasta=FASTA, gff=GFF), scratch) as opened:
        calls = iter(opened)
        next(calls)
        os.kill(opened._csq.pid, signal.SIGKILL)  # type: ignore[union-attr]
        with pytest.raises(Transient, match="bcftools csq was ended by signal 9"):
            list(calls)


def test_csq_that_fails_says_why(tmp_path: Path) -> None:
    csq = CsqProcess(FASTA, tmp_path / "none.gff3", tmp_path)
    head = b"##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    assert not any(csq.exchange([head]))
    with pytest.raises(BadData, match=r"csq ended with exit code 1 before .*none\.gff3"):
        csq.check_end(is_whole=False)
    csq.close()
    assert [each.name for each in tmp_path.iterdir()] == ["csq.log"]


def test_no_program_has_to_be_installed(scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert prepared(CALLS, scratch, fasta=FASTA, gff=GFF).calls


def test_gene_models_need_the_genome(scratch: Path) -> None:
    with pytest.raises(BadUsage, match="--gff needs the genome"):
        prepared(CALLS, scratch, gff=GFF, build="GRCh37")


def test_gene_models_that_are_none(tmp_path: Path, scratch: Path) -> None:
    with pytest.raises(InputMissing, match="no such file"):
        prepared(CALLS, scratch, fasta=FASTA, gff=tmp_path / "none.gff3")
    gtf = tmp_path / "models.gtf"
    gtf.write_text('chr7\tx\texon\t1\t9\t.\t+\t.\tgene_id "A"; transcript_id "B";\n')
    with pytest.raises(BadData, match="no transcript with a coding sequence"):
        prepared(CALLS, tmp_path / "other", fasta=FASTA, gff=gtf)


def test_gene_models_of_another_genome_and_what_of_them_is_not_used(
    tmp_path: Path, scratch: Path
) -> None:
    text = gzip.decompress(GFF.read_bytes()).decode()
    mouse = tmp_path / "mouse.gff3"
    mouse.write_text(text.replace("\t1001\t2290\t", "\t1001\t9000000\t"))
    with pytest.raises(BadData, match=r"NRAS ends at chr1:9,000,000, .* has 6,000 bases"):
        prepared(CALLS, tmp_path / "other", fasta=FASTA, gff=mouse)
    cut = tmp_path / "cut.gff3"
    cut.write_text(text[:2000])
    with pytest.raises(BadData, match=r"line \d+ has \d columns, GFF3 has 9"):
        prepared(CALLS, tmp_path / "third", fasta=FASTA, gff=cut)
    more, listed = tmp_path / "more.gff3", tmp_path / "transcripts.txt"
    more.write_text(text + "chr99\tx\tgene\t1\t9\t.\t+\t.\tID=gene:G\n")
    listed.write_text("ENST_BRAF_1\nNM_004333.6\n")
    notes = prepared(CALLS, scratch, fasta=FASTA, gff=more, transcripts=listed).counts["notes"]
    assert notes["rows on contigs that the genome does not have (gene models)"] == 1
    assert notes["of 2 transcripts of --transcripts the gene models do not have"] == 1


def gencode(text: str) -> str:
    """The demo's models as GENCODE writes them."""
    text = text.replace("gene:ENSG", "ENSG").replace("transcript:ENST", "ENST")
    text = text.replace(";biotype=protein_coding;gene_id", ";gene_type=protein_coding;gene_id")
    text = text.replace("Name=", "gene_name=").replace(";biotype=", ";transcript_type=")
    return text.replace("\tmRNA\t", "\ttranscript\t")


def refseq(text: str) -> str:
    """The demo's models as RefSeq writes them."""
    text = text.replace("gene:ENSG_", "gene-").replace("transcript:ENST_", "rna-NM_")
    text = text.replace(";biotype=protein_coding;tag=basic,Ensembl_canonical,", ";tag=")
    text = text.replace(";biotype=protein_coding;tag=basic", "").replace("MANE_", "MANE ")
    kept = [line for line in text.splitlines() if "_prime_UTR" not in line]
    numbers = {"chr1": "1.10", "chr3": "3.11", "chr7": "7.13", "chr12": "12.11", "chr17": "17.10"}
    rows = []
    for line in kept:
        name, tab, rest = line.partition("\t")
        number, _, version = numbers.get(name, "").partition(".")
        rows.append(f"NC_{int(number):06}.{version}{tab}{rest}" if number else line)
    return "\n".join(rows) + "\n"


@pytest.mark.parametrize("spelling", [gencode, refseq])
def test_gene_models_of_other_houses(tmp_path: Path, scratch: Path, spelling: object) -> None:
    with gzip.open(GFF, "rt") as handle:
        text = handle.read()
    models = tmp_path / "models.gff3"
    models.write_text(spelling(text))  # type: ignore[operator]
    found = prepared(CALLS, scratch, fasta=FASTA, gff=models)
    assert {"V600K", "T790M", "G12D", "Q192*", "E746_A750del", "P300fs"} <= set(names(found))
    assert {c.chosen.gene for c in found.calls if c.chosen} >= {"BRAF", "MET", "TP53"}


def test_when_we_are_killed_csq_goes_too(tmp_path: Path) -> None:
    script = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from tests.support.annotate_lab import FASTA, GFF, request\n"
        "from engines.annotate.prepare import prepare\n"
        "opened = prepare(request(Path(sys.argv[1]), fasta=FASTA, gff=GFF), Path(sys.argv[2]))\n"
        "next(iter(opened))\n"
        "print(opened._csq.pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    command = [sys.executable, "-c", script, str(many(tmp_path)), str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as ours:
        assert ours.stdout is not None
        theirs = int(ours.stdout.readline())
        ours.kill()
    poll(lambda: not is_running(theirs))


def test_far_from_genes_nobody_is_asked_and_all_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the same calls, once with a margin so wide that csq is asked about every one."""
    contig, length = "chr2", 60_000
    genome = tmp_path / "two.fa"
    bases = random.Random(3).choices("ACGT", k=length)
    with gzip.open(FASTA, "rt") as handle:
        genome.write_text(handle.read() + f">{contig}\n{''.join(bases)}\n")
    chance = random.Random(4)
    other = dict(zip("ACGT", "CGTA", strict=True))
    rows = [(contig, at + 1, bases[at], other[bases[at]]) for at in range(0, 20_000, 9)]
    for at in sorted(chance.sample(range(1, 43_000), 2_000)):
        ref = demo_bases("chr7", at, at)
        rows.append(("chr7", at, ref, other[ref]))
    calls = write_vcf(tmp_path / "far.vcf", rows)
    short = prepared(calls, tmp_path / "a", fasta=genome, gff=GFF)
    monkeypatch.setattr("engines.annotate.prepare.models.FAR", 10**9)
    whole = prepared(calls, tmp_path / "b", fasta=genome, gff=GFF)
    assert short.calls == whole.calls
    assert {call.consequences for call in short.calls if call.allele.chrom == "2"} == {()}


def test_what_is_near_a_gene(scratch: Path) -> None:
    with prepare(request(CALLS, fasta=FASTA, gff=GFF), scratch) as opened:
        models = opened._models
        assert models and models.is_near("chr7", V600, V600)
        assert not models.is_near("chr7", 10**8, 10**8)
        assert not models.is_near("chrX", 1, 1)
