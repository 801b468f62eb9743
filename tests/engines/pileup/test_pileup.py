"""`plumbline pileup` from files to text and picture."""

import json
import random
import shutil
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import jsonschema
import pysam
import pytest
from click.testing import CliRunner, Result
from pileup_lab import Given, write_alignments
from small_files import vcf_text, write_fasta, write_vcf

from engines.pileup.cli import pileup
from engines.pileup.picture import as_svg
from engines.pileup.pileup import Request, pile_up

RANDOM = random.Random(12)
CONTIGS = {
    "chr20": "".join(RANDOM.choices("ACGT", k=2000)),
    "chr21": "".join(RANDOM.choices("ACGT", k=500)),
}
SCHEMA = Path(__file__).parents[3] / "workflow" / "schemas" / "pileup.schema.json"
SEQUENCE = CONTIGS["chr20"]
SVG = "{http://www.w3.org/2000/svg}"


def read(
    position: int, length: int = 40, *, put: dict[int, str] | None = None, **more: int
) -> Given:
    """A read as the reference but for some bases (1-based)."""
    bases = list(SEQUENCE[position - 1 : position - 1 + length])
    for at, base in (put or {}).items():
        bases[at - position] = base
    return Given(position, f"{length}M", "".join(bases), **more)  # type: ignore[arg-type]


OTHER = "ACGT"[("ACGT".index(SEQUENCE[999]) + 1) % 4]
READS = [
    read(980, put={1000: OTHER}),
    read(985, put={1000: OTHER}, flag=16, quality=11),
    read(990),
    read(975, flag=16, mapping_quality=0),
    read(1010),
    read(990, flag=1024),
    read(990, flag=256),
    Given(995, "6M2I34M", SEQUENCE[994:1000] + "CT" + SEQUENCE[1000:1034]),
    Given(960, "30M8D10M"),
    Given(970, "20M5D20M", flag=16),
    Given(996, "20S20M"),
]


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    write_fasta(tmp_path / "genome.fa", CONTIGS)
    write_alignments(tmp_path / "reads.bam", CONTIGS, READS, sums=True)
    return tmp_path


def run(lab: Path, at: str, *words: object, name: str = "reads.bam") -> Result:
    command = [lab / name, "--reference", lab / "genome.fa", "--at", at, *words]
    return CliRunner().invoke(pileup, [str(word) for word in command])


def error_of(result: Result) -> dict[str, str]:
    found: dict[str, str] = json.loads(result.stderr.splitlines()[-1])
    assert found["code"] == result.exit_code
    return found


def test_the_drawing(lab: Path) -> None:
    ref = SEQUENCE[999]
    record = ("chr20", 1000, ref, OTHER, "0/1")
    calls = write_vcf(lab / "calls.vcf.gz", [record], {"chr20": 2000})
    result = run(lab, "chr20:1000", "--flank", 8, "--calls", calls)
    assert result.exit_code == 0, result.output
    first, second = SEQUENCE[991:1000], SEQUENCE[1000:1008]
    x, y = OTHER, OTHER.lower()
    assert result.stdout.splitlines()[:14] == [
        "HG002 at chr20:1000: depth 8; 8 of 8 reads drawn",
        "",
        "                  |1,000",
        "site              v",
        f"reference {first}--{second}",
        f"calls 0/1         {x}",
        f"          ........{x}--........",
        f"          ,,,,,,,,{y}--,,,,,,,,",
        "             ......CT........",
        "          ******...--.......",
        "          ***,,,,,,--,,,,,,,,",
        "          ;;;;;;;;;--;;;;;;;;",
        "          .........--........",
        "          ~~~~.....--........",
    ]


@pytest.mark.parametrize(
    ("samples", "rows"),
    [
        (("QUERY", "TRUTH"), ["both TRUTH 1/1", "both QUERY 0/1"]),
        (("A", "B"), ["both A 0/1"]),
    ],
)
def test_whose_calls_are_drawn_of_several_samples(
    lab: Path, samples: tuple[str, ...], rows: list[str]
) -> None:
    record = ("chr20", 1000, SEQUENCE[999], OTHER, "0/1")
    text = vcf_text([record], {"chr20": 2000}, samples).replace("GT\t0/1\t0/1", "GT\t0/1\t1/1")
    calls = lab / "both.vcf.gz"
    with pysam.BGZFile(str(calls), "wb") as file:
        file.write(text.encode())
    pysam.tabix_index(str(calls), preset="vcf", force=True)
    drawn = run(lab, "chr20:1000", "--flank", 8, "--calls", calls).stdout.splitlines()
    assert [line.rpartition("  ")[0].strip() for line in drawn if line.startswith("both")] == rows


