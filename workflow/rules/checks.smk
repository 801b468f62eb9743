# What is known before any job: a report without a run, a program that is not there, what is left out.
ASKED = {argument.partition("=")[0] for argument in sys.argv}

# A report shows what lies in results/, whoever put it there.
if "--report" in ASKED:
    plan = Path("results/samples.tsv")
    pages = [page for page in map(Path, PAGES.values()) if page.exists()]
    # Some samples have a page each: it is not made anew where others are added to the sheet.
    alone = [page for page in map(Path, TUMOUR_PAGES + SCREEN_PAGES) if page.exists()]
    if not (
        is_planned()
        and (pages or alone)
        and all(page.stat().st_mtime >= plan.stat().st_mtime for page in pages)
    ):
        without = [
            f"{kind}.report: false"
            for kind in ("annotation", "screen")
            if PLAN.names(kind) and not config[kind]["report"]
        ]
        if is_planned() and without and not (PAGES or TUMOUR_PAGES or SCREEN_PAGES):
            stop(f"{', '.join(without)}: there are no pages to make a report of")
        stop(
            "no finished run of this configuration in results/; run it first: "
            "snakemake --profile profiles/default (if that has nothing to do, remove "
            "results/report before it)"
        )

DRY_RUN = {"-n", "--dry-run", "--dryrun"}
if ASKED & DRY_RUN:
    tell_left_out()

NOTHING_RUNS = ASKED & {*DRY_RUN, "--lint", "--report"}

if (
    config["small_variants"]["engine"] != "builtin"
    and SUMMARIES["small_variants"]
    and not NOTHING_RUNS
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
    and not NOTHING_RUNS
    and not workflow.deployment_settings.deployment_method
    and not shutil.which("Rscript")
):
    stop(
        "calibration needs Rscript, which is not on the PATH; install R with jsonlite "
        "(Debian: r-base-core r-cran-jsonlite), or add --software-deployment-method env-modules, "
        "or conda for engine vacalibration"
    )

ONLY_SCREENED = SAMPLES["screen"] and not any(
    samples for kind, samples in SAMPLES.items() if kind != "screen"
)
if (
    ONLY_SCREENED  # else there is more to do, and each screen says it by itself
    and not config["screen"]["executable"]
    and not NOTHING_RUNS
    and not workflow.deployment_settings.deployment_method
    and not shutil.which("kma")
):
    stop(
        "screening of reads needs kma, which is not on the PATH; run make setup, install it "
        "(Debian: kma minimap2), or add --software-deployment-method conda (or env-modules)"
    )

if not NOTHING_RUNS and not workflow.deployment_settings.deployment_method:
    if absent := programs.missing(PLAN, shutil.which):
        stop("\n".join(absent))

ROLES_OF_QC = {role for sample in SAMPLES["qc"] for role in PLAN.qc_files(sample)}

for tool, wanted_by, without in (
    ("bcftools", "qc.bcftools_stats: true", "set it to false"),
    ("samtools", "column alignments", "leave it empty"),
    ("mosdepth", "qc.coverage: true", "set it to false"),
):
    if (
        tool in ROLES_OF_QC
        and not NOTHING_RUNS
        and not workflow.deployment_settings.deployment_method
        and not shutil.which(tool)
    ):
        stop(
            f"{wanted_by} needs {tool}, which is not on the PATH; install it, "
            f"add --software-deployment-method conda (or env-modules), or {without}"
        )

if (
    "mosdepth" in ROLES_OF_QC
    and not NOTHING_RUNS
    and not workflow.deployment_settings.deployment_method
    and subprocess.run(["mosdepth", "--version"], capture_output=True).returncode
):
    stop(
        "qc.coverage: true needs mosdepth, which does not start; Debian's needs the package libhts-dev "
        "as well (libhts.so), or set it to false"
    )
