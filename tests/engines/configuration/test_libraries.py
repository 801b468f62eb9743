"""Rows with reads of a genome: what becomes of them, and which mistakes are told before any job."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engines.configuration import Plan, programs
from engines.configuration.callers import CALLERS
from engines.configuration.libraries import Lane, Library
from engines.configuration.notes import notes
from engines.configuration.sheet import SIMULATE

Plans = Callable[..., Plan]
Lines = Callable[..., list[str]]

COLUMNS = "sample|fastq_1|fastq_2|lanes|library|alignments|callers|realign|platform"
HEAD = f"{COLUMNS}|truth_small_variants\n"
LONG = "align: {aligner: minimap2, preset: map-ont}"


@pytest.fixture(autouse=True)
def reads(folder: Path) -> Path:
    for name in ("a1.fq", "a2.fq", "b1.fq", "b2.fq", "x.bam", "x.bam.bai", "y.cram", "z z.bam"):
        (folder / name).write_text("placeholder\n")
    return folder


def row(sample: str = "x", **cells: str) -> str:
    """The sheet of one row."""
    columns = HEAD.strip().split("|")
    return HEAD + "|".join([sample, *(cells.get(column, "") for column in columns[1:])]) + "\n"


def library(plan: Plan) -> Library:
    (found,) = plan.libraries.values()
    return found


def test_lanes_have_their_files_and_names_in_order(plan: Plans) -> None:
    pair = {"fastq_1": "a1.fq, b1.fq", "fastq_2": "a2.fq,b2.fq"}
    found = library(plan(row(**pair)))
    assert found.lanes == (Lane("L1", "a1.fq", "a2.fq"), Lane("L2", "b1.fq", "b2.fq"))
    assert found.callers == ("bcftools", "freebayes"), "those of call.callers"
    assert (found.platform, found.is_long) == ("ILLUMINA", False)
    named = library(plan(row(**pair, lanes="flow1, flow_2", callers="none")))
    assert [lane.name for lane in named.lanes] == ["flow1", "flow_2"]
    assert named.callers == ()


def test_a_library_is_that_of_all_lanes_or_of_one_each(plan: Plans) -> None:
    for cell, names in (("", [None, None]), ("A", ["A", "A"]), ("A, B", ["A", "B"])):
        found = plan(row(fastq_1="a1.fq,b1.fq", library=cell))
        assert [lane.library for lane in library(found).lanes] == names
        told = [line for line in notes(found) if "across libraries" in line]
        assert bool(told) == (cell == "A, B"), "samtools does not tell them apart"
    kept = plan(row(fastq_1="a1.fq,b1.fq", library="A,B"), "align: {duplicates: keep}")
    assert not [line for line in notes(kept) if "across libraries" in line]


def test_alignments_lie_where_they_were_brought_or_are_made(plan: Plans) -> None:
    brought = plan(row(alignments="x.bam", callers="gatk"))
    assert library(brought).alignments(brought.config) == "x.bam"
    assert library(brought).index(brought.config) == "x.bam.bai"
    assert library(brought).platform is None, "its read groups are as they are"
    realigned = plan(row(alignments="y.cram", realign="yes", callers="gatk"))
    assert library(realigned).alignments(realigned.config) == "results/alignments/x.cram"
    assert library(realigned).index(realigned.config) == "results/alignments/x.cram.crai"
    made = plan(row(fastq_1="a1.fq"), "align: {format: bam}")
    assert library(made).index(made.config) == "results/alignments/x.bam.bai"


def test_the_index_may_lie_there_by_its_other_names(plan: Plans, folder: Path) -> None:
    for index in ("y.crai", "z z.bai"):
        (folder / index).write_text("placeholder\n")
        file = {"y.crai": "y.cram", "z z.bai": "z z.bam"}[index]
        found = plan(row(alignments=file, callers="bcftools"))
        assert library(found).index(found.config) == index


def test_alignments_for_their_quality_alone_are_no_library(plan: Plans) -> None:
    found = plan(row(alignments="y.cram"))
    assert not found.libraries, "they need no index then"
    assert found.samples["x"].alignments == "y.cram"


def test_what_is_only_counted_needs_an_index_for_its_depth(plan: Plans, lines: Lines) -> None:
    sheet = row(alignments="y.cram", callers="none")
    (told,) = lines(sheet)
    assert told.endswith(f"column alignments: {NO_INDEX}y.cram")
    assert not library(plan(sheet, "qc: {coverage: false}")).callers


def test_reads_are_simulated_from_the_truth_of_the_row(plan: Plans) -> None:
    sheet = row(fastq_1="simulate", truth_small_variants="truth.vcf.gz")
    found = library(plan(sheet))
    files = ("results/simulated/x_1.fastq.gz", "results/simulated/x_2.fastq.gz")
    assert found.lanes == (Lane("L1", *files),)
    assert found.truth == "truth.vcf.gz"
    long = library(
        plan(
            sheet,
            f"simulate: {{read_length: 9000}}\n{LONG}\ncall: {{callers: [deepvariant, sniffles]}}",
        )
    )
    assert long.lanes == (Lane("L1", files[0]),), "long reads have no mates"
    assert (long.is_long, long.platform) == (True, "ONT")


def test_each_caller_gives_calls_that_are_compared_with_the_truth_of_the_row(plan: Plans) -> None:
    found = plan(
        row(fastq_1="a1.fq", callers="strict, delly", truth_small_variants="truth.vcf.gz"),
        "call: {gvcf: true, settings: {strict: {caller: bcftools}}}",
    )
    assert found.names("small_variants") == ["x.strict"]
    assert found.files("x.strict", "small_variants")["query"] == "results/calls/x.strict.vcf.gz"
    assert found.samples["x.strict"].gvcf
    assert not found.samples["x.delly"].gvcf
    (line,) = found.left_out()
    assert line.startswith("structural variants of x.delly: no truth is known")


def test_hap_py_is_told_that_calls_made_here_are_a_gvcf(plan: Plans) -> None:
    from engines.configuration.commands import happy_options

    sheet = row(fastq_1="a1.fq", callers="bcftools", truth_small_variants="truth.vcf.gz")
    for gvcf in (True, False):
        found = plan(sheet, f"small_variants: {{engine: happy}}\ncall: {{gvcf: {gvcf}}}")
        files = found.files("x.bcftools", "small_variants")
        options = happy_options(found.samples["x.bcftools"], files, found.called("x.bcftools"))
        assert ("--convert-gvcf-query" in options) is gvcf


def test_what_is_called_in_a_target_is_not_compared_with_whole_structural_variants(
    plan: Plans,
) -> None:
    sheet = "sample|fastq_1|callers|target|truth_structural_variants\n"
    found = plan(sheet + "x|a1.fq|delly|truth.bed|truth.vcf.gz\n")
    assert found.names("structural_variants") == []
    assert found.left_out() == [
        "structural variants of x.delly: called in the target only, and compared are those of "
        "the whole genome"
    ]


PAIR = {"fastq_1": "a1.fq", "fastq_2": "a2.fq"}
NO_INDEX = "has no index beside it; make it with samtools index "
ROWS = {
    "files of one mate": (
        {"fastq_1": "a1.fq,b1.fq", "fastq_2": "a2.fq"},
        "column fastq_2: has 1 files, and fastq_1 has 2; a lane has one of each",
    ),
    "mates alone": (
        {"fastq_2": "a2.fq", "alignments": "x.bam"},
        "column fastq_1: is missing, and there are mates",
    ),
    "a file twice": ({"fastq_1": "a1.fq", "fastq_2": "a1.fq"}, "a1.fq is there twice"),
    "too many names": ({**PAIR, "lanes": "a,b"}, "column lanes: has 2 names, and fastq_1 has 1"),
    "three libraries of two lanes": (
        {"fastq_1": "a1.fq,b1.fq", "library": "A,B,C"},
        "column library: has 3 names, and fastq_1 has 2 files; write one for all, or one each",
    ),
    "a lane that is none": (
        {"fastq_1": "a1.fq,b1.fq", "lanes": "realigned,b"},
        "realigned stands for something else in names of files; name the lane differently",
    ),
    "another that is none": (
        {"fastq_1": "a1.fq", "lanes": "alignments"},
        "alignments stands for something else",
    ),
    "one name twice": ({"fastq_1": "a1.fq,b1.fq", "lanes": "a,a"}, "lanes: a is there twice"),
    "names of no lanes": (
        {"alignments": "x.bam", "lanes": "a"},
        "column lanes: has 1 names, and fastq_1 has 0 files",
    ),
    "reads and alignments": (
        {**PAIR, "alignments": "x.bam"},
        "column alignments: there is fastq_1 too; reads come from one of them",
    ),
    "reads that are to be aligned anew": (
        {**PAIR, "realign": "yes"},
        "column realign: is for alignments, and these are reads",
    ),
    "a caller of nothing": (
        {"callers": "bcftools", "truth_small_variants": "truth.vcf.gz"},
        "nothing to do",
    ),
    "a caller that does not exist": (
        {**PAIR, "callers": "freebays"},
        'column callers: "freebays" is not a caller; did you mean freebayes?',
    ),
    "a caller twice": ({**PAIR, "callers": "gatk, gatk"}, "column callers: gatk is there twice"),
    "no index": ({"alignments": "y.cram", "callers": "gatk"}, f"{NO_INDEX}y.cram"),
    "no index of a file with a space": (
        {"alignments": "z z.bam", "callers": "gatk"},
        f"{NO_INDEX}'z z.bam'",
    ),
    "reads of nothing": (
        {"fastq_1": "simulate"},
        "column fastq_1: reads are simulated from a truth; name one in column truth_small_variants",
    ),
    "mates of simulated reads": (
        {"fastq_1": "simulate", "fastq_2": "a2.fq", "truth_small_variants": "truth.vcf.gz"},
        "column fastq_2: mates are simulated too; leave it empty",
    ),
    "a caller for long reads": (
        {**PAIR, "callers": "sniffles"},
        "column callers: sniffles is for long reads, and these are short",
    ),
    "a platform of long reads": (
        {"fastq_1": "a1.fq", "platform": "ONT"},
        "column platform: ONT: reads are long, and the aligner is for short ones; write "
        "align.aligner: minimap2, and align.preset: map-ont, lr:hq, map-hifi or map-pb",
    ),
    "a model for reads of nobody knows what": (
        {"alignments": "x.bam", "callers": "deepvariant"},
        "column platform: is missing, and deepvariant chooses its model by it",
    ),
    "a caller for short reads of long ones": (
        {"alignments": "x.bam", "platform": "PACBIO", "callers": "strelka"},
        "column callers: strelka is for short reads, and these are long",
    ),
}


@pytest.mark.parametrize(("cells", "wrong"), ROWS.values(), ids=ROWS)
def test_mistakes_of_a_row_are_told_in_one_line(
    lines: Lines, cells: dict[str, str], wrong: str
) -> None:
    (told,) = lines(row(**cells))
    assert told.startswith("samples.tsv, row 2 (sample x)")
    assert wrong in told


@pytest.mark.parametrize("name", ["a\x1b[31m", "a\x07", "a\x7f", "a\\t"])
def test_a_library_has_a_name_that_a_terminal_only_shows(lines: Lines, name: str) -> None:
    (line,) = lines(f"sample|fastq_1|library|platform\ns|a1.fq|{name}|\n")
    assert "column library" in line and "cannot be the name of a library" in line
    assert "\x1b" not in line


def test_reads_of_two_rows_are_a_copied_line_unless_the_genome_is_another(
    lines: Lines, plan: Plans
) -> None:
    sheet = "sample|fastq_1|build|callers\na|a1.fq|GRCh38|none\nb|a1.fq|GRCh37|none\n"
    plan(sheet)
    assert lines(sheet.replace("GRCh37", "GRCh38")) == [
        "samples.tsv, row 3 (sample b), column fastq_1: a1.fq is of sample a too; reads are of one "
        "sample"
    ]


def test_alignments_of_a_source_are_not_called_yet(lines: Lines, folder: Path) -> None:
    sheet = f"sample|source|callers\nHG002|{folder}|gatk\n"
    (told,) = lines(sheet, "fetch: {roles: [alignments]}")
    what = "alignments of a source are not called yet; fetch them first, and name the file"
    assert told.endswith(f"column callers: {what}")


@pytest.mark.parametrize(
    ("cells", "wrong"),
    [
        ({**PAIR, "callers": "none"}, "column fastq_2: reads with mates are short, and align.pre"),
        (
            {"fastq_1": "a1.fq"},
            "(sample x): freebayes is for short reads, and these are long; name others in "
            "call.callers, or in column callers",
        ),
        (
            {"fastq_1": "a1.fq", "platform": "ILLUMINA", "callers": "none"},
            "column platform: ILLUMINA: reads are short, and preset map-ont is for long ones",
        ),
        (
            {"fastq_1": "simulate", "callers": "none", "truth_small_variants": "truth.vcf.gz"},
            "column fastq_1: simulate.read_length 150: reads are short, and preset map-ont",
        ),
    ],
)
def test_short_reads_do_not_go_with_a_preset_for_long_ones(
    lines: Lines, cells: dict[str, str], wrong: str
) -> None:
    (told,) = lines(row(**cells), LONG)
    assert wrong in told


def test_calls_need_a_name_that_no_row_has(lines: Lines) -> None:
    sheet = "sample|fastq_1|callers|small_variants|truth_small_variants\n"
    sheet += "x|a1.fq|gatk||\nx.gatk|||calls.vcf.gz|truth.vcf.gz\n"
    (told,) = lines(sheet)
    assert "row 3 (sample x.gatk), column sample: x.gatk is also what gatk calls of x" in told


CONFIGS = {
    "a caller that does not exist": (
        "call: {callers: [bcftool]}",
        'call.callers: "bcftool" is not a caller; did you mean bcftools?',
    ),
    "a caller's name for another": (
        "call: {settings: {gatk: {caller: bcftools}}}",
        "call.settings.gatk: gatk is a caller itself, and these are for bcftools; "
        "choose another name",
    ),
    "a model of a caller that has none": (
        "call: {settings: {a: {caller: freebayes, filter: model}}}",
        "call.settings.a.filter: freebayes has no model to filter by; write hard or none",
    ),
    "a model for all": (
        "call: {filter: model, callers: [gatk, bcftools, a], "
        "settings: {a: {caller: delly, filter: none}}}",
        "call.filter: bcftools: no model to filter by; write hard or none, or a filter in "
        "call.settings",
    ),
    "a gVCF of structural variants": (
        "call: {settings: {a: {caller: delly, gvcf: true}}}",
        "call.settings.a.gvcf: delly calls structural variants, and a gVCF has none",
    ),
    "an expression that is not used": (
        "call: {settings: {a: {caller: gatk, filter: model, expression: QUAL<1}}}",
        "call.settings.a.expression: is for filter hard, and the filter is model",
    ),
    "a least quality of a caller that has none": (
        "call: {settings: {a: {caller: delly, min_mapping_quality: 5, min_base_quality: 5}}}",
        "call.settings.a.min_base_quality: delly has no option for it; leave it empty",
    ),
    "a model for a gVCF": (
        "call: {filter: model, gvcf: true, callers: [gatk, deepvariant]}",
        "call.gvcf: gatk: the model of gatk scores no gVCF; write filter: none",
    ),
    "filters of a gVCF that has not their fields": (
        "call: {gvcf: true, callers: [gatk]}",
        "call.gvcf: gatk: GATK's hard filters need QD, FS, SOR and MQ, which GenotypeGVCFs adds "
        "and no gVCF has; write filter: none, or an expression",
    ),
    "a preset of another aligner": (
        "align: {preset: sr}",
        "align.preset: is for aligner minimap2, and the aligner is bwa-mem",
    ),
    "trimming of long reads": (
        "align: {aligner: minimap2, preset: map-hifi, trim: true}\ncall: {callers: []}",
        "align.trim: fastp is for short reads, and preset map-hifi for long",
    ),
    "fragments shorter than reads": (
        "simulate: {fragment: 100}",
        "simulate.fragment: 100 bases, and reads of 150 do not fit",
    ),
    "a BED file that is not there": (
        "genomes: {mine: {fasta: genome.fa, haploid: none.bed}}",
        'genomes.mine.haploid: no such file: "none.bed"',
    ),
}


@pytest.mark.parametrize(("config", "wrong"), CONFIGS.values(), ids=CONFIGS)
def test_mistakes_of_the_configuration_are_told_in_one_line(
    lines: Lines, config: str, wrong: str
) -> None:
    assert lines(row(fastq_1="a1.fq"), config) == [f"config.yaml: {wrong}"]


def test_programs_that_are_not_there_are_told_a_line_each(plan: Plans) -> None:
    found = plan(row(**PAIR, callers="freebayes,deepvariant"), "align: {aligner: bwa-mem2}")
    told = programs.missing(found, {"samtools", "bcftools", "fastp"}.__contains__)
    assert told == [
        "align.aligner: bwa-mem2 needs bwa-mem2, which is not on the PATH; install it, or add "
        "--software-deployment-method conda (or env-modules)",
        "caller freebayes needs freebayes, which is not on the PATH; install it, or add "
        "--software-deployment-method conda (or env-modules)",
        "caller deepvariant needs run_deepvariant, which is not on the PATH; install it, or add "
        "--software-deployment-method apptainer",
    ]
    assert set(programs.CALLERS) == set(CALLERS)


def test_callers_stand_side_by_side_where_there_is_a_truth_and_more_than_one(plan: Plans) -> None:
    truth = {"truth_small_variants": "truth.vcf.gz"}
    three = plan(row("a.b", fastq_1="a1.fq", callers="bcftools,freebayes,delly", **truth))
    assert three.samples["a.b.bcftools"].called == ("a.b", "bcftools")
    together = {"a.b": ["a.b.bcftools", "a.b.freebayes"]}
    assert three.side_by_side("small_variants") == together
    assert three.side_by_side("structural_variants") == {}
    for alone in ({"callers": "bcftools", **truth}, {"callers": "bcftools,freebayes"}):
        assert plan(row("a", fastq_1="a1.fq", **alone)).side_by_side("small_variants") == {}


names = st.sampled_from(["a1.fq", "a2.fq", "b1.fq", "b2.fq", "", "no.fq"])
cells = st.lists(names, max_size=3).map(",".join) | st.just(SIMULATE)
callers = st.lists(st.sampled_from([*CALLERS, "none", "nobody"]), max_size=3).map(",".join)


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(cells, cells, callers, st.sampled_from(["", "x.bam", "y.cram"]), st.booleans())
def test_whatever_runs_has_each_file_once_and_a_name_for_each_lane(
    plan: Plans, forward: str, reverse: str, by: str, alignments: str, realign: bool
) -> None:
    from engines.configuration import ConfigurationError

    given_cells = {"fastq_1": forward, "fastq_2": reverse, "callers": by, "alignments": alignments}
    given_cells["realign"] = "yes" if realign else ""
    try:
        found = plan(row(**given_cells, truth_small_variants="truth.vcf.gz"))
    except ConfigurationError as error:
        assert error.message.strip()
        return
    for each in found.libraries.values():
        files = [file for lane in each.lanes for file in (lane.forward, lane.reverse) if file]
        assert len(files) == len(set(files))
        assert len({lane.name for lane in each.lanes}) == len(each.lanes)
        assert {lane.reverse is None for lane in each.lanes} in ({True}, {False}, set())
        assert bool(each.lanes) != bool(each.brought), "reads come from one of them"
        assert {each.call_set(caller) for caller in each.callers} <= set(found.samples)
