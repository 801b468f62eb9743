"""What a run would do, asked of the real Snakemake: jobs, commands, and one line for a mistake."""

import os
import re
from collections import Counter

import pytest
import yaml
from workflow_folder import FILES, ROOT, jobs, write_sheet


def test_a_bad_configuration_ends_in_one_line_and_no_traceback(snakemake, folder):
    write_sheet(folder, "NA24385_a\tcalls.vcf.gz\ttruth.vcf.gz\tGRCh39\n", "\tbuild")
    ended = snakemake("-n", "--quiet", "all")
    assert ended.returncode == 1
    line = (
        'samples.tsv, row 2 (sample NA24385_a), column build: "GRCh39" is not a genome; '
        "did you mean GRCh38?"
    )
    assert (ended.stdout + ended.stderr).splitlines() == [line]
    assert not (folder / "results").exists()


def test_every_job_of_a_small_run(snakemake, folder):
    (folder / "config.yaml").write_text("samples: samples.tsv\n")
    header = "sample\tgiab\tbuild\tsmall_variants\tstructural_variants\n"
    rows = (
        "HG002_1\t\t\tcalls.vcf.gz\tcalls.sv.vcf.gz\n"
        "HG002_2\t\t\tcalls.vcf.gz\t\n"
        "run7\tNA24143\tGRCh37\tcalls.vcf.gz\t\n"
    )
    (folder / "samples.tsv").write_text(header + rows)
    ended = snakemake("-n", "--config", "small_variants={stratifications: giab}")
    assert ended.returncode == 0, ended.stderr
    assert jobs(ended.stdout + ended.stderr) == Counter(
        {
            "ensure_truth": 3,  # HG002 in two kinds, shared by two samples, and HG004 on GRCh37
            "ensure_genome": 2,
            "ensure_stratifications": 2,
            "compare_small_variants": 3,
            "compare_structural_variants": 1,
            "chart_small_variants": 1,
            "chart_structural_variants": 1,
            "all": 1,
            "total": 14,
        }
    )
    said = ended.stdout + ended.stderr
    assert "Comparing small variants of run7 with GIAB HG004 v4.2.1, as column giab says" in said
    assert "HG002_1 with GIAB HG002 v4.2.1, because its name begins with HG002" in said


def test_at_most_three_jobs_a_sample_and_no_file_is_read(snakemake, folder):
    """Every input is a pipe without a writer: whoever opens one never comes back."""
    samples = 200
    rows = []
    for number in range(samples):
        names = [f"{number}.vcf.gz", f"{number}.sv.vcf.gz"]
        for name in names:
            os.mkfifo(folder / name)
        rows.append(f"s{number}\t{names[0]}\ttruth.vcf.gz\t{names[1]}\ttruth.vcf.gz\n")
    for name in FILES:
        (folder / name).unlink()
        os.mkfifo(folder / name)
    write_sheet(folder, "".join(rows), "\tstructural_variants\ttruth_structural_variants")
    ended = snakemake("-n", "--quiet", "rules")
    assert ended.returncode == 0, ended.stderr
    found = jobs(ended.stdout + ended.stderr)
    assert found["compare_small_variants"] == found["compare_structural_variants"] == samples
    assert found["total"] <= 3 * samples


def test_another_engine(snakemake, folder):
    columns = "\tconfident_small_variants\tsex"
    write_sheet(folder, "a\tcalls.vcf.gz\ttruth.vcf.gz\ttruth.bed\tmale\n", columns)
    settings = "{engine: vcfeval, pass_only: true, happy_arguments: --no-roc}"
    ended = snakemake("-n", "-p", "--config", f"small_variants={settings}")
    said = ended.stdout + ended.stderr
    assert ended.returncode == 0, said
    assert "hap.py truth.vcf.gz calls.vcf.gz -r genome.fa -f truth.bed --gender male" in said
    assert "--pass-only" in said
    assert "--no-roc --engine vcfeval" in said
    assert "read-happy results/small_variants/a --engine vcfeval --truth truth.vcf.gz" in said


