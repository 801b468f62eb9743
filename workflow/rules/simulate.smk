# Reads made from a truth, so that callers can be measured where no reads are at hand. They are kept: a run that is
# resumed aligns what is there.


rule simulate_reads:
    input:
        unpack(
            lambda wildcards: commands.simulation_files(
                PLAN, PLAN.libraries[wildcards.sample]
            )
        ),
    output:
        expand(
            "results/simulated/{{sample}}_{mate}.fastq.gz",
            mate=commands.simulated_mates(config),
        ),
        multiext(
            "results/simulated/{sample}", ".simulation.json", ".provenance.json"
        ),
    log:
        "logs/simulate_reads/{sample}.log",
    benchmark:
        "logs/simulate_reads/{sample}.benchmark.tsv"
    conda:
        no_environment
    threads: 4
    resources:
        # both copies of the longest contig, and of the next one; the bases twice, packed
        mem_mb=lambda wildcards, input, attempt: commands.scaled(
            input.size_mb, 3, 1000, attempt
        ),
        runtime=lambda wildcards, attempt: 480 * attempt,
        disk_mb=lambda wildcards, input, attempt: commands.scaled(
            input.size_mb, 4 * config["simulate"]["depth"], 500, attempt
        ),
    params:
        prefix=subpath(output[0], strip_suffix="_1.fastq.gz"),
        options=commands.options(config["simulate"]),
        sex=lambda wildcards: PLAN.libraries[wildcards.sample].sex,
        target=lambda wildcards, input: commands.options(
            {"target": input.get("target")}
        ),
    message:
        "Simulating reads of {wildcards.sample}"
    shell:
        "log_to {log:q}; plumbline simulate --reference {input.reference:q} --truth {input.truth:q}"
        " --sample {wildcards.sample} --sex {params.sex} {params.target} {params.options}"
        " --threads {threads} --out {params.prefix}"
