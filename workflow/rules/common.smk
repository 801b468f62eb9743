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
from engines.configuration import programs
from engines.configuration.notes import notes
from engines.contract.errors import EngineError
from engines.contract.output import write_atomic
from engines.references.catalogue import GROUPS

try:
    PLAN = load(config, workflow.configfiles, workflow.config_settings.config)
except EngineError as error:
    stop(error.message)

config.update(PLAN.config)

KINDS = ("small_variants", "structural_variants", "calibration", "qc")
SAMPLES = {kind: PLAN.names(kind) for kind in KINDS}
SUMMARIES = {
    kind: [
        f"results/{kind}/{sample}.{'verdict' if kind == 'qc' else 'summary'}.json"
        for sample in samples
    ]
    for kind, samples in SAMPLES.items()
}
# Samples whose variants several callers called, which are put side by side.
SIDE_BY_SIDE = PLAN.side_by_side("small_variants")
CALLERS_COMPARED = [
    f"results/callers/small_variants/{sample}.callers.json" for sample in SIDE_BY_SIDE
]
PAGES = {
    kind: f"results/report/{kind}{'.verdict' if kind == 'qc' else ''}.html"
    for kind in KINDS
    if SAMPLES[kind]
}
# The figure is asked for as well: a page without one is of a failed run, and is made anew.
CHARTS = [
    file
    for kind, page in PAGES.items()
    for file in (page, *([] if kind == "qc" else [f"results/report/{kind}.svg"]))
]

# A report takes only what is there, and names the rest.
REPORTING = any(argument.partition("=")[0] == "--report" for argument in sys.argv)
config["no_result"] = []


def with_pages(kind, page):
    """Samples that have a page each; for a report only those whose page was made."""
    names = PLAN.names(kind)
    if not REPORTING or not config[kind]["report"]:
        return names
    there = [name for name in names if os.path.exists(page.format(name))]
    config["no_result"] += [f"{name} ({kind})" for name in names if name not in there]
    return there


# Tumours have a report each, and no page of all of them.
SAMPLES["annotation"] = with_pages("annotation", "results/annotation/{}.html")
TUMOURS = [f"results/annotation/{name}.summary.json" for name in SAMPLES["annotation"]]
TUMOUR_PAGES = [
    f"results/annotation/{name}.html"
    for name in SAMPLES["annotation"]
    if config["annotation"]["report"]
]
SUMMARIES["annotation"] = TUMOURS

# So have screened reads, each in a folder of its own.
SAMPLES["screen"] = with_pages("screen", "results/screen/{0}/{0}.html")
SCREENED = [f"results/screen/{name}/{name}.summary.json" for name in SAMPLES["screen"]]
SCREEN_PAGES = [
    f"results/screen/{name}/{name}.html"
    for name in SAMPLES["screen"]
    if config["screen"]["report"]
]
SUMMARIES["screen"] = SCREENED

# Quality: the tables that are judged, how, and all there is in the end.
COLLECTED = [f"results/qc/{sample}.qc.json" for sample in SAMPLES["qc"]]
JUDGED_BY = commands.judge_options(config)
KEPT_BY = commands.keep_options(config)
# Likewise: verdicts of a failed run have no provenance.
QUALITY = list(SUMMARIES["qc"])
if SAMPLES["qc"]:
    QUALITY += [PAGES["qc"], "results/report/qc.verdict.provenance.json"]
if SAMPLES["qc"] and KEPT_BY:
    QUALITY.append("results/qc/kept")
if config["qc"]["multiqc"]:
    QUALITY += [f"results/qc/{sample}.multiqc.html" for sample in SAMPLES["qc"]]

# Alignments that are made here, and calls: kept, whether or not somebody has a truth for them.
ALIGNED = [
    file
    for library in PLAN.libraries.values()
    if library.is_aligned_here
    for file in (library.alignments(config), library.index(config))
]
CALLED = [
    f"{library.calls(caller)}{end}"
    for library in PLAN.libraries.values()
    for caller in library.callers
    for end in ("", ".tbi")
]

# From reads to calls: what is made of the reads, and how good it is.
CALLING = [
    *ALIGNED,
    *CALLED,
    *(file for file in CHARTS if "_variants." in file),
    *QUALITY,
]

RESULTS = list(
    dict.fromkeys([*sum(SUMMARIES.values(), []), *CHARTS, *QUALITY, *ALIGNED, *CALLED])
)
UPLOAD = ["results/upload/upload.summary.json"] if config["upload"]["to"] else []

# What is left out is told by the report too, which sees the configuration.
config["left_out"] = PLAN.left_out()


def left_out_of(kind):
    """The same of one kind. Its page tells it, so the page is made anew when it is another."""
    return [
        line for line in config["left_out"] if line.startswith(kind.replace("_", " "))
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


def screen_environment(wildcards):
    """For `conda:` of the screen: KMA and its like; another program brings what it needs."""
    return None if config["screen"]["executable"] else "../../envs/screen.yaml"


def measured(kind):
    """For `input:` of a page: what it is about; asked for a page of nothing, the run stops."""
    lines = [
        line for line in PLAN.left_out() if line.startswith(kind.replace("_", " "))
    ]
    left_out = f"; left out: {'; '.join(lines)}" if lines else ""
    nothing = f"nothing to do: no sample has {kind.replace('_', ' ')}{left_out}"
    return SUMMARIES[kind] or (lambda wildcards: stop(nothing))


def files_of(kind):
    """Input function: truth, query, reference, and what else the sample has, by role."""
    return lambda wildcards: PLAN.files(wildcards.sample, kind)


def truth_of(kind):
    """For messages: whose truth the sample is compared with, and who says so."""
    return lambda wildcards: PLAN.samples[wildcards.sample].truths[kind].origin


def manifest_of(wildcards):
    """Input function of `plumbline fetch`: of a source, only a manifest is known before the job."""
    return PLAN.samples[wildcards.sample].manifest


def how_to_fetch(role=None):
    """For `resources:` of `plumbline fetch`: what is no reason to fetch again when it changes."""
    return lambda wildcards: commands.fetch_manner(
        config, PLAN.samples[wildcards.sample], role or wildcards.kind
    )


def after_fetch(role=None):
    """Likewise: what is done with files that go when they have been used."""
    return lambda wildcards: commands.after_fetch(
        config, PLAN.samples[wildcards.sample], role or wildcards.kind
    )


def passing(path, role):
    """For `output:` of `plumbline fetch`: removed when no job needs it any more, if that is wanted."""
    return temp(path) if commands.passes(config, role) else path


def fetched_of(sample, role):
    """For `params:` of `plumbline fetch`: what is fetched."""
    return commands.fetch_options(config, PLAN.samples[sample], role)


def this_attempt(wildcards, attempt):
    """For `resources:` of commands that `plumbline attempt` runs: which attempt of the job this is."""
    return attempt


def all_attempts(wildcards):
    """Likewise: how many there are, by `--retries`; a report has no settings of a run."""
    settings = workflow.execution_settings
    return settings.retries + 1 if settings else 1
