"""Every input that must not become a result: one line that says what, where and what to do."""

import gzip
import json
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from small_files import write_bed, write_fasta
from sv_files import Call, sv_text, write_svs, write_text

from engines.compare_sv import guards
from engines.compare_sv.case import Request
from engines.compare_sv.cli import compare_sv
from engines.compare_sv.comparison import compare
from engines.compare_sv.options import Options
from engines.contract.errors import BadData, BadUsage, EngineError, InputMissing
from engines.formats.fasta import Reference, open_reference

RANDOM = random.Random(20)
GENOME = {name: "".join(RANDOM.choices("ACGT", k=5000)) for name in ("chr1", "chr2")}
LENGTHS: dict[str, int | None] = {name: len(bases) for name, bases in GENOME.items()}


def insertion(contig: str, position: int, *more: object, genotype: str | None = "0/1") -> Call:
    base = GENOME["chr" + contig.removeprefix("chr")][position - 1]
    return (contig, position, base, base + "ACGT" * 20, genotype, *more)


def deletion(contig: str, position: int, size: int) -> Call:
    ref = GENOME[contig][position - 1 : position + size]
    return (contig, position, ref, ref[0], "0/1")


CALLS = [insertion("chr1", 1000), deletion("chr1", 2000, 70), deletion("chr2", 500, 90)]


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Any]:
    """Two call sets that can be compared; each test spoils one thing."""
    return {
        "truth": write_svs(tmp_path / "truth.vcf.gz", CALLS, LENGTHS),
        "query": write_svs(tmp_path / "query.vcf.gz", CALLS, LENGTHS),
        "reference": write_fasta(tmp_path / "ref.fa", GENOME),
        "confident": write_bed(tmp_path / "conf.bed", [("chr1", 0, 4000), ("chr2", 0, 4000)]),
        "out": tmp_path / "out" / "x",
    }


def failure(
    files: dict[str, Any], kind: type[EngineError] = BadData, **options: Any
) -> EngineError:
    """What is said; nothing may be left where the results would be."""
    with pytest.raises(kind) as caught:
        compare(Request(**files, options=Options(**options)))
    assert "\n" not in caught.value.message
    assert not list(files["out"].parent.glob("*")), "a failed run left something"
    return caught.value


def missing(path: Path) -> Path:
    return path.with_name("nowhere.vcf.gz")


def empty(path: Path) -> Path:
    path.write_bytes(b"")
    return path


def header_only(path: Path) -> Path:
    return write_svs(path, [], LENGTHS)


def truncated(path: Path) -> Path:
    path.write_bytes(path.read_bytes()[:-40])
    return path


def not_vcf(path: Path) -> Path:
    return write_text(path.with_suffix(""), "<html>404</html>\n")


def unsorted(path: Path) -> Path:
    return write_text(path.with_suffix(""), sv_text(CALLS[1::-1], LENGTHS))


def without_samples(path: Path) -> Path:
    lines = sv_text(CALLS, LENGTHS).splitlines()
    cut = ["\t".join(x.split("\t")[:8]) if "\t" in x else x for x in lines]
    return write_text(path.with_suffix(""), "\n".join(cut) + "\n")


def other_build(path: Path) -> Path:
    return write_svs(path, CALLS, {"chr1": 5001, "chr2": 5000})


def other_contigs(path: Path) -> Path:
    return write_svs(path, [("scaffold7", 9, "A", "A" * 80, "0/1")], {"scaffold7": 400})


def other_bases(path: Path) -> Path:
    return write_svs(path, [("chr1", p, "TTTTT", "T" * 80, "0/1") for p in (90, 900)], LENGTHS)


@pytest.mark.parametrize("side", ["truth", "query"])
@pytest.mark.parametrize(
    ("spoil", "kind", "message"),
    [
        (missing, InputMissing, "no such file"),
        (empty, BadData, "the file is empty"),
        (header_only, BadData, "zero variants compared: the file has no records"),
        (truncated, BadData, "truncated"),
        (not_vcf, BadData, "not VCF: it starts with '<html>404"),
        (unsorted, BadData, r"not sorted: line \d+: chr1:1000 stands behind chr1:2000"),
        (without_samples, BadData, "no sample column"),
        (other_build, BadData, "contig chr1 has 5,001 bases, in the reference 5,000"),
        (other_contigs, BadData, "none of its contigs .scaffold7, .* is in the reference"),
        (other_bases, BadData, "REF differs from the reference at 2 of 2 records looked at"),
    ],
)
def test_a_call_set_that_cannot_be_used(
    files: dict[str, Any],
    side: str,
    spoil: Callable[[Path], Path],
    kind: type[EngineError],
    message: str,
) -> None:
    files[side] = spoil(files[side])
    error = failure(files, kind)
    assert error.message.startswith(f"{side} {files[side]}")
    assert re.search(message, error.message)


