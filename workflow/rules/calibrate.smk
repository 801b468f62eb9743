# Verbal autopsies: cause-specific mortality fractions, calibrated by what is known of the mistakes of
# each algorithm. The matrices are downloaded where neither the configuration nor the engine brings them,
# so that a run gives the same whatever R packages a machine has.

BY_PACKAGE = config["calibration"]["engine"] != "builtin"


rule calibrate:
    input:
        unpack(lambda wildcards: PLAN.va_files(wildcards.dataset)),
    output:
        multiext(
            "results/calibration/{dataset}",
            ".summary.json",
            ".csv",
            ".html",
            ".pdf",
            ".provenance.json",
        ),
    log:
        "logs/calibrate/{dataset}.log",
    benchmark:
        "logs/calibrate/{dataset}.benchmark.tsv"
    conda:
        calibration_environment
    envmodules:
        *config["envmodules"]["calibration"],
    threads: 2 if config["calibration"]["sensitivity"] else 1
    resources:
        # the R package compiles its model in 2.5 GB
        mem_mb=lambda wildcards, attempt: (3000 if BY_PACKAGE else 500) * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
    params:
        prefix=subpath(output[0], strip_suffix=".summary.json"),
        # as said of the row: what is made of `input` is not compared with the last run
        row=lambda wildcards: repr(PLAN.datasets[wildcards.dataset]),
        deaths=lambda wildcards, input: commands.calibrate_options(
            PLAN.datasets[wildcards.dataset], input
        ),
        options=lambda wildcards: commands.calibration(
            config, PLAN.datasets[wildcards.dataset]
        ),
        how=lambda wildcards: PLAN.how_calibrated(wildcards.dataset),
    message:
        "Calibrating {wildcards.dataset}: {params.how}"
    shell:
        "log_to {log:q}; plumbline calibrate {params.deaths} {params.options}"
        " --threads {threads} --out {params.prefix}"
