# Shared by the files beside this one: the checked configuration, and how commands are put together.
import gc
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from snakemake.logging import logger
from snakemake_interface_logger_plugins.common import LogEvent

# Thousands of jobs are millions of objects that all stay: looking through them for garbage would
# take a sixth of the time of a dry run.
gc.set_threshold(100_000, 50, 50)


def stop(message):
    """End before any job: the message as it stands, for people and for logger plugins."""
    logger.error(
        message, extra={"event": LogEvent.ERROR, "exception": "ConfigurationError"}
    )
    sys.exit(1)


# The other tools come from the environment that runs Snakemake, whether or not it was activated.
os.environ.update(
    PATH=os.path.dirname(sys.executable) + os.pathsep + os.getenv("PATH", "")
)

if not shutil.which("plumbline"):
    stop(
        "plumbline is not installed for this snakemake; run `make setup`, then .venv/bin/snakemake"
    )

from engines.configuration import load
from engines.configuration import commands
from engines.contract.errors import EngineError
from engines.contract.output import write_atomic

try:
    PLAN = load(config, workflow.configfiles, workflow.config_settings.config)
except EngineError as error:
    stop(error.message)

config.update(PLAN.config)

SMALL_SAMPLES = PLAN.names("small_variants")
SV_SAMPLES = PLAN.names("structural_variants")
SUMMARIES = [
    f"results/{kind}/{sample}.summary.json"
    for kind in ("small_variants", "structural_variants")
    for sample in PLAN.names(kind)
]

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
    build=r"[A-Za-z0-9][A-Za-z0-9._-]*",
    giab=r"HG\d+",
    kind="small_variants|structural_variants",


def no_environment(wildcards):
    """For `conda:` of the rules that run `plumbline`: it is where Snakemake is, in requirements.lock."""
    return None


def files_of(kind):
    """Input function: truth, query, reference, and what else the sample has, by role."""
    return lambda wildcards: PLAN.files(wildcards.sample, kind)


def truth_of(kind):
    """For messages: whose truth the sample is compared with, and who says so."""
    return lambda wildcards: PLAN.samples[wildcards.sample].truths[kind].origin


def write_plan():
    """Say what each sample is compared with, and keep it beside the results."""
    write_atomic(Path("results/samples.tsv"), PLAN.table())


def show_results(complete):
    """The short table at the end of a run; it names the samples that have no result."""
    subprocess.run(["plumbline", "results", "results"], check=False)
    if complete:
        for page in CHARTS:
            print(f"Charts and tables: {os.path.abspath(page)}")
    else:
        print(
            "Charts are made when no result is missing; what is done is kept for the next run."
        )