def test_counts_keep_to_the_schema(lab: Path) -> None:
    assert run(lab, "20:1000", "--out", lab / "out" / "site").exit_code == 0
    data = json.loads((lab / "out" / "site.json").read_text())
    jsonschema.validate(data, json.loads(SCHEMA.read_text()))
    counts = {a["allele"]: (a["forward"], a["reverse"], a["base_quality"]) for a in data["alleles"]}
    assert counts == {
        "reference": (3, 2, 37.0),
        f"{SEQUENCE[999]}>{OTHER}": (1, 1, 24.0),
        "ins CT": (1, 0, 37.0),
    }
    assert data["left_out"] == {"duplicate": 1, "secondary": 1}
    assert (data["reads"], data["drawn"], data["depth"]) == (9, 9, 8)
    text = (lab / "out" / "site.txt").read_text()
    assert "left out: 1 duplicate, 1 secondary" in text
    assert "\x1b" not in text


def test_some_reads_are_drawn_and_all_are_counted(lab: Path) -> None:
    deep = [
        read(960 + n % 30, flag=16 * (n % 2), put={1000: OTHER} if n % 4 == 0 and n % 30 else None)
        for n in range(300)
    ]
    write_alignments(lab / "deep.bam", CONTIGS, deep)
    result = run(lab, "chr20:990", "--most", 25, name="deep.bam")
    assert "depth 300; 25 of 300 reads drawn, the rest counted" in result.stdout
    again = run(lab, "chr20:990", "--most", 25, name="deep.bam")
    assert again.stdout == result.stdout


def test_the_picture_is_small_plain_and_always_the_same(lab: Path) -> None:
    noisy = [
        read(900 + n, 150, put={at: "ACGT"[(at * 7 + n) % 4] for at in range(900 + n, 1050 + n, 9)},
             quality=5 + n % 30, flag=16 * (n % 2))
        for n in range(90)
    ]  # fmt: skip
    path = write_alignments(lab / "noisy.bam", CONTIGS, noisy, sample="<b>&A</b>\x1b")
    drawn = pile_up(Request(path, lab / "genome.fa", "chr20:995-1005"))
    text = as_svg(drawn)
    assert len(text.encode()) < 200_000
    assert text == as_svg(pile_up(Request(path, lab / "genome.fa", "chr20:995-1005")))
    root = ET.fromstring(text)
    title, described = (root.find(f"{SVG}{name}") for name in ("title", "desc"))
    assert title is not None and described is not None
    assert title.text == "Reads of <b>&A</b>\\x1b at chr20:995-1005"
    assert (described.text or "").startswith(f"depth {drawn.counted.depth}; 60 of 90 reads drawn")
    assert not {"script", "image", "a", "foreignObject"} & {
        node.tag.removeprefix(SVG) for node in root.iter()
    }
    reads = [path for path in root.iter(f"{SVG}path") if path.find(f"{SVG}title") is not None]
    assert len(reads) == 60
    # the largest that can be asked for
    large = Request(path, lab / "genome.fa", "chr20:751-1250", 250, most=500)
    assert len(as_svg(pile_up(large)).encode()) < 200_000


@pytest.mark.parametrize(
    ("at", "words", "code", "said"),
    [
        ("chr20:1-501", [], 64, "501 bases; at most 500"),
        ("chr20:2001", [], 64, "chr20 has 2,000 bases"),
        ("chrX:5", [], 64, '"chrX" is not in the reference'),
        ("chr20:5", ["--svg", "x.png"], 64, "ends in .svg"),
        ("chr20:5", ["--calls", "none.vcf.gz"], 66, "none.vcf.gz: no such file"),
    ],
)
def test_what_cannot_be_drawn(lab: Path, at: str, words: list[str], code: int, said: str) -> None:
    found = error_of(run(lab, at, *words))
    assert found["code"] == code and said in found["message"]


