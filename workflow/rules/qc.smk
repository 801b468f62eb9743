# The quality of every sample that has metrics or alignments: one table each, then all are judged together, by
# thresholds and against the cohort.


rule bcftools_stats:
    input:
        calls=lambda wildcards: PLAN.counted_calls(wildcards.sample),
    output:
        "results/qc/stats/{sample}.bcftools.stats",
    log:
        "logs/bcftools_stats/{sample}.log",
    benchmark:
        "logs/bcftools_stats/{sample}.benchmark.tsv"
    conda:
        "../../envs/htslib.yaml"
    envmodules:
        *config["envmodules"]["htslib"],
    resources:
        mem_mb=lambda wildcards, attempt: 1000 * attempt,
        runtime=lambda wildcards, attempt: 120 * attempt,
    params:
        whose=lambda wildcards: PLAN.samples[wildcards.sample].query_sample or "-",
    message:
        "Counting the small variants of {wildcards.sample}"
    shell:
        "log_to {log:q}; bcftools stats --apply-filters PASS,. --samples {params.whose:q}"
        " {input.calls:q} > {output:q}"


rule samtools_stats:
    input:
        unpack(lambda wildcards: PLAN.alignment_files(wildcards.sample)),
        checked=lambda wildcards: receipts_of(wildcards.sample),
    output:
        "results/qc/stats/{sample}.samtools.stats",
    log:
        "logs/samtools_stats/{sample}.log",
    benchmark:
        "logs/samtools_stats/{sample}.benchmark.tsv"
    conda:
        "../../envs/htslib.yaml"
    envmodules:
        *config["envmodules"]["htslib"],
    threads: 4
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
        # five megabytes a second; of fetched alignments the size is not known before
        runtime=lambda wildcards, input, attempt: max(240, input.size_mb // 300)
        * attempt,
    params:
        reference=lambda wildcards, input: commands.options(
            {"reference": input.get("reference")}
        ),
        alignments=lambda wildcards, input: commands.alignments_of(
            PLAN.samples[wildcards.sample], input
        ),
    message:
        "Counting the alignments of {wildcards.sample}"
    shell:
        "log_to {log:q}; plumbline reads check-header {params.alignments} {params.reference};"
        " samtools stats --threads {threads} {params.reference}"
        " {params.alignments} > {output:q}"


rule collect_qc:
    input:
        unpack(lambda wildcards: PLAN.qc_files(wildcards.sample)),
    output:
        multiext("results/qc/{sample}", ".qc.json", ".qc.tsv", ".qc.provenance.json"),
    log:
        "logs/collect_qc/{sample}.log",
    benchmark:
        "logs/collect_qc/{sample}.benchmark.tsv"
    conda:
        no_environment
    resources:
        mem_mb=lambda wildcards, attempt: 1000 * attempt,
        runtime=lambda wildcards, attempt: 15 * attempt,
    params:
        prefix=subpath(output[0], strip_suffix=".qc.json"),
        sample=lambda wildcards: commands.collect_options(
            PLAN.samples[wildcards.sample]
        ),
    message:
        "Collecting the quality metrics of {wildcards.sample}"
    shell:
        "log_to {log:q}; plumbline qc collect {params.sample} --out {params.prefix}"
        " -- {input:q}"


# One file stands for the tables of all samples: Snakemake keeps, of each output of a job, the checksum of
# each input, which of 1,000 samples judged together would be a million.
rule list_qc:
    input:
        COLLECTED or measured("qc"),
    output:
        "results/qc/tables.sha256",
    log:
        "logs/list_qc.log",
    benchmark:
        "logs/list_qc.benchmark.tsv"
    localrule: True
    conda:
        no_environment
    message:
        "Listing the quality metrics of all samples"
    shell:
        "log_to {log:q}; sha256sum -- {input:q} > {output:q}"


# `--each` writes also a page and a table for each sample.
rule judge_qc:
    input:
        tables="results/qc/tables.sha256",
        thresholds=config["qc"]["thresholds"] or [],
    output:
        SUMMARIES["qc"],
        page=report(
            "results/report/qc.verdict.html",
            caption="../report/qc.rst",
            category="Quality control",
            labels={"Content": "Verdicts and charts (HTML)"},
        ),
        table=report(
            "results/report/qc.verdict.tsv",
            caption="../report/qc_table.rst",
            category="Quality control",
            labels={"Content": "Table of all judged metrics (TSV)"},
        ),
        verdicts="results/report/qc.verdict.json",
        provenance="results/report/qc.verdict.provenance.json",
    log:
        "logs/judge_qc.log",
    benchmark:
        "logs/judge_qc.benchmark.tsv"
    conda:
        no_environment
    threads: 4
    resources:
        mem_mb=lambda wildcards, attempt: 4000 * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
    params:
        how=JUDGED_BY,
    message:
        "Judging the quality of the samples"
    shell:
        "log_to {log:q}; plumbline qc judge {params.how} --threads {threads}"
        " --each results/qc --out results/report/qc -- $(cut --characters=67- {input.tables:q})"


rule keep_qc:
    input:
        SUMMARIES["qc"],
    output:
        touch("results/qc/kept"),
    log:
        "logs/keep_qc.log",
    benchmark:
        "logs/keep_qc.benchmark.tsv"
    localrule: True
    conda:
        no_environment
    params:
        how=KEPT_BY,
    message:
        "Keeping good samples in the cohort"
    shell:
        "log_to {log:q}; plumbline qc keep {params.how} --qc results/qc -- {input:q}"


# Local, because the environment is made on first use, from the internet.
rule multiqc:
    input:
        unpack(lambda wildcards: PLAN.qc_files(wildcards.sample)),
    output:
        "results/qc/{sample}.multiqc.html",
    log:
        "logs/multiqc/{sample}.log",
    benchmark:
        "logs/multiqc/{sample}.benchmark.tsv"
    localrule: True
    conda:
        "../../envs/multiqc.yaml"
    envmodules:
        *config["envmodules"]["multiqc"],
    params:
        prefix=subpath(output[0], strip_suffix=".multiqc.html"),
        sample=lambda wildcards: commands.names_of(PLAN.samples[wildcards.sample]),
    message:
        "Making MultiQC's report of {wildcards.sample}"
    shell:
        "log_to {log:q}; plumbline qc multiqc {params.sample} --out {params.prefix}"
        " -- {input:q}"


rule all_qc:
    input:
        QUALITY or measured("qc"),
    localrule: True
