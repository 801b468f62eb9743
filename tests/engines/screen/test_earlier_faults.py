"""What was wrong with the earlier system, one test for each fault of its list.

Tested where the parts are, and not again here: stages with names that nobody knows, and much output
(4, test_external); the three JSON files (5, test_session); retries and what is transient (6, 7,
tests/control/attempt, test_external); from FASTQ to result (11, test_session).
"""

import csv
import gzip
import json
import os
import random
from pathlib import Path

import amr_lab
import pytest
from compare_bench import error_of
from screen_lab import GENOME, SPECIES, ScreenLab, summary_of

from engines.screen.calling.tool import KMA, MINIMAP2

pytestmark = pytest.mark.skipif(
    not (KMA.there() and MINIMAP2.there()), reason="KMA or minimap2 is not installed"
)


@pytest.fixture(scope="module")
def lab(tmp_path_factory) -> ScreenLab:
    return ScreenLab(tmp_path_factory.mktemp("screen"))


def ran(lab: ScreenLab, out: Path, *options: object, mates: object = None) -> dict:  # type: ignore[type-arg]
    result = lab.run(out, "--no-report", *options, mates=mates)
    assert result.exit_code == 0, result.output
    return summary_of(out)


def called(summary: dict) -> set[str]:  # type: ignore[type-arg]
    return {gene["name"] for gene in summary["genes"] if gene["called"]}


def detected(summary: dict) -> list[str]:  # type: ignore[type-arg]
    return [each["change"] for each in summary["mutations"] if each["status"] == "detected"]


def test_1_databases_are_those_that_were_named(lab, tmp_path):
    """--reference-db was ignored, and databases lay where a developer had them."""
    db, genomes = tmp_path / "db", tmp_path / "genomes"
    db.mkdir()
    amr_lab.write_resfinder(db)
    gene = "tet(L)_1_LA0002"
    amr_lab.fasta(db / "all.fsa", {gene: amr_lab.ACQUIRED[gene]})
    amr_lab.fasta(genomes / "mine.fa", {"m": GENOME})
    found = ran(lab, tmp_path / "out", "--resistance-db", db, "--reference-db", genomes)
    assert called(found) == {"tet(L)"}
    assert [genome["name"] for genome in found["taxa"]["genomes"]] == ["mine"]


def test_1_a_gpu_that_is_not_there_is_not_another_one(lab, tmp_path, stand_in):
    """One stage used the second GPU always."""
    result = lab.run(tmp_path / "out", "--device", "gpu", "--gpu-device", 7)
    assert "7" in error_of(result, 69)["message"]


@pytest.mark.parametrize(
    ("ends", "code", "error_class"), [("exit 3", 70, "permanent"), ("kill -9 $$", 75, "transient")]
)
def test_2_a_program_that_fails_fails_the_screen(
    lab, tmp_path, monkeypatch, ends, code, error_class
):
    """It said -1, and ended with 0."""
    program = tmp_path / "bin" / "kma"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n[ $1 = -v ] && echo KMA-9.9 && exit\n{ends}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    result = lab.run(tmp_path / "out", "--progress-json")
    assert error_of(result, code)["error_class"] == error_class
    assert json.loads(result.stdout.splitlines()[-1])["progress"] == -1
    assert json.loads((tmp_path / "out" / "status.json").read_text())["state"] == "failed"


def test_3_10_compressed_reads_and_a_last_line_without_its_end(lab, tmp_path):
    """Every .fastq.gz was invalid; a last line without a line feed lost a base."""
    mates: list[object] = []
    for option, path in (("--r1", lab.r1), ("--r2", lab.r2)):
        packed = tmp_path / f"{path.name}.gz"
        packed.write_bytes(gzip.compress(path.read_bytes().rstrip(b"\n")))
        mates += [option, packed]
    one, two = ran(lab, tmp_path / "gz", mates=mates), ran(lab, tmp_path / "plain")
    assert one["reads"].pop("files") == ["r_1.fq.gz", "r_2.fq.gz"]
    two["reads"].pop("files")
    assert one == two