def test_names_with_blanks_and_another_configuration_beside_it(snakemake, folder):
    """Snakemake would put `--configfile` on top of config/config.yaml, which is not wanted."""
    (folder / "my calls.vcf").write_text("x")
    (folder / "my old.summary.json").write_text("x")
    write_sheet(folder, "a\tmy calls.vcf\ttruth.vcf.gz\tmy old.summary.json\n", "\tbaseline")
    (folder / "config").mkdir()
    (folder / "config/config.yaml").write_text("small_variants: {pass_only: true}\n")
    ended = snakemake("-n", "-p")
    said = ended.stdout + ended.stderr
    assert ended.returncode == 0, said
    assert "--query 'my calls.vcf' " in said
    assert "--baseline 'my old.summary.json' " in said
    assert "--pass-only" not in said
    # no list of summaries, which has no room in a command when they are thousands
    assert "plumbline chart small-variants results --out-html " in said


@pytest.mark.parametrize(
    "profile, config", [("default", "config/demo/config.yaml"), ("slurm", "config.yaml")]
)
def test_profiles_load_and_the_demo_is_planned(snakemake, folder, profile, config):
    settings = yaml.safe_load((ROOT / "profiles" / profile / "config.yaml").read_text())
    assert settings["keep-going"] is True
    assert settings["rerun-incomplete"] is True
    assert settings["logger"] == ["plumbline"]
    if profile == "default":
        (folder / "config").symlink_to(ROOT / "config")
    ended = snakemake("-n", "--workflow-profile", str(ROOT / "profiles" / profile), config=config)
    assert ended.returncode == 0, ended.stdout + ended.stderr


ENVIRONMENTS = {
    "happy": ["hap.py"],
    "vcfeval": ["hap.py", "rtg-tools"],
    "htslib": ["samtools", "bcftools"],
    "multiqc": ["multiqc"],
}


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_environments_are_pinned(name):
    """Checked for form only: making them needs conda."""
    spec = yaml.safe_load((ROOT / f"envs/{name}.yaml").read_text())
    assert set(spec) == {"channels", "dependencies"}
    assert spec["channels"] == ["conda-forge", "bioconda", "nodefaults"]
    named = {each.partition(" ")[0] for each in spec["dependencies"]}
    assert set(ENVIRONMENTS[name]) <= named
    assert name in ("happy", "vcfeval") or named == set(ENVIRONMENTS[name])
    assert all(re.fullmatch(r"[\w.-]+ =\d+(\.\d+)+", each) for each in spec["dependencies"])


def test_no_rule_has_retries():
    """On SLURM those of a rule multiply with those of the command line."""
    for file in (ROOT / "workflow").rglob("*.smk"):
        assert "retries:" not in file.read_text(), file


def test_a_report_needs_a_finished_run_of_this_configuration(snakemake, folder):
    (folder / "results/report").mkdir(parents=True)
    (folder / "results/report/small_variants.html").write_text("of another run")
    (folder / "results/samples.tsv").write_text("sample\nsomebody\n")
    write_sheet(folder, "a\tcalls.vcf.gz\ttruth.vcf.gz\n")
    ended = snakemake("--report", "report.html", "--quiet", "rules", "progress")
    assert ended.returncode == 1
    said = (ended.stdout + ended.stderr).splitlines()
    assert [line for line in said if "no finished run of this configuration" in line]
    assert not (folder / "report.html").exists()


def test_hap_py_is_missed_before_any_job(snakemake, folder):
    write_sheet(folder, "a\tcalls.vcf.gz\ttruth.vcf.gz\n")
    ended = snakemake(
        "--cores", "1", "--config", "small_variants={engine: happy}", "--quiet", "rules"
    )
    assert ended.returncode == 1
    assert "needs hap.py, which is not on the PATH" in ended.stdout + ended.stderr
    assert not (folder / "results").exists()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("build: [GRCh38\nsamples: x\n", "config/config.yaml, line 2, column 8: not YAML: "),
        (None, "config/config.yaml: no such file; "),
    ],
)
def test_a_configuration_that_cannot_be_read(snakemake, folder, text, line):
    (folder / "config").mkdir()
    if text is not None:
        (folder / "config/config.yaml").write_text(text)
    ended = snakemake("-n", "--quiet", "all", config=None)
    assert ended.returncode == 1
    (said,) = (ended.stdout + ended.stderr).splitlines()
    assert said.startswith(line)
