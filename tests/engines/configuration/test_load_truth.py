"""Which truth and which other files a sample is compared with."""

import pytest

from engines.configuration import Truth
from engines.configuration.commands import compare_options, preparation

GOOD = "sample|small_variants\nHG002|calls.vcf.gz\n"
OWN = "genomes: {mine: {fasta: genome.fa}}\nbuild: mine"


def sheet(*rows: str, columns: str = "build|small_variants") -> str:
    return "\n".join([f"sample|{columns}", *rows]) + "\n"


def test_giab_truth_by_column_and_by_name(plan):
    found = plan(
        sheet(
            "NA24143_Lib3_Rep1||calls.g.vcf.gz|",
            "run7|NA12878|calls.vcf.gz|",
            "HG002||calls.vcf.gz|calls.vcf.gz",
            columns="giab|small_variants|structural_variants",
        )
    )
    origins = {name: found.samples[name].truths["small_variants"].origin for name in found.samples}
    assert origins == {
        "NA24143_Lib3_Rep1": "GIAB HG004 v4.2.1, because its name begins with NA24143",
        "run7": "GIAB HG001 v4.2.1, as column giab says",
        "HG002": "GIAB HG002 v4.2.1, because its name begins with HG002",
    }
    assert found.names("structural_variants") == ["HG002"]
    assert found.files("NA24143_Lib3_Rep1", "small_variants") == {
        "truth": "results/references/HG004.GRCh38.small_variants/truth.vcf.gz",
        "query": "calls.g.vcf.gz",
        "reference": "results/references/GRCh38.genome/genome.fa.gz",
        "confident": "results/references/HG004.GRCh38.small_variants/confident.bed",
    }
    assert "NA24143_Lib3_Rep1\tsmall_variants\tGRCh38\tcalls.g.vcf.gz\t" in found.table()


def test_the_release_that_was_asked_for(plan):
    found = plan(GOOD, "references: {versions: {small_variants: v5.0q}}")
    assert "v5.0q" in found.samples["HG002"].truths["small_variants"].origin


def test_own_files_come_before_giab(plan):
    found = plan(
        "sample|small_variants|truth_small_variants|confident_small_variants|target\n"
        "HG002|calls.vcf.gz|truth.vcf.gz|truth.bed|truth.bed\n",
        f"{OWN}\nsmall_variants: {{stratifications: strata.tsv}}",
    )
    assert found.files("HG002", "small_variants") == {
        "truth": "truth.vcf.gz",
        "query": "calls.vcf.gz",
        "reference": "genome.fa",
        "confident": "truth.bed",
        "target": "truth.bed",
        "stratification": "strata.tsv",
    }


WITH_BASELINE = "sample|small_variants|baseline\nHG002|calls.vcf.gz|old.summary.json\n"


def test_an_earlier_summary_is_the_baseline_of_small_variants(plan):
    found = plan(WITH_BASELINE.replace("\n", "|structural_variants\n", 1) + "HG004|calls.vcf.gz\n")
    files = {name: found.files(name, "small_variants") for name in ("HG002", "HG004")}
    assert files["HG002"]["baseline"] == "old.summary.json"
    assert "baseline" not in files["HG004"]
    options = compare_options(found.samples["HG002"], files["HG002"])
    assert options.endswith("--sex auto --baseline old.summary.json")


