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
        conda:
            no_environment
        threads: 4
        resources:
            mem_mb=lambda wildcards, attempt: 4000 * attempt,
            runtime=lambda wildcards, attempt: 240 * attempt,
        params:
            prefix=subpath(output[0], strip_suffix=".summary.json"),
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
