# Shared by the files beside this one: the checked configuration, and how commands are put together.
import gc
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

# Thousands of jobs are millions of objects that all stay: looking through them for garbage would
# take a sixth of the time of a dry run.
gc.set_threshold(100_000, 50, 50)

from engines.configuration import load
from engines.configuration import commands
from engines.contract.errors import EngineError
from engines.contract.output import write_atomic

try:
    PLAN = load(config, workflow.configfiles, workflow.config_settings.config)
except EngineError as error:
    stop(error.message)

config.update(PLAN.config)

KINDS = ("small_variants", "structural_variants", "calibration")
SAMPLES = {kind: PLAN.names(kind) for kind in KINDS}
SUMMARIES = {
    kind: [f"results/{kind}/{sample}.summary.json" for sample in samples]
    for kind, samples in SAMPLES.items()
}

# Every command starts with `log_to FILE`.
LOG_TO = shlex.quote(os.path.join(workflow.basedir, "scripts", "log_to.sh"))
shell.prefix(f"set -euo pipefail; source {LOG_TO}; ")

# What every engine for small variants leaves behind.
SMALL_VARIANT_RESULTS = multiext(
    "results/small_variants/{sample}",
    ".summary.json",
    ".summary.csv",
    ".vcf.gz",
    ".vcf.gz.tbi",
    ".provenance.json",
)


wildcard_constraints:
    sample=r"[A-Za-z0-9][A-Za-z0-9._-]*",
    dataset=r"[A-Za-z0-9][A-Za-z0-9._-]*",
    build=r"[A-Za-z0-9][A-Za-z0-9._-]*",
    giab=r"HG\d+",
    kind="small_variants|structural_variants",


def no_environment(wildcards):
    """For `conda:` of the rules that run `plumbline`: it is where Snakemake is, in requirements.lock."""
    return None


def calibration_environment(wildcards):
    """For `conda:` of the calibration: the R package comes from there, the built-in engine needs none."""
    package = config["calibration"]["engine"] == "vacalibration"
    return "../../envs/vacalibration.yaml" if package else None


def files_of(kind):
    """Input function: truth, query, reference, and what else the sample has, by role."""
    return lambda wildcards: PLAN.files(wildcards.sample, kind)


def truth_of(kind):
    """For messages: whose truth the sample is compared with, and who says so."""
    return lambda wildcards: PLAN.samples[wildcards.sample].truths[kind].origin


def this_attempt(wildcards, attempt):
    """For `resources:` of commands that `plumbline attempt` runs: which attempt of the job this is."""
    return attempt


def all_attempts(wildcards):
    """Likewise: how many there are, by `--retries`."""
    return workflow.execution_settings.retries + 1


def write_plan():
    """Say what is done with each sample, and keep it beside the results."""
    if not is_planned():
        write_atomic(Path("results/samples.tsv"), PLAN.table())


def is_planned():
    """Whether the last run into this folder was of just these samples, truths and deaths."""
    plan = Path("results/samples.tsv")
    return plan.exists() and plan.read_text(encoding="utf-8") == PLAN.table()


def show_results(complete):
    """The end of a run: a short table, which names the samples without a result, and the pages."""
    # a run can be of one kind alone: nothing of the other is missing then
    asked = {
        sample
        for kind, summaries in SUMMARIES.items()
        if not complete or any(map(os.path.exists, summaries))
        for sample in SAMPLES[kind]
    }
    expect = ["--expect", ",".join(sorted(asked))] if complete and asked else []
    subprocess.run(["plumbline", "results", "results", *expect], check=False)
    for kind, summaries in SUMMARIES.items():
        there = [os.path.exists(summary) for summary in summaries]
        if not complete and any(there) and not all(there):
            chart_what_there_is(kind)
        page = f"results/report/{kind}.html"
        if any(there) and os.path.exists(page):
            print(f"Charts and tables: {os.path.abspath(page)}")


def chart_what_there_is(kind):
    """Page and table of a failed run, which name the samples without a result; no figure, no PDF.

    Nothing is left of earlier ones, so that the next run makes them anew.
    """
    target = Path("results/report", kind)
    for form in (".svg", ".pdf"):
        target.with_suffix(form).unlink(missing_ok=True)
    outputs = [f"--out-html={target}.html", f"--out-tsv={target}.tsv"]
    chart = ["plumbline", "chart", kind.replace("_", "-"), "results", *outputs]
    subprocess.run(chart, check=False)


ASKED = {argument.partition("=")[0] for argument in sys.argv}

# A report shows what lies in results/, whoever put it there.
if "--report" in ASKED:
    plan = Path("results/samples.tsv")
    pages = [
        page
        for kind in SUMMARIES
        if SUMMARIES[kind] and (page := Path(f"results/report/{kind}.html")).exists()
    ]
    if not (
        is_planned()
        and pages
        and all(page.stat().st_mtime >= plan.stat().st_mtime for page in pages)
    ):
        stop(
            "no finished run of this configuration in results/; run it first: "
            "snakemake --profile profiles/default"
        )

if (
    config["small_variants"]["engine"] != "builtin"
    and SUMMARIES["small_variants"]
    and not ASKED & {"-n", "--dry-run", "--dryrun", "--lint", "--report"}
    and not workflow.deployment_settings.deployment_method
    and not shutil.which("hap.py")
):
    stop(
        f"small_variants.engine: {config['small_variants']['engine']} needs hap.py, which is not on "
        "the PATH; add --software-deployment-method conda (or env-modules), or use engine: builtin"
    )

if (
    SUMMARIES["calibration"]
    and not PLAN.samples  # else there is more to do, and each calibration says it by itself
    and not ASKED & {"-n", "--dry-run", "--dryrun", "--lint", "--report"}
    and not workflow.deployment_settings.deployment_method
    and not shutil.which("Rscript")
):
    stop(
        "calibration needs Rscript, which is not on the PATH; install R with jsonlite "
        "(Debian: r-base-core r-cran-jsonlite), or add --software-deployment-method env-modules, "
        "or conda for engine vacalibration"
    )