def test_files_that_cannot_be_used(lab: Path) -> None:
    assert (
        "nothing.bam: no such file" in error_of(run(lab, "chr20:5", name="nothing.bam"))["message"]
    )
    write_alignments(lab / "bare.bam", CONTIGS, READS, index=False)
    bare = error_of(run(lab, "chr20:5", name="bare.bam"))
    assert (bare["code"], bare["hint"]) == (66, f"samtools index {lab / 'bare.bam'}")
    changed = {**CONTIGS, "chr20": CONTIGS["chr20"][::-1]}
    write_alignments(lab / "other.bam", changed, [Given(5, "9M")], sums=True)
    assert "chr20 is another sequence" in error_of(run(lab, "chr20:5", name="other.bam"))["message"]
    write_alignments(lab / "long.bam", {"chr20": "A" * 3000}, [Given(5, "9M")])
    found = error_of(run(lab, "chr20:5", name="long.bam"))
    assert (found["code"], "3,000 bases, in the reference 2,000" in found["message"]) == (65, True)
    write_alignments(lab / "few.bam", {"chr7": "A" * 3000}, [Given(5, "9M", contig="chr7")])
    assert (
        "chr20 is not among their contigs"
        in error_of(run(lab, "chr20:5", name="few.bam"))["message"]
    )
    whole = (lab / "reads.bam").read_bytes()
    (lab / "cut.bam").write_bytes(whole[: len(whole) // 2])
    shutil.copy(lab / "reads.bam.bai", lab / "cut.bam.bai")
    assert error_of(run(lab, "chr20:1000", name="cut.bam"))["code"] == 65


def test_cram_asks_no_server_for_its_reference(lab: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = lab / "reads.cram"
    write_alignments(path, CONTIGS, READS, reference=lab / "genome.fa")
    monkeypatch.setenv("REF_PATH", "http://127.0.0.1:9/%s")
    from_cram, from_bam = (
        run(lab, "chr20:1000", name=name) for name in ("reads.cram", "reads.bam")
    )
    assert from_cram.exit_code == 0, from_cram.output
    assert from_cram.stdout == from_bam.stdout
    write_fasta(
        lab / "genome.fa", {**CONTIGS, "chr20": SEQUENCE[:990] + "N" * 40 + SEQUENCE[1030:]}
    )
    assert error_of(run(lab, "chr20:1000", name="reads.cram"))["code"] == 65


def test_a_cram_with_other_contigs_reads_no_other_sequence(lab: Path) -> None:
    """The header names one; htslib would read it, be it on a server or of somebody else."""
    theirs = lab / "theirs.fa"
    write_fasta(theirs, {"20": SEQUENCE})
    path = lab / "alias.cram"
    write_alignments(path, {"20": SEQUENCE}, [Given(950, "90M", contig="20")], reference=theirs)
    Path(f"{theirs}.fai").unlink()
    said = error_of(run(lab, "chr20:1000", name="alias.cram"))
    assert (said["code"], "the genome has no contig 20" in said["message"]) == (65, True)
    assert not Path(f"{theirs}.fai").exists()


def test_names_of_reads_cannot_break_the_picture(lab: Path) -> None:
    write_alignments(lab / "esc.bam", CONTIGS, [Given(950, "90M", name="r\x1b[2J")])
    assert run(lab, "chr20:1000", "--svg", lab / "esc.svg", name="esc.bam").exit_code == 0
    picture = (lab / "esc.svg").read_text()
    ET.fromstring(picture)
    assert "r\\x1b[2J" in picture


def test_reads_of_another_sequence_are_suspected(lab: Path) -> None:
    strange = "".join(RANDOM.choices("ACGT", k=2000))
    reads = [Given(950 + n, "90M", strange[949 + n : 1039 + n]) for n in range(9)]
    write_alignments(lab / "strange.bam", CONTIGS, reads)
    assert (
        "were the reads aligned to another one?"
        in run(lab, "chr20:1000", name="strange.bam").stdout
    )


@pytest.mark.skipif(not (shutil.which("bwa") and shutil.which("samtools")), reason="no bwa")
def test_alignments_of_bwa(lab: Path) -> None:
    """A heterozygous deletion and a SNP 60 bases from it, at 30x: the reads carry what was put."""
    bases = SEQUENCE[:1000] + SEQUENCE[1006:]
    at = next(n for n in range(1060, 1070) if bases[n] != "T")
    carrier = bases[:at] + "T" + bases[at + 1 :]
    pairs = [(RANDOM.choice([SEQUENCE, carrier]), RANDOM.randrange(0, 1690)) for _ in range(200)]
    swap = str.maketrans("ACGT", "TGCA")
    for mate in (1, 2):
        with open(lab / f"{mate}.fq", "w") as file:
            for number, (haplotype, start) in enumerate(pairs):
                end = start if mate == 1 else start + 200
                found = haplotype[end : end + 100]
                found = found if mate == 1 else found.translate(swap)[::-1]
                file.write(f"@p{number}\n{found}\n+\n{'F' * len(found)}\n")
    command = (
        "bwa index genome.fa && bwa mem -R '@RG\\tID:L1\\tSM:HG002' genome.fa 1.fq 2.fq"
        " | samtools sort -o bwa.bam && samtools index bwa.bam"
    )
    subprocess.run(command, shell=True, cwd=lab, check=True, capture_output=True)
    deleted = pile_up(Request(lab / "bwa.bam", lab / "genome.fa", "chr20:1000")).data()
    names = [allele["allele"] for allele in deleted["alleles"] if allele["reads"] > 2]
    expected = 0
    for haplotype, start in pairs:
        for begin in (start, start + 200):
            expected += haplotype is carrier and begin < 975 and begin + 100 > 1025
    counted = sum(a["reads"] for a in deleted["alleles"] if a["allele"].startswith("del "))
    assert names[0] == "reference" and len(names) == 2
    assert counted >= expected > 3
    snp = pile_up(Request(lab / "bwa.bam", lab / "genome.fa", f"chr20:{at + 7}")).data()
    (changed,) = [a for a in snp["alleles"] if a["allele"] == f"{bases[at]}>T"]
    assert changed["mapping_quality"] == 60 and changed["reads"] > 3
    assert {a["allele"] for a in snp["alleles"]} == {"reference", f"{bases[at]}>T"}
