"""Every mistake in a configuration or a sheet is told in one line that says where."""

import json
import os
import stat
from pathlib import Path

import pytest

from engines.configuration import ConfigurationError, load

GOOD = "sample|small_variants\nHG002|calls.vcf.gz\n"
OWN = "genomes: {mine: {fasta: genome.fa}}\nbuild: mine"
EXISTS = (
    "structural-variant truth exists for HG002 on GRCh37 (v0.6, v5.0q, Q100-V1.1, CMRG-v1.00, "
    "v0.6.2) and GRCh38 (CMRG-v1.00, v5.0q, Q100-V1.1, TR-v1.0.1) and CHM13v2.0 (v5.0q, "
    "Q100-V1.1); or give truth files of your own"
)
DATA = (
    "source, small_variants, structural_variants, metrics, alignments, va_eava, va_insilicova, "
    "va_interva, somatic, reads_1 or fastq_1"
)
NO_NAME = (
    "is no name for a sample; use up to 100 letters, digits, dots, dashes and underscores, "
    "a letter or digit first"
)


def sheet(*rows: str, columns: str = "build|small_variants") -> str:
    return "\n".join([f"sample|{columns}", *rows]) + "\n"


SHEETS = {
    "a build that does not exist": (
        sheet("HG002|GRCh38|calls.vcf.gz", "NA24385_a|GRCh39|calls.vcf.gz"),
        'row 3 (sample NA24385_a), column build: "GRCh39" is not a genome; did you mean GRCh38?',
    ),
    "a build by its other name": (
        sheet("HG002|hg19|calls.vcf.gz"),
        'row 2 (sample HG002), column build: "hg19" is not a genome; did you mean GRCh37?',
    ),
    "a build like nothing": (
        sheet("HG002|mm10|calls.vcf.gz"),
        'row 2 (sample HG002), column build: "mm10" is not a genome; '
        "there is GRCh37, GRCh38 or CHM13v2.0",
    ),
    "a missing file": (
        sheet("HG002||cals.vcf.gz"),
        'row 2 (sample HG002), column small_variants: no such file: "cals.vcf.gz"',
    ),
    "an empty file": (
        sheet("HG002||empty.vcf"),
        'row 2 (sample HG002), column small_variants: "empty.vcf" is empty',
    ),
    "a folder": (
        sheet("HG002||folder.vcf"),
        'row 2 (sample HG002), column small_variants: "folder.vcf" is a folder, not a file',
    ),
    "an address": (
        sheet("HG002||s3://bucket/calls.vcf.gz"),
        "row 2 (sample HG002), column small_variants: "
        '"s3://bucket/calls.vcf.gz" is an address, not a file; write it into column source',
    ),
    "a file of another kind": (
        sheet("HG002||calls.bam"),
        'row 2 (sample HG002), column small_variants: "calls.bam" is not the name of a VCF file '
        "(.vcf, .vcf.gz, .g.vcf.gz, .gvcf.gz)",
    ),
    "an index in place of a BED file": (
        sheet("HG002|calls.vcf.gz|truth.vcf.gz.tbi", columns="small_variants|target"),
        'row 2 (sample HG002), column target: "truth.vcf.gz.tbi" is not the name of a BED file '
        "(.bed, .bed.gz)",
    ),
    "a sample twice": (
        sheet("HG002||calls.vcf.gz", "HG003||calls.vcf.gz", "HG002||calls.vcf.gz"),
        "row 4 (sample HG002), column sample: the same sample is in row 2",
    ),
    "a name that cannot be a file name": (
        sheet("a/b||calls.vcf.gz"),
        f'row 2 (sample a/b), column sample: "a/b" {NO_NAME}',
    ),
    "no name": (sheet("||calls.vcf.gz"), "row 2, column sample: is missing"),
    "nothing to compare": (
        sheet("HG002||"),
        f"row 2 (sample HG002): nothing to do: column {DATA} has to be filled in",
    ),
    "more cells than columns": (
        sheet("HG002||calls.vcf.gz||x"),
        "row 2 (sample HG002): has 5 cells, the header 3",
    ),
    "a sex": (
        sheet("HG002|calls.vcf.gz|Male", columns="small_variants|sex"),
        'row 2 (sample HG002), column sex: "Male" is not male, female or auto; did you mean male?',
    ),
    "nobody's truth": (
        sheet("patient7||calls.vcf.gz"),
        "row 2 (sample patient7): whose truth? patient7 does not begin with one GIAB name; "
        "fill column giab (HG001 to HG007) or truth_small_variants",
    ),
    "a GIAB name inside another name": (
        sheet("my_HG002||calls.vcf.gz"),
        "row 2 (sample my_HG002): whose truth? my_HG002 does not begin with one GIAB name; "
        "fill column giab (HG001 to HG007) or truth_small_variants",
    ),
    "a GIAB sample that does not exist": (
        sheet("x|HG0002|calls.vcf.gz", columns="giab|small_variants"),
        'row 2 (sample x), column giab: "HG0002" is not a GIAB sample; did you mean HG002?',
    ),
    "no truth of this kind": (
        sheet("HG004|calls.vcf.gz", columns="structural_variants"),
        "row 2 (sample HG004): there is no structural-variant truth for HG004 on GRCh38; " + EXISTS,
    ),
    "confident regions without truth": (
        sheet("HG002|calls.vcf.gz|truth.bed", columns="small_variants|confident_small_variants"),
        "row 2 (sample HG002), column confident_small_variants: is given without "
        "truth_small_variants; to restrict a comparison with GIAB use target",
    ),
    "an unknown column": (
        "smaple|sample|small_variants\nx|HG002|calls.vcf.gz\n",
        ': unknown column "smaple"; did you mean sample?',
    ),
    "a column twice": (
        "sample|sample|small_variants\nHG002|HG002|calls.vcf.gz\n",
        ": column sample is there twice",
    ),
    "a column without a name": (
        "sample||small_variants\nHG002||calls.vcf.gz\n",
        ": column 2 has no name",
    ),
    "no column sample": ("small_variants\ncalls.vcf.gz\n", ": column sample is missing"),
    "no column with data": (
        "sample|build\nHG002|GRCh38\n",
        f": column {DATA} is missing",
    ),
    "commas": (
        "sample,small_variants\nHG002,calls.vcf.gz\n",
        ": columns are separated by tabs, not by commas",
    ),
    "a header alone": (
        "sample|small_variants\n",
        ": has no samples; write one row for each (columns: config/README.md)",
    ),
    "comments alone": ("# sample\n\n", ": has no header row"),
}