def test_builds_are_compared_without_a_reference(files: dict[str, Any]) -> None:
    files["reference"] = None
    files["query"] = other_build(files["query"])
    error = failure(files)
    assert error.message.endswith("contig chr1 has 5,001 bases, in the truth 5,000")
    assert error.hint == "give files that were made on the same reference"


def test_the_builds_are_named(files: dict[str, Any]) -> None:
    files["reference"] = files["confident"] = None
    files["truth"] = write_svs(files["truth"], [insertion("chr1", 9)], {"chr1": 248956422})
    files["query"] = write_svs(files["query"], [insertion("1", 9)], {"1": 249250621})
    assert failure(files).hint == (
        "the file is of GRCh37, the truth of GRCh38: give the matching pair"
    )


def test_a_truth_without_lengths_needs_the_reference(files: dict[str, Any]) -> None:
    files["reference"] = None
    files["truth"] = write_svs(files["truth"], CALLS, {"chr1": None, "chr2": None})
    error = failure(files)
    assert error.message.endswith("its header does not say how long contig chr1 is")
    assert "--reference" in error.hint


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "no regions in the file"),
        ([("chr1", 7, 7)], "no regions in the file"),
        ([("chr2", 10, 90)], "no region on a contig that has records in truth"),
        ([("chr7", 10, 90)], "none of its contigs"),
        ([("chr1", 10, 5001)], "past the reference's 5,000 bases"),
    ],
)
def test_confident_regions_that_cannot_be_used(
    files: dict[str, Any], rows: list[tuple[str, int, int]], message: str
) -> None:
    files["truth"] = write_svs(files["truth"], CALLS[:2], LENGTHS)
    write_bed(files["confident"], rows)
    assert message in failure(files).message


@pytest.mark.parametrize(
    ("calls", "reason", "hint"),
    [
        ([insertion("chr1", 9, ".", "LowQual")], "1 FILTER is not PASS", "--no-passonly"),
        ([insertion("chr1", 9, genotype="./.")], "1 genotype has no alternative", "--pick single"),
        ([insertion("chr1", 9, genotype=None)], "1 without a genotype", "--no-refine"),
        ([insertion("chr1", 4500)], "1 not within one confident region", "belong together"),
        ([deletion("chr1", 9, 20)], "1 smaller than", "compare-sv --help"),
        ([("chr1", 9, "N", "<DEL>", "0/1", "SVTYPE=DEL")], "1 symbolic allele without a size", ""),
    ],
)
@pytest.mark.parametrize("side", ["truth", "query"])
def test_zero_compared_is_no_result(
    files: dict[str, Any], side: str, calls: list[Call], reason: str, hint: str
) -> None:
    files[side] = write_svs(files[side], calls, LENGTHS)
    error = failure(files)
    assert f"zero variants compared of 1 records: {reason}" in error.message
    assert hint in error.hint


def test_a_query_of_small_calls_without_a_match_is_no_result(files: dict[str, Any]) -> None:
    files["query"] = write_svs(files["query"], [deletion("chr1", 3000, 40)], LENGTHS)
    assert "smaller than --sizemin, and matched by no truth call" in failure(files).message


@pytest.mark.parametrize("side", ["truth", "query"])
def test_an_unknown_sample(files: dict[str, Any], side: str) -> None:
    files[f"{side}_sample"] = "HG002"
    error = failure(files, BadUsage)
    assert error.message == f"{side} {files[side]}: no sample 'HG002'; it has S"
    assert error.hint == f"check --{side}-sample"


@pytest.mark.parametrize("side", ["truth", "query"])
def test_one_of_several_samples_must_be_chosen(files: dict[str, Any], side: str) -> None:
    write_text(files[side], sv_text(CALLS, LENGTHS, ("A", "B")))
    error = failure(files, BadUsage)
    assert error.message == f"{side} {files[side]}: 2 samples: A, B"
    assert error.hint == f"choose one with --{side}-sample"


def with_line(change: Callable[[list[str]], list[str]]) -> str:
    """The good VCF text with its second record changed, given and taken as columns."""
    *before, second, third = sv_text(CALLS, LENGTHS).splitlines()
    return "\n".join([*before, "\t".join(change(second.split("\t"))), third]) + "\n"


