"""The real bcftools and freebayes: calls do not hang on the number of chunks, males have one X."""

import gzip
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pysam
import pytest

from engines.calling.gather import Asked, run_gather
from engines.calling.split import Genome, run_split
from engines.configuration import call_commands
from engines.contract.errors import BadData, InputMissing

TOOLS = ("bcftools", "freebayes")
pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, TOOLS)), reason="bcftools or freebayes is missing"
)
LENGTHS = {"1": 6000, "X": 3000}
# contig → 0-based place → share of the reads that have another base there
VARIANTS = {"1": {700: 0.5, 4490: 1.0, 4505: 0.5}, "X": {500: 1.0, 1500: 1.0}}
OTHER = {"A": "C", "C": "G", "G": "T", "T": "A"}
CALLS = {
    "bcftools": "bcftools mpileup --output-type u --fasta-ref {fasta} --regions-file {called}"
    " {mpileup} {bam} | bcftools call --multiallelic-caller --ploidy-file {ploidy} {call}",
    "freebayes": "{freebayes}",
}
WITH_PLUMBLINE = {
    **os.environ,
    "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
}
SETTINGS = {"callers": [], "settings": {}, "filter": "hard", "gvcf": False}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A genome and 30x of reads without errors, aligned, of a sample that is called SM."""
    folder, rng = tmp_path_factory.mktemp("calling"), random.Random(5)
    genome = {name: "".join(rng.choices("ACGT", k=length)) for name, length in LENGTHS.items()}
    fasta = folder / "g.fa"
    fasta.write_text("".join(f">{name}\n{text}\n" for name, text in genome.items()))
    pysam.faidx(str(fasta))
    head = {"HD": {"VN": "1.6", "SO": "coordinate"}, "RG": [{"ID": "r", "SM": "SM"}]}
    head["SQ"] = [{"SN": name, "LN": length} for name, length in LENGTHS.items()]
    with pysam.AlignmentFile(str(folder / "a.bam"), "wb", header=head) as file:
        for number, (name, text) in enumerate(genome.items()):
            for start in sorted(
                rng.randrange(len(text) - 100) for _ in range(len(text) * 30 // 100)
            ):
                read = pysam.AlignedSegment(file.header)
                bases = list(text[start : start + 100])
                for place, share in VARIANTS[name].items():
                    if start <= place < start + 100 and rng.random() < share:
                        bases[place - start] = OTHER[text[place]]
                read.query_name, read.reference_id = f"{name}.{start}.{rng.random()}", number
                read.reference_start, read.mapping_quality, read.cigartuples = start, 60, [(0, 100)]
                read.flag = rng.choice((0, 16))
                read.query_sequence = "".join(bases)
                read.query_qualities = pysam.qualitystring_to_array("I" * 100)
                read.set_tag("RG", "r")
                file.write(read)
    pysam.index(str(folder / "a.bam"))
    (folder / "haploid.bed").write_text("X\t0\t1000\n")
    return folder


def call(lab: Path, tool: str, chunks: int, sex: str = "auto", gvcf: bool = False) -> Path:
    """The calls of a tool in so many chunks, as the rules do it."""
    name = f"{tool}.{chunks}.{sex}.{gvcf}"
    regions = lab / f"{name}.regions"
    config = {"call": SETTINGS | {"gvcf": gvcf}}
    genome = Genome(lab / "g.fa.fai", None, 0, sex, lab / "haploid.bed")
    run_split(genome, "interval", chunks, (None, None), regions)
    copies = f"plumbline calling copies --form freebayes --haploid {regions}/haploid.bed"
    given = f"-f {lab}/g.fa {lab}/a.bam --cnv-map <({copies} --alignments {lab}/a.bam)"
    files = []
    for number in range(1, chunks + 1):
        part = regions / f"{number:04}"
        caller = CALLS[tool].format(
            fasta=lab / "g.fa",
            called=f"{part}.called.bed",
            bam=lab / "a.bam",
            ploidy=regions / "ploidy.tsv",
            mpileup=call_commands.mpileup_options(tool, config),
            call=call_commands.bcftools_call_options(tool, config),
            freebayes=call_commands.freebayes_command(tool, config, given, f"{part}.called.bed"),
        )
        files.append(lab / f"{name}.{number}.vcf.gz")
        pipe = (
            f"set -euo pipefail; {caller} | bcftools norm --no-version -f {lab}/g.fa -c w |"
            f" plumbline calling keep --core {part}.core.bed --reference {lab}/g.fa --sample lib"
            f" --settings {tool} --tool {tool} | bcftools view --no-version -Oz -o {files[-1]}"
        )
        subprocess.run(["bash", "-c", pipe], check=True, capture_output=True, env=WITH_PLUMBLINE)
    cores = sorted(regions.glob("*.core.bed"))
    run_gather(Asked(files, cores, "QUAL<20", gvcf, lab / name), datetime.now(UTC))
    return lab / f"{name}.vcf.gz"


def records(file: Path) -> list[tuple[str, int, str]]:
    """Contig, place and genotype of the variants that pass."""
    with pysam.VariantFile(str(file)) as calls:
        assert list(calls.header.samples) == ["lib"]
        return [
            (one.contig, one.start, "/".join(map(str, one.samples[0]["GT"])))
            for one in calls
            if "PASS" in one.filter and any(one.samples[0]["GT"])
        ]


@pytest.mark.parametrize("tool", TOOLS)
def test_calls_are_those_of_one_chunk(lab: Path, tool: str) -> None:
    whole, cut = call(lab, tool, 1), call(lab, tool, 2)  # 4,500 is a border, between two calls
    expected = [
        (contig, place, "1/1" if share == 1 else "0/1")
        for contig, places in VARIANTS.items()
        for place, share in places.items()
    ]
    assert records(whole) == records(cut) == expected
    if tool == "bcftools":
        assert whole.read_bytes() == cut.read_bytes()
    digest = Path(f"{cut}.md5").read_text()
    assert digest == f"{hashlib.md5(cut.read_bytes()).hexdigest()}  {cut.name}\n"
    assert Path(f"{cut}.tbi").exists()


@pytest.mark.parametrize("tool", TOOLS)
def test_a_male_has_one_copy_where_the_file_says_so(lab: Path, tool: str) -> None:
    assert records(call(lab, tool, 1, "male"))[-2:] == [("X", 500, "1"), ("X", 1500, "1/1")]


@pytest.mark.parametrize("tool", TOOLS)
def test_a_gvcf_of_chunks_covers_every_base_once(lab: Path, tool: str) -> None:
    text = gzip.decompress(call(lab, tool, 2, gvcf=True).read_bytes()).decode()
    rows = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
    covered = []
    for row in rows:
        end = next((cell[4:] for cell in row[7].split(";") if cell.startswith("END=")), row[1])
        covered += [(row[0], base) for base in range(int(row[1]), int(end) + 1)]
    assert len(covered) == len(set(covered))
    missing = {(c, b) for c, n in LENGTHS.items() for b in range(1, n + 1)} - set(covered)
    with pysam.AlignmentFile(str(lab / "a.bam")) as file:  # what has no reads, bcftools leaves out
        assert not any(file.count(contig, place - 1, place) for contig, place in missing)
    assert len(missing) < 50
    assert {row[6] for row in rows} == {"PASS"}  # blocks are not marked


def test_what_was_not_called_is_left_out_and_counted(
    lab: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    genotypes = ["0/0", "0/1", "./1", "./.", "0|0", "1", "0", "2/1"]
    head = (
        "##fileformat=VCFv4.2\n##contig=<ID=1,length=6000>\n"
        '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">\n'
        "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tlib\n"
    )
    rows = [f"1\t{at}\t.\tA\tC,G\t50\t.\t.\tGT\t{one}" for at, one in enumerate(genotypes, 1)]
    (chunk := lab / "some.vcf").write_text(head + "\n".join(rows) + "\n")
    (core := lab / "core.bed").write_text("1\t0\t6000\n")
    for expression in (None, "QUAL<20"):
        asked = Asked([chunk], [core], expression, False, lab / "some", called=True)
        run_gather(asked, datetime.now(UTC))
        with pysam.VariantFile(str(lab / "some.vcf.gz")) as calls:
            assert [one.pos for one in calls] == [2, 3, 6, 8]
        assert "4 records without an alternative allele" in capsys.readouterr().err
    told = json.loads((lab / "some.provenance.json").read_text())
    assert (told["records"], told["without_alternative_allele"]) == (4, 4)


def test_nothing_called_is_told(lab: Path, capsys: pytest.CaptureFixture[str]) -> None:
    empty = lab / "empty.vcf"
    empty.write_text(
        "##fileformat=VCFv4.2\n##contig=<ID=1,length=6000>\n"
        "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tlib\n"
    )
    core = lab / "core.bed"
    core.write_text("1\t0\t6000\n")
    run_gather(Asked([empty], [core], None, False, lab / "none"), datetime.now(UTC))
    assert "warning" in (said := capsys.readouterr().err)
    assert "no variant was called in 6,000 bases" in said
    with pytest.raises(BadData, match="bcftools filter"):
        run_gather(Asked([empty], [core], "XX<3", False, lab / "bad"), datetime.now(UTC))
    assert not (lab / "bad.vcf.gz").exists()
    with pytest.raises(InputMissing):
        run_gather(Asked([lab / "nowhere"], [core], None, False, lab / "bad"), datetime.now(UTC))