@pytest.mark.parametrize("text, line", SHEETS.values(), ids=SHEETS)
def test_a_sheet_that_cannot_be_run_is_told_in_one_line(lines, folder, text, line):
    (folder / "empty.vcf").touch()
    (folder / "folder.vcf").mkdir()
    expected = f"samples.tsv{line}" if line.startswith(":") else f"samples.tsv, {line}"
    assert lines(text) == [expected]


CONFIGS = {
    "an unknown key": (
        "small_variant: {}",
        "small_variant: unknown key; did you mean small_variants?",
    ),
    "an unknown key in a group": (
        "structural_variants: {pctsek: 0.7}",
        "structural_variants.pctsek: unknown key; did you mean pctseq?",
    ),
    "a key that is like nothing": ("zebra: 1", "zebra: unknown key"),
    "an engine": (
        "small_variants: {engine: hapy}",
        'small_variants.engine: "hapy" is not builtin, happy or vcfeval; did you mean happy?',
    ),
    "a build": ("build: GRCH83", 'build: "GRCH83" is not a genome; did you mean GRCh38?'),
    "a number for text": ("samples: 38", 'samples: "38" is not text; write it in quotes'),
    "text for a number": (
        "structural_variants: {sizemin: fifty}",
        'structural_variants.sizemin: "fifty" is not a whole number',
    ),
    "a share above 1": (
        "structural_variants: {pctseq: 70}",
        "structural_variants.pctseq: 70 must be at most 1",
    ),
    "text for yes or no": (
        "small_variants: {pass_only: sure}",
        'small_variants.pass_only: "sure" is not true or false',
    ),
    "a value for a group": (
        "structural_variants: none",
        'structural_variants: "none" is not a group of keys',
    ),
    "a mirror": (
        "references: {mirror: giab.example}",
        'references.mirror: "giab.example" is no address of a mirror '
        "(file://…, https://… or s3://…)",
    ),
    "a release": (
        "references: {versions: {small_variants: v4.2}}",
        'references.versions.small_variants: there is no "v4.2"; did you mean v4.2.1?',
    ),
    "a folder of truth": (
        "references: {truth_dir: nowhere}",
        'references.truth_dir: no such folder: "nowhere"',
    ),
    "a genome's file": (
        "genomes: {mine: {fasta: mine.fa}}",
        'genomes.mine.fasta: no such file: "mine.fa"',
    ),
    "a genome without a file": ("genomes: {mine: {}}", "genomes.mine.fasta: is missing"),
    "stratifications": (
        "small_variants: {stratifications: gaib}",
        'small_variants.stratifications: no such file: "gaib"; did you mean giab?',
    ),
    "arguments for another engine": (
        "small_variants: {happy_arguments: --no-roc}",
        "small_variants.happy_arguments: are for engine happy or vcfeval, and the engine is "
        "builtin",
    ),
    "a score that is no field": (
        "small_variants: {roc: INFO}",
        'small_variants.roc: "INFO" is no field of calls (QUAL, INFO.KEY, FORMAT.KEY, or a '
        "KEY of FORMAT alone), nor none",
    ),
    "alleles for another engine": (
        "small_variants: {somatic: true, engine: vcfeval}",
        "small_variants.somatic: is for engine builtin, not vcfeval",
    ),
    "strata of nothing": (
        "small_variants: {af_strata: '0,1'}",
        "small_variants.af_field: af_field and af_strata belong together",
    ),
    "a fraction that is no field": (
        "small_variants: {af_field: 'INFO.AF,INFO'}",
        'small_variants.af_field: "INFO.AF,INFO" is no field of calls (INFO.KEY, FORMAT.KEY, or a '
        "KEY of FORMAT alone)",
    ),
    "a word that is nearly one": (
        "small_variants: {roc: qual}",
        'small_variants.roc: "qual" is no field of calls (QUAL, INFO.KEY, FORMAT.KEY, or a '
        "KEY of FORMAT alone), nor none",
    ),
    "strata that fall": (
        "small_variants: {af_field: INFO.AF, af_strata: '1,0'}",
        "small_variants.af_strata: has to rise: 0,0.05,0.2,1",
    ),
    "a sheet that is not there": (
        "samples: sheet.tsv",
        'samples: no such file: "sheet.tsv"',
    ),
}


