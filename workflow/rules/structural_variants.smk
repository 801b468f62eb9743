# Structural variants against the truth, with truvari: bench, refine, ga4gh.


rule compare_structural_variants:
    input:
        unpack(files_of("structural_variants")),
    output:
        multiext(
            "results/structural_variants/{sample}",
            ".summary.json",
            ".by_type_and_size.tsv",
            ".base.vcf.gz",
            ".base.vcf.gz.tbi",
            ".comp.vcf.gz",
            ".comp.vcf.gz.tbi",
            ".provenance.json",
        ),
    log:
        "logs/compare_structural_variants/{sample}.log",
    benchmark:
        "logs/compare_structural_variants/{sample}.benchmark.tsv"
    priority: 40
    conda:
        no_environment
    threads: 4
    resources:
        mem_mb=lambda wildcards, attempt: 16000 * attempt,
        runtime=lambda wildcards, attempt: 480 * attempt,
    params:
        prefix=subpath(output[0], strip_suffix=".summary.json"),
        # as said of the row: what is made of `input` is not compared with the last run
        row=lambda wildcards: commands.row_of(PLAN.samples[wildcards.sample]),
        sample=lambda wildcards, input: commands.compare_sv_options(
            PLAN.samples[wildcards.sample], input
        ),
        options=commands.options(config["structural_variants"]),
        truth_is=truth_of("structural_variants"),
    message:
        "Comparing structural variants of {wildcards.sample} with {params.truth_is}"
    shell:
        "log_to {log:q}; plumbline compare-sv --truth {input.truth:q} --query {input.query:q}"
        " --reference {input.reference:q} {params.sample} {params.options}"
        " --threads {threads} --out {params.prefix}"
