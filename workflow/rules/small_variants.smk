# SNPs and indels against the truth. All engines leave the same files, so that nothing that follows
# needs to know which one ran.
if config["small_variants"]["engine"] == "builtin":

    rule compare_small_variants:
        input:
            unpack(files_of("small_variants")),
        output:
            SMALL_VARIANT_RESULTS,
            multiext(
                "results/small_variants/{sample}", *commands.comparison_tables(config)
            ),
        log:
            "logs/compare_small_variants/{sample}.log",
        benchmark:
            "logs/compare_small_variants/{sample}.benchmark.tsv"
        priority: 40
        conda:
            no_environment
        threads: 4
        resources:
            mem_mb=lambda wildcards, attempt: 4000 * attempt,
            runtime=lambda wildcards, attempt: 240 * attempt,
        params:
            prefix=subpath(output[0], strip_suffix=".summary.json"),
            # as said of the row: what is made of `input` is not compared with the last run
            row=lambda wildcards: commands.row_of(PLAN.samples[wildcards.sample]),
            sample=lambda wildcards, input: commands.compare_options(
                PLAN.samples[wildcards.sample], input
            ),
            preparation=commands.preparation(config),
            mismatch=config["small_variants"]["on_sample_mismatch"],
            truth_is=truth_of("small_variants"),
        message:
            "Comparing small variants of {wildcards.sample} with {params.truth_is}"
        shell:
            "log_to {log:q}; plumbline compare --truth {input.truth:q} --query {input.query:q}"
            " --reference {input.reference:q} {params.sample} {params.preparation}"
            " --on-sample-mismatch {params.mismatch}"
            " --threads {threads} --out {params.prefix}"

else:

    rule compare_small_variants_with_happy:
        input:
            unpack(files_of("small_variants")),
        output:
            SMALL_VARIANT_RESULTS,
        log:
            "logs/compare_small_variants_with_happy/{sample}.log",
        benchmark:
            "logs/compare_small_variants_with_happy/{sample}.benchmark.tsv"
        priority: 40
        conda:
            f"../../envs/{config['small_variants']['engine']}.yaml"
        envmodules:
            *config["envmodules"][config["small_variants"]["engine"]],
        threads: 4
        resources:
            mem_mb=lambda wildcards, attempt: 20000 * attempt,
            runtime=lambda wildcards, attempt: 480 * attempt,
        params:
            prefix=subpath(output[0], strip_suffix=".summary.json"),
            # as said of the row: what is made of `input` is not compared with the last run
            row=lambda wildcards: commands.row_of(PLAN.samples[wildcards.sample]),
            sample=lambda wildcards, input: commands.happy_options(
                PLAN.samples[wildcards.sample], input, PLAN.called(wildcards.sample)
            ),
            files=lambda wildcards, input: commands.read_happy_options(
                PLAN.samples[wildcards.sample], input
            ),
            preparation=commands.preparation(config),
            mismatch=config["small_variants"]["on_sample_mismatch"],
            more=config["small_variants"]["happy_arguments"],
            engine=config["small_variants"]["engine"],
            method=commands.happy_engine(config),
            truth_is=truth_of("small_variants"),
        message:
            "Comparing small variants of {wildcards.sample} with {params.truth_is} (hap.py)"
        shell:
            "log_to {log:q}; hap.py {input.truth:q} {input.query:q} -r {input.reference:q}"
            " {params.sample} {params.preparation} {params.more} --engine {params.method}"
            " --threads {threads} -o {params.prefix};"
            " plumbline read-happy {params.prefix} --engine {params.engine} {params.files}"
            " --on-sample-mismatch {params.mismatch} --out {params.prefix}"


# Several callers of one sample: which is better, and where. All were compared with one truth, so
# their errors are pairs.
rule compare_callers:
    input:
        summaries=lambda wildcards: [
            f"results/small_variants/{name}.summary.json"
            for name in SIDE_BY_SIDE[wildcards.sample]
        ],
        calls=lambda wildcards: [
            f"results/small_variants/{name}.vcf.gz"
            for name in SIDE_BY_SIDE[wildcards.sample]
        ],
    output:
        multiext(
            "results/callers/small_variants/{sample}",
            ".callers.json",
            ".callers.tsv.gz",
            ".provenance.json",
        ),
    log:
        "logs/compare_callers/{sample}.log",
    benchmark:
        "logs/compare_callers/{sample}.benchmark.tsv"
    conda:
        no_environment
    resources:
        mem_mb=lambda wildcards, attempt: 1000 * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
    params:
        prefix=subpath(output[0], strip_suffix=".callers.json"),
    message:
        "Putting the callers of {wildcards.sample} side by side"
    shell:
        "log_to {log:q}; plumbline compare callers {input.summaries:q} --out {params.prefix}"