def test_8_a_gpu_is_counted_among_those_that_can_be_seen(lab, tmp_path, stand_in, monkeypatch):
    """CUDA_VISIBLE_DEVICES=1 and --gpu-device 1 named a GPU that is not there: the one is 0."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    found = ran(lab, tmp_path / "out", "--device", "gpu", "--gpu-device", 0)
    assert called(found) == {"blaLAB-1", "tet(L)"}


def test_9_abundance_identity_and_confidence_mean_something(lab, tmp_path):
    """RPKM and TPM were 0, an identity was 1.38, a fifth of a gene was of HIGH confidence."""
    part = amr_lab.ACQUIRED["tet(L)_1_LA0002"][:190]
    whole = amr_lab.ACQUIRED["blaLAB-1_1_LA0001"]
    near = amr_lab.random_bases(300, 1)
    reads = amr_lab.pairs({"a": near + part, "b": near + whole + near}, 40, 1)
    one, two = amr_lab.write_pairs(tmp_path, reads)
    found = ran(lab, tmp_path / "out", mates=["--r1", one, "--r2", two])
    genes = {gene["name"]: gene for gene in found["genes"]}
    assert called(found) == {"blaLAB-1"}
    assert all(gene["rpkm"] > 0 and 0 <= gene["identity"] <= 100 for gene in genes.values())
    assert sum(gene["tpm"] for gene in genes.values()) == pytest.approx(1e6, rel=1e-3)
    text = (tmp_path / "out/amr/s_amr_abundance.tsv").read_text().splitlines()
    sure = {row["gene_name"]: row["confidence"] for row in csv.DictReader(text, delimiter="\t")}
    assert sure.pop("blaLAB-1") == "HIGH" and set(sure.values()) <= {"LOW"}


def test_9_one_read_of_another_species_is_no_resistance(lab, tmp_path):
    """One read with 83.7 % identity made K. pneumoniae "likely resistant"."""
    rng = random.Random(1)
    at = 3 * 82
    far = "".join(
        rng.choice("ACGT") if abs(n - at) > 10 and rng.random() < 0.2 else base
        for n, base in enumerate(amr_lab.with_codon(amr_lab.GYRA, 83, "TTG"))
    )
    around = [("x", amr_lab.random_bases(150, 5))] * 5
    names = tmp_path / "r.fq"
    lines = [("one", far[at - 70 : at + 80]), *around]
    names.write_text("".join(f"@{n}\n{b}\n+\n{'I' * len(b)}\n" for n, b in lines))
    found = ran(lab, tmp_path / "out", "--species", SPECIES, mates=["--r1", names])
    statuses = {each["status"] for each in found["mutations"]}
    assert statuses == {"insufficient depth"}
    verdicts = {row["verdict"] for row in found["classes"] if row["class"] == "Quinolone"}
    assert verdicts == {"inconclusive"}


def test_10_the_second_mate_counts_and_lines_may_be_long(lab, tmp_path):
    """Two of three stages read R1 only, into lines of 1,024 bytes."""
    gene = amr_lab.random_bases(3000, 8) + amr_lab.with_codon(amr_lab.GYRA, 83, "TTG")
    mates: list[object] = []
    for option, length, first in (("--r1", 1500, 0), ("--r2", 1900, 2000)):
        path = tmp_path / f"{option[2:]}.fq"
        bases = gene[first : first + length]
        record = f"@{{}} {'long ' * 300}\n{bases}\n+\n{'I' * len(bases)}\n"
        path.write_text("".join(record.format(f"r{n}") for n in range(12)))
        mates += [option, path]
    found = ran(lab, tmp_path / "out", "--species", SPECIES, mates=mates)
    assert detected(found) == ["p.Ser83Leu"]
    assert found["reads"]["longest"] == 1900