@pytest.mark.parametrize("config, line", CONFIGS.values(), ids=CONFIGS)
def test_a_configuration_that_cannot_be_run_is_told_in_one_line(lines, config, line):
    assert lines(GOOD, config) == [f"config.yaml: {line}"]


def test_all_problems_are_told_at_once(lines):
    text = sheet("HG002|GRCh39|calls.vcf.gz", "HG003||gone.vcf.gz")
    assert lines(text, "small_variant: {}") == [
        "config.yaml: small_variant: unknown key; did you mean small_variants?",
        'samples.tsv, row 3 (sample HG003), column small_variants: no such file: "gone.vcf.gz"',
        'samples.tsv, row 2 (sample HG002), column build: "GRCh39" is not a genome; '
        "did you mean GRCh38?",
    ]


def test_no_more_than_twenty_lines(lines):
    told = lines(sheet(*(f"HG002_{i}||gone.vcf.gz" for i in range(25))))
    assert len(told) == 21
    assert told[-1] == "and 5 more"


def test_a_key_from_the_command_line_is_named_so(lines):
    told = lines(GOOD, "build: GRCh39", typed={"build": "GRCh39"})
    assert told == ['--config: build: "GRCh39" is not a genome; did you mean GRCh38?']


def test_nested_values_from_the_command_line_are_text(plan, lines):
    """As Snakemake hands them over: --config structural_variants='{sizemin: 35, …}'."""
    given = "structural_variants: {sizemin: '35', refine: 'false', size_bins: '50', pctseq: '0.9'}"
    found = plan(GOOD, given, typed={"structural_variants": {}}).config["structural_variants"]
    assert (found["sizemin"], found["refine"], found["size_bins"]) == (35, False, "50")
    assert found["pctseq"] == 0.9
    assert lines(
        GOOD, "structural_variants: {sizemin: many}", typed={"structural_variants": {}}
    ) == ['--config: structural_variants.sizemin: "many" is not a whole number']
    assert len(lines(GOOD, given)) == 3, "in a file a number is a number"


