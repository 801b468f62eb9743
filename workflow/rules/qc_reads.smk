# The quality of reads, alignments and calls that this run makes: what is counted of them, for qc.smk to judge.


rule target_regions:
    input:
        unpack(lambda wildcards: PLAN.target_files(wildcards.sample)),
    output:
        temp("results/qc/coverage/{sample}.target.bed"),
    log:
        "logs/target_regions/{sample}.log",
    benchmark:
        "logs/target_regions/{sample}.benchmark.tsv"
    conda:
        no_environment
    resources:
        mem_mb=lambda wildcards, attempt: 1000 * attempt,
        runtime=lambda wildcards, attempt: 15 * attempt,
    message:
        "Naming the target of {wildcards.sample} as its genome does"
    shell:
        "log_to {log:q}; plumbline qc target --target {input.target:q}"
        " --reference {input.reference:q} --out {output:q}"


# mosdepth tells the depth of every region of the target, or of windows of the whole genome.
rule mosdepth:
    input:
        unpack(lambda wildcards: PLAN.depth_files(wildcards.sample)),
    output:
        multiext(
            "results/qc/coverage/{sample}",
            ".mosdepth.summary.txt",
            ".mosdepth.global.dist.txt",
            ".mosdepth.region.dist.txt",
            ".regions.bed.gz",
            ".regions.bed.gz.csi",
            ".thresholds.bed.gz",
            ".thresholds.bed.gz.csi",
        ),
    log:
        "logs/mosdepth/{sample}.log",
    benchmark:
        "logs/mosdepth/{sample}.benchmark.tsv"
    conda:
        "../../envs/mosdepth.yaml"
    envmodules:
        *config["envmodules"]["coverage"],
    threads: 4
    resources:
        # an array of the longest chromosome, and blocks of CRAM that are being read
        mem_mb=lambda wildcards, attempt: 4000 * attempt,
        # twenty megabytes a second at least
        runtime=lambda wildcards, input, attempt: (30 + input.size_mb // 1200) * attempt,
    params:
        prefix=subpath(output[0], strip_suffix=".mosdepth.summary.txt"),
        options=lambda wildcards: commands.depth_options(
            PLAN.depth_files(wildcards.sample)
        ),
    message:
        "Measuring the depth of {wildcards.sample}"
    shell:
        "log_to {log:q}; mosdepth --threads {threads} --no-per-base --thresholds 1,10,20,30"
        " {params.options} {params.prefix:q} {input.alignments:q}"


rule low_coverage:
    input:
        regions="results/qc/coverage/{sample}.regions.bed.gz",
        thresholds="results/qc/coverage/{sample}.thresholds.bed.gz",
    output:
        multiext(
            "results/qc/coverage/{sample}",
            ".coverage.json",
            ".low.tsv",
            ".coverage.provenance.json",
        ),
    log:
        "logs/low_coverage/{sample}.log",
    benchmark:
        "logs/low_coverage/{sample}.benchmark.tsv"
    conda:
        no_environment
    resources:
        mem_mb=lambda wildcards, attempt: 1000 * attempt,
        runtime=lambda wildcards, attempt: 15 * attempt,
    params:
        prefix=subpath(output[0], strip_suffix=".coverage.json"),
    message:
        "Listing the regions of {wildcards.sample} with low depth"
    shell:
        "log_to {log:q}; plumbline qc coverage --regions {input.regions:q}"
        " --thresholds {input.thresholds:q} --out {params.prefix:q}"


rule check_genotypes:
    input:
        unpack(lambda wildcards: PLAN.genotype_files(wildcards.sample)),
    output:
        multiext(
            "results/qc/genotypes/{sample}",
            ".genotypes.json",
            ".genotypes.provenance.json",
        ),
    log:
        "logs/check_genotypes/{sample}.log",
    benchmark:
        "logs/check_genotypes/{sample}.benchmark.tsv"
    conda:
        no_environment
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
        # one megabyte of compressed calls a second at least
        runtime=lambda wildcards, input, attempt: (30 + input.size_mb // 60) * attempt,
    params:
        prefix=subpath(output[0], strip_suffix=".genotypes.json"),
        options=lambda wildcards: commands.genotype_options(
            config,
            PLAN.libraries[wildcards.sample].sex,
            PLAN.genotype_files(wildcards.sample),
        ),
    message:
        "Checking sex and contamination of {wildcards.sample} by its genotypes"
    shell:
        "log_to {log:q}; plumbline qc genotypes --calls {input.calls:q} {params.options}"
        " --out {params.prefix:q}"