def test_a_baseline_that_cannot_be_used_is_told(lines, folder):
    where = "samples.tsv, row 2 (sample HG002), column baseline:"
    assert lines(WITH_BASELINE, "small_variants: {engine: vcfeval}") == [
        f"{where} is for engine builtin, not vcfeval; leave it empty"
    ]
    assert lines(WITH_BASELINE.replace("small_", "structural_")) == [
        f"{where} is for small variants, and this row has none; leave it empty"
    ]
    own = folder / "results/small_variants/HG002.summary.json"
    own.parent.mkdir(parents=True)
    own.write_text("{}")
    assert lines(WITH_BASELINE.replace("old.summary.json", str(own))) == [
        f"{where} is what this run itself writes; copy it elsewhere, and name the copy"
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("all truth.bed\n", "line 1: not NAME<TAB>BED: 'all truth.bed'; write a name, a tab"),
        ("all\ttruth.bed\n\nx\tnone.bed\n", "line 3: no such file: none.bed; correct the path"),
        ("all\ttruth.bed\nall\ttruth.bed\n", "line 2: the name 'all' is taken; give each row"),
        ("all\tresults\n", 'line 1: "results" is a folder, not a file'),
        ("\n", "strata.tsv: no row in it; write a row"),
    ],
)
def test_a_wrong_table_of_stratifications_is_told_before_any_job(lines, folder, text, line):
    (folder / "results").mkdir()
    (folder / "strata.tsv").write_text(text)
    told = lines(GOOD, "small_variants: {stratifications: strata.tsv}")
    assert len(told) == 1
    assert told[0].startswith("config.yaml: small_variants.stratifications: stratification ")
    assert line in told[0]


@pytest.mark.parametrize(
    ("keys", "for_compare", "for_happy"),
    [
        ("roc: GQ", "--roc GQ", "--roc GQ"),
        ("roc: FORMAT/GQ", "--roc FORMAT/GQ", "--roc GQ"),
        ("roc: FMT/GQ", "--roc FMT/GQ", "--roc GQ"),
        ("roc: INFO/VQSLOD", "--roc INFO/VQSLOD", "--roc INFO.VQSLOD"),
        ("af_field: 'INFO/AF, AD', af_strata: '0,1'", "--af-field 'INFO/AF, AD'", None),
    ],
)
def test_fields_are_written_as_for_the_command(plan, keys, for_compare, for_happy):
    for engine, words in (("builtin", for_compare), ("happy", for_happy)):
        if words:
            found = plan(GOOD, f"small_variants: {{engine: {engine}, {keys}}}")
            assert words in preparation(found.config)


def test_own_files_by_folder(plan, folder):
    own = folder / "own/patient7/stvar"
    own.mkdir(parents=True)
    (own.parent / "patient7_truth.vcf.gz").write_text("x")
    (own.parent / "patient7_confident_regions.bed").write_text("x")
    text = sheet("patient7|calls.vcf.gz", columns="small_variants")
    found = plan(text, "references: {truth_dir: own}")
    assert found.samples["patient7"].truths["small_variants"] == Truth(
        "own/patient7/patient7_truth.vcf.gz",
        "own/patient7/patient7_confident_regions.bed",
        "its own truth, found in truth_dir",
    )


def test_half_a_truth_in_the_folder_is_told(lines, folder):
    (folder / "own/patient7").mkdir(parents=True)
    (folder / "own/patient7/patient7_truth.vcf.gz").write_text("x")
    told = lines(sheet("patient7||calls.vcf.gz"), "references: {truth_dir: own}")
    assert len(told) == 1
    assert "patient7_confident_regions.bed: no such file" in told[0]


def test_a_genome_of_ones_own_has_no_giab_truth(lines):
    assert lines(GOOD, OWN) == [
        "samples.tsv, row 2 (sample HG002): there is no GIAB truth on mine, a genome of your own; "
        "name the truth in column truth_small_variants"
    ]


def test_a_genome_of_ones_own_has_no_giab_stratifications(lines):
    text = "sample|small_variants|truth_small_variants\nx|calls.vcf.gz|truth.vcf.gz\n"
    assert lines(text, f"{OWN}\nsmall_variants: {{stratifications: giab}}") == [
        "config.yaml: small_variants.stratifications: GIAB has none for mine, a genome of your "
        "own; write none, or the path of a table"
    ]


def test_an_own_genome_replaces_the_one_of_that_name(plan):
    found = plan(GOOD, "genomes: {GRCh38: {fasta: genome.fa}}")
    assert found.files("HG002", "small_variants")["reference"] == "genome.fa"
    assert found.samples["HG002"].truths["small_variants"].giab == "HG002"