@pytest.mark.parametrize("side", ["truth", "query"])
@pytest.mark.parametrize(
    "text",
    [
        with_line(lambda fields: fields[:8]),
        with_line(lambda fields: fields[:9]),
        with_line(lambda fields: []),
        with_line(lambda fields: [fields[0], "abc", *fields[2:]]),
        with_line(lambda fields: [fields[0], "-5", *fields[2:]]),
        with_line(lambda fields: [*fields[:7], "NOTE=\udce9", *fields[8:]]),
        with_line(lambda fields: [*fields[:9], "x/y"]),
        sv_text(CALLS, LENGTHS) + "\n",
    ],
    ids=[
        "8 columns",
        "9 columns",
        "blank",
        "POS abc",
        "POS -5",
        "Latin-1",
        "GT",
        "blank at the end",
    ],
)
def test_a_line_that_is_no_record(files: dict[str, Any], side: str, text: str) -> None:
    files[side] = files[side].with_suffix("")
    files[side].write_bytes(text.encode("utf-8", "surrogateescape"))
    error = failure(files)
    assert error.message.startswith(f"{side} {files[side]}: ")
    assert re.search(r"chr[12]|line \d", error.message), "it does not say where"


@pytest.mark.parametrize(
    ("dropped", "options", "message"),
    [
        ((), {"chunksize": 100}, "--chunksize 100 is smaller than --refdist 500"),
        ((), {"sizemax": 40}, "--sizemax 40 is smaller than --sizemin 50"),
        (("confident",), {"extend": 5}, "--extend needs --confident"),
        (("confident",), {"coords": "O"}, "--coords O needs --confident"),
        (("reference",), {}, "--refine needs --reference"),
    ],
)
def test_options_that_contradict_each_other(
    files: dict[str, Any], dropped: tuple[str, ...], options: dict[str, Any], message: str
) -> None:
    files |= dict.fromkeys(dropped) | {"refine": True}
    assert failure(files, BadUsage, **options).message == message


def test_a_reference_compressed_with_gzip(files: dict[str, Any], tmp_path: Path) -> None:
    files["reference"] = tmp_path / "ref.fa.gz"
    files["reference"].write_bytes(gzip.compress(b">chr1\nACGT\n"))
    assert "compressed with gzip, which cannot be indexed" in failure(files).message


def test_the_command_ends_with_one_json_line(files: dict[str, Any]) -> None:
    truncated(files["query"])
    arguments = [f"--{key}={value}" for key, value in files.items()]
    result = CliRunner().invoke(compare_sv, arguments)
    assert result.exit_code == 65
    last = json.loads(result.stderr.splitlines()[-1])
    assert (last["code"], last["error_class"]) == (65, "permanent")
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("bins", ["", "50,x", "100,50", "50,50", "-5,9"])
def test_size_bins_must_rise(files: dict[str, Any], bins: str) -> None:
    arguments = [f"--{key}={value}" for key, value in files.items()]
    result = CliRunner().invoke(compare_sv, [*arguments, "--size-bins", bins])
    assert result.exit_code == 2
    assert "is not a rising list" in result.stderr


def test_reference_bases_are_looked_at_all_over_a_long_file(files: dict[str, Any]) -> None:
    reference = _reference(files)
    bases = guards.ReferenceBases(reference)
    for number in range(50_000):
        bases.offer(["chr1", str(1 + number % 4000), ".", GENOME["chr1"][number % 4000]])
    assert len(bases._kept) <= guards.MOST_CHECKED
    assert bases.check("query q") == []
    for position in range(1, 30):  # a few wrong ones are said, many stop the run
        bases._kept[position] = ("chr1", 5, {"A": "C"}.get(GENOME["chr1"][5], "A"))
    (text,) = bases.check("query q")
    assert text.startswith("query q: REF differs from the reference at 29 of ")
    bases._kept = bases._kept[:1000]
    with pytest.raises(BadData, match="29 of 1,000"):
        bases.check("query q")


def _reference(files: dict[str, Any]) -> Reference:
    return open_reference(files["reference"], files["out"].parent)


def test_where_there_is_no_base_nothing_is_said(tmp_path: Path, files: dict[str, Any]) -> None:
    files["reference"] = write_fasta(tmp_path / "n.fa", {"chr1": "N" * 90})
    bases = guards.ReferenceBases(_reference(files))
    bases.offer(["chr1", "5", ".", "A"])
    bases.offer(["chr1", "0", ".", "A"])  # the telomere
    bases.offer(["chr1", "5", ".", "N"])
    assert bases.check("query q") == []


@pytest.mark.parametrize(
    ("matched", "agree", "warned"),
    [(100, 0.5, True), (100, 0.69, True), (100, 0.7, False), (9, 0.0, False), (0, None, False)],
)
def test_genotypes_that_rarely_agree_are_a_warning(
    matched: int, agree: float | None, warned: bool
) -> None:
    bench = {"query_tp": matched, "gt_concordance": agree, "truth_total": 5, "query_total": 5}
    assert bool(guards.doubts(bench, None)) == warned


def test_calls_lost_in_refine_are_a_warning() -> None:
    bench = {"query_tp": 1, "gt_concordance": 1.0, "truth_total": 5, "query_total": 7}
    assert guards.doubts(bench, bench) == []
    assert guards.doubts(bench, bench | {"query_total": 6}) == [
        "query: bench counts 7 calls, after refine there are 6"
    ]
