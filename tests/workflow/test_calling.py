"""Callers in the real workflow: one dry run of all of them, and real ones of delly and sniffles."""

import random
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pysam
import pytest
from long import long
from workflow_folder import jobs

HEAD = "sample\talignments\tcallers\tbuild\tsex\ttarget\tplatform\n"
OWN = """\
samples: samples.tsv
genomes: {own: {fasta: own.fa}}
call: {chunks: 3, gpus: 2, settings: {scored: {caller: gatk, filter: model}}}
"""
Snakemake = Callable[..., "subprocess.CompletedProcess[str]"]


def test_all_callers_are_planned(folder: Path, snakemake: Snakemake) -> None:
    for name in ("own.fa", "a.bam", "a.bam.bai", "t.bed"):
        (folder / name).write_text("placeholder\n")
    small = "bcftools,freebayes,gatk,scored,deepvariant,strelka,parabricks,delly"
    rows = f"wgs\ta.bam\t{small}\town\tmale\t\tILLUMINA\n"
    rows += "wes\ta.bam\tdeepvariant\town\t\tt.bed\tILLUMINA\nlong\ta.bam\tsniffles\town\t\t\tONT\n"
    (folder / "samples.tsv").write_text(HEAD + rows)
    (folder / "config.yaml").write_text(OWN)
    ended = snakemake("-n", "-p", "all_calls")
    said = ended.stdout + ended.stderr
    assert ended.returncode == 0, said[-3000:]
    planned = jobs(said)
    expected = {"split_calling": 10, "gather_calls": 10, "keep_calls": 14, "score_gatk": 3}
    expected |= {"call_bcftools": 3, "call_freebayes": 3, "call_gatk": 6, "call_deepvariant": 6}
    expected |= dict.fromkeys(("call_strelka", "call_parabricks", "call_delly", "call_sniffles"), 1)
    assert {rule: planned[rule] for rule in expected} == expected
    for words in (
        "--sex male",
        "--target t.bed --padding 100 --by interval --chunks 3",
        "gatk --java-options -Xmx4500m HaplotypeCaller --reference results/references/own.sequence",
        "gatk NVScoreVariants",
        "--model_type WES",
        "configureStrelkaGermlineWorkflow.py --bam a.bam",
        "pbrun haplotypecaller --ref",
        "--num-gpus 2 --tmp-dir",
        "parabricks calls X and Y of males with two copies: wgs",
        "delly call --genome",
        'sniffles --input "$reads"',
    ):
        assert words in said, words


@long
@pytest.mark.parametrize(("tool", "length"), [("delly", 150), ("sniffles", 5000)])
@pytest.mark.parametrize("ending", ["bam", "cram"])
def test_a_deletion_is_called(
    folder: Path, snakemake: Snakemake, tool: str, length: int, ending: str
) -> None:
    for program in (tool, "minimap2", "bcftools"):
        if not shutil.which(program):
            pytest.skip(f"{program} is missing")
    rng = random.Random(3)
    genome = "".join(rng.choices("ACGT", k=60_000))
    (folder / "own.fa").write_text(f">chr1\n{genome}\n")
    other = genome[:30_000] + genome[31_000:]
    names, reads = [], []
    swap = str.maketrans("ACGT", "TGCA")
    for text in (genome, other):
        for _ in range(len(text) * 15 // (length if tool == "sniffles" else 2 * length)):
            bases = length if tool == "sniffles" else round(rng.gauss(400, 40))
            start = rng.randrange(len(text) - bases)
            reads.append(text[start : start + bases])
            names.append(f"r{len(names)}")
    ones = [f">{name}\n{read[:length]}\n" for name, read in zip(names, reads, strict=True)]
    (folder / "1.fa").write_text("".join(ones))
    files, preset = ["1.fa"], "map-ont"
    if tool == "delly":
        ends = (read[-length:][::-1].translate(swap) for read in reads)
        twos = [f">{name}\n{end}\n" for name, end in zip(names, ends, strict=True)]
        (folder / "2.fa").write_text("".join(twos))
        files, preset = ["1.fa", "2.fa"], "sr"
    pipe = f"minimap2 -a -x {preset} -R '@RG\\tID:r\\tSM:s' own.fa {' '.join(files)}"
    pipe += " | samtools sort -o a.bam - && samtools index a.bam"
    subprocess.run(pipe, shell=True, check=True, cwd=folder, capture_output=True)
    if ending == "cram":  # of another folder, where its genome was
        (folder / "away.fa").write_bytes((folder / "own.fa").read_bytes())
        pipe = "samtools view -C -T away.fa -o a.cram a.bam && samtools index a.cram && rm away.fa*"
        subprocess.run(pipe, shell=True, check=True, cwd=folder, capture_output=True)
    platform = "ONT" if tool == "sniffles" else ""
    (folder / "samples.tsv").write_text(HEAD + f"s\ta.{ending}\t{tool}\town\t\t\t{platform}\n")
    (folder / "config.yaml").write_text(OWN)
    ended = snakemake("--cores", "2", "all_calls")
    assert ended.returncode == 0, (ended.stdout + ended.stderr)[-3000:]
    with pysam.VariantFile(str(folder / f"results/calls/s.{tool}.vcf.gz")) as calls:
        assert list(calls.header.samples) == ["s"]
        found = [
            (call.chrom, call.start, call.stop) for call in calls if call.info["SVTYPE"] == "DEL"
        ]
    assert len(found) == 1
    assert abs(found[0][1] - 30_000) < 20 and abs(found[0][2] - 31_000) < 20