def test_a_path_seen_from_the_sheet_is_recognised(folder, lines, plan):
    (folder / "mine").mkdir()
    (folder / "mine/a.vcf").write_text("x")
    (folder / "mine/samples.tsv").write_text("sample\tsmall_variants\nHG002\ta.vcf\n")
    with pytest.raises(ConfigurationError) as caught:
        load({"samples": "mine/samples.tsv"}, [])
    assert caught.value.message == (
        "mine/samples.tsv, row 2 (sample HG002), column small_variants: "
        'no such file: "a.vcf"; did you mean mine/a.vcf? Paths start at the working folder'
    )


def test_control_characters_stay_on_one_line(lines):
    told = lines(sheet("\x1b[31mHG002\x0b||calls.vcf.gz"))
    assert told == [
        f'samples.tsv, row 2 (sample \\x1b[31mHG002), column sample: "\\x1b[31mHG002" {NO_NAME}'
    ]


def test_hap_py_cannot_choose_a_sample(lines):
    text = "sample|small_variants|query_sample\nHG002|calls.vcf.gz|tumour\n"
    assert lines(text, "small_variants: {engine: vcfeval}") == [
        "samples.tsv, row 2 (sample HG002), column query_sample: "
        "hap.py cannot choose a sample; use engine builtin"
    ]


def test_defaults_are_filled_in_and_empty_means_default(plan):
    found = plan(GOOD, "build:\nsmall_variants:\n  engine:\nstructural_variants: {sizemin: 35}")
    assert found.config["build"] == "GRCh38"
    assert found.config["small_variants"]["engine"] == "builtin"
    assert found.config["structural_variants"]["sizemin"] == 35
    assert found.config["structural_variants"]["pick"] == "ac"
    assert found.config["references"]["versions"]["genome"] is None
    json.dumps(found.config)


def test_a_spreadsheets_line_ends_blank_lines_and_mark_are_no_mistake(folder, plan):
    text = "\ufeffsample|small_variants|sex\r\n\r\n# later\r\nHG002| calls.vcf.gz \r\n"
    found = plan(text)
    assert found.samples["HG002"].queries == {"small_variants": "calls.vcf.gz"}
    assert found.samples["HG002"].sex == "auto"


def test_a_sheet_that_is_not_text(folder):
    Path("samples.tsv").write_bytes(b"sample\tsmall_variants\nHG002\t\xff\xfe\n")
    with pytest.raises(ConfigurationError, match=r"^samples\.tsv: cannot be read as text"):
        load({"samples": "samples.tsv"}, [])


def test_no_data_file_is_opened(folder, plan):
    """A pipe that nobody writes to would hold whoever opens it for ever."""
    for name in ("calls.vcf.gz", "truth.vcf.gz", "truth.bed", "genome.fa"):
        os.unlink(name)
        os.mkfifo(name)
        assert stat.S_ISFIFO(os.stat(name).st_mode)
    found = plan(
        "sample|small_variants|truth_small_variants|confident_small_variants\n"
        "x|calls.vcf.gz|truth.vcf.gz|truth.bed\n",
        OWN,
    )
    assert list(found.samples) == ["x"]
