# Reads made from a truth, so that callers can be measured where no reads are at hand. They are kept: a run that is
# resumed aligns what is there.
from engines.configuration import simulated


rule simulate_reads:
    input:
        unpack(
            lambda wildcards: simulated.simulation_files(
                PLAN, PLAN.libraries[wildcards.sample]
            )
        ),
    output:
        *simulated.simulated_reads(config, "{sample}"),
        multiext("results/simulated/{sample}", ".simulation.json", ".provenance.json"),
    log:
        "logs/simulate_reads/{sample}.log",
    benchmark:
        "logs/simulate_reads/{sample}.benchmark.tsv"
    conda:
        no_environment
    threads: 4
    resources:
        # the copies of the longest contig and of the one after it
        mem_mb=lambda wildcards, input, attempt: attempt
        * (1000 + int(3 * input.size_mb)),
        runtime=lambda wildcards, attempt: 480 * attempt,
        # packed, a base and its quality take 0.6 bytes; packed, a genome takes 0.3 a base
        disk_mb=lambda wildcards, input: 500
        + int(2 * config["simulate"]["depth"] * input.size_mb),
    params:
        prefix=subpath(output[0], strip_suffix="_1.fastq.gz"),
        options=commands.options(config["simulate"]),
        sex=lambda wildcards: PLAN.libraries[wildcards.sample].sex,
        regions=lambda wildcards, input: commands.options(
            {role: input.get(role) for role in ("target", "haploid")}
        ),
    message:
        "Simulating reads of {wildcards.sample}"
    shell:
        "log_to {log:q}; plumbline simulate --reference {input.reference:q} --truth {input.truth:q}"
        " --sample {wildcards.sample} --sex {params.sex} {params.regions} {params.options}"
        " --threads {threads} --out {params.prefix}"
