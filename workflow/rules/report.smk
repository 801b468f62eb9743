# What was measured, for people: a page, a table and a figure of each kind. Page and table are items of
# the report; the figure is not, because the report cuts off the top of a picture taller than its window.
# One label each: of two items the report makes a switch of the second label, and shows nothing at all.
report: "../report/workflow.rst"


# The commands find the summaries in the folder, as `results/samples.tsv` names them: some thousand
# files do not fit into a command.
rule chart_small_variants:
    input:
        summaries=measured("small_variants"),
        callers=CALLERS_COMPARED,
    output:
        page=report(
            "results/report/small_variants.html",
            caption="../report/small_variants.rst",
            category="Small variants",
            labels={"Content": "Charts and tables (HTML)"},
        ),
        figure="results/report/small_variants.svg",
        table=report(
            "results/report/small_variants.tsv",
            caption="../report/table.rst",
            category="Small variants",
            labels={"Content": "Table of all numbers (TSV)"},
        ),
        provenance="results/report/small_variants.html.provenance.json",
    log:
        "logs/chart_small_variants.log",
    benchmark:
        "logs/chart_small_variants.benchmark.tsv"
    conda:
        no_environment
    resources:
        mem_mb=lambda wildcards, attempt: 4000 * attempt,
        runtime=lambda wildcards, attempt: 30 * attempt,
    params:
        left_out=left_out_of("small_variants"),
    message:
        "Charting small variants"
    shell:
        "log_to {log:q}; plumbline chart small-variants results"
        " --out-html {output.page} --out-svg {output.figure} --out-tsv {output.table}"


rule chart_structural_variants:
    input:
        measured("structural_variants"),
    output:
        page=report(
            "results/report/structural_variants.html",
            caption="../report/structural_variants.rst",
            category="Structural variants",
            labels={"Content": "Charts and tables (HTML)"},
        ),
        figure="results/report/structural_variants.svg",
        table=report(
            "results/report/structural_variants.tsv",
            caption="../report/table.rst",
            category="Structural variants",
            labels={"Content": "Table of all numbers (TSV)"},
        ),
        provenance="results/report/structural_variants.html.provenance.json",
    log:
        "logs/chart_structural_variants.log",
    benchmark:
        "logs/chart_structural_variants.benchmark.tsv"
    conda:
        no_environment
    resources:
        mem_mb=lambda wildcards, attempt: 4000 * attempt,
        runtime=lambda wildcards, attempt: 30 * attempt,
    params:
        left_out=left_out_of("structural_variants"),
    message:
        "Charting structural variants"
    shell:
        "log_to {log:q}; plumbline chart structural-variants results"
        " --out-html {output.page} --out-svg {output.figure} --out-tsv {output.table}"


rule chart_calibration:
    input:
        measured("calibration"),
    output:
        page=report(
            "results/report/calibration.html",
            caption="../report/calibration.rst",
            category="Calibration",
            labels={"Content": "Charts and tables (HTML)"},
        ),
        figure="results/report/calibration.svg",
        table=report(
            "results/report/calibration.tsv",
            caption="../report/table.rst",
            category="Calibration",
            labels={"Content": "Table of all numbers (TSV)"},
        ),
        pdf="results/report/calibration.pdf",
        provenance="results/report/calibration.html.provenance.json",
    log:
        "logs/chart_calibration.log",
    benchmark:
        "logs/chart_calibration.benchmark.tsv"
    conda:
        no_environment
    resources:
        mem_mb=lambda wildcards, attempt: 4000 * attempt,
        runtime=lambda wildcards, attempt: 30 * attempt,
    message:
        "Charting calibrations"
    shell:
        "log_to {log:q}; plumbline chart calibration results"
        " --out-html {output.page} --out-svg {output.figure} --out-tsv {output.table}"
        " --out-pdf {output.pdf}"
