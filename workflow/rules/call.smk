# Alignments to calls: the genome, or the target, is cut into chunks; each is called by a job of its own, which is what
# a run that was killed goes on with; then they are gathered, filtered and indexed. Callers that write files, go
# through the genome in one job, or need a container, are in call_small.smk and call_structural.smk.


include: "call_files.smk"


rule split_calling:
    input:
        unpack(
            lambda wildcards: call_commands.split_files(
                PLAN, PLAN.libraries[wildcards.sample]
            )
        ),
    output:
        temp(directory(REGIONS)),
    log:
        "logs/split_calling/{sample}.{caller}.log",
    benchmark:
        "logs/split_calling/{sample}.{caller}.benchmark.tsv"
    priority: 50  # it tells of a filter or a target that cannot work
    conda:
        "../../envs/htslib.yaml"
    envmodules:
        *config["envmodules"]["htslib"],
    resources:
        mem_mb=lambda wildcards, attempt: 1000 * attempt,
        runtime=lambda wildcards, attempt: 15 * attempt,
    params:
        options=lambda wildcards: call_commands.split_options(
            PLAN.libraries[wildcards.sample],
            wildcards.caller,
            config,
            call_commands.split_files(PLAN, PLAN.libraries[wildcards.sample]),
        ),
    message:
        "Cutting the genome of {wildcards.sample} for {wildcards.caller}"
    shell:
        "log_to {log:q}; plumbline calling split --fai {input.fai:q} {params.options}"
        " --out {output:q}"


if "bcftools" in CALLERS:

    rule call_bcftools:
        input:
            unpack(called_of),
        output:
            temp(CHUNK),
        log:
            "logs/call_bcftools/{sample}.{caller}.{chunk}.log",
        benchmark:
            "logs/call_bcftools/{sample}.{caller}.{chunk}.benchmark.tsv"
        wildcard_constraints:
            caller="|".join(CALLERS["bcftools"]),
        priority: 20
        conda:
            "../../envs/htslib.yaml"
        envmodules:
            *config["envmodules"]["call"],
        resources:
            mem_mb=lambda wildcards, attempt: 1500 * attempt,
            runtime=minutes(30),
        params:
            mpileup=lambda wildcards: call_commands.mpileup_options(
                wildcards.caller, config
            ),
            call=lambda wildcards: call_commands.bcftools_call_options(
                wildcards.caller, config
            ),
        message:
            "Calling {wildcards.sample} with {wildcards.caller}, chunk {wildcards.chunk}"
        shell:
            "log_to {log:q}; chunk={input.regions}/{wildcards.chunk};"
            " {{ [[ ! -s $chunk.called.bed ]] ||"
            " bcftools mpileup --output-type u --fasta-ref {input.fasta}"
            " --regions-file $chunk.called.bed {params.mpileup} {input.alignments:q} |"
            " bcftools call --multiallelic-caller --ploidy-file {input.regions}/ploidy.tsv"
            " {params.call} |"
            " bcftools norm --no-version --fasta-ref {input.fasta} --check-ref w; }} |"
            " plumbline calling keep --core $chunk.core.bed --reference {input.fasta}"
            " --sample {wildcards.sample} --settings {wildcards.caller} --tool bcftools |"
            " bcftools view --no-version --output-type z --output {output:q}"


if "freebayes" in CALLERS:

    rule call_freebayes:
        input:
            unpack(called_of),
        output:
            temp(CHUNK),
        log:
            "logs/call_freebayes/{sample}.{caller}.{chunk}.log",
        benchmark:
            "logs/call_freebayes/{sample}.{caller}.{chunk}.benchmark.tsv"
        wildcard_constraints:
            caller="|".join(CALLERS["freebayes"]),
        priority: 20
        conda:
            "../../envs/freebayes.yaml"
        envmodules:
            *config["envmodules"]["call"],
        resources:
            mem_mb=lambda wildcards, attempt: 4000 * attempt,
            runtime=minutes(10),
        params:
            command=lambda wildcards: call_commands.freebayes_command(
                wildcards.caller,
                config,
                given_to_freebayes(wildcards),
                "$chunk.called.bed",
            ),
        message:
            "Calling {wildcards.sample} with {wildcards.caller}, chunk {wildcards.chunk}"
        shell:
            "log_to {log:q}; chunk={input.regions}/{wildcards.chunk};"
            " copies=$(plumbline calling copies --form freebayes --haploid {input.regions}/haploid.bed"
            " --alignments {input.alignments:q});"
            " {{ [[ ! -s $chunk.called.bed ]] ||"
            " {params.command} |"
            " bcftools norm --no-version --fasta-ref {input.fasta} --check-ref w; }} |"
            " plumbline calling keep --core $chunk.core.bed --reference {input.fasta}"
            " --sample {wildcards.sample} --settings {wildcards.caller} --tool freebayes |"
            " bcftools view --no-version --output-type z --output {output:q}"


include: "call_small.smk"
include: "call_structural.smk"


if CALLERS:

    rule gather_calls:
        input:
            chunks=lambda wildcards: call_commands.chunk_files(
                wildcards.sample, wildcards.caller, config
            ),
            regions=REGIONS,
        output:
            multiext(
                "results/calls/{sample}.{caller}",
                ".vcf.gz",
                ".vcf.gz.tbi",
                ".vcf.gz.md5",
                ".provenance.json",
            ),
        log:
            "logs/gather_calls/{sample}.{caller}.log",
        benchmark:
            "logs/gather_calls/{sample}.{caller}.benchmark.tsv"
        wildcard_constraints:
            caller="|".join(sum(CALLERS.values(), [])),
        priority: 30
        conda:
            "../../envs/htslib.yaml"
        envmodules:
            *config["envmodules"]["call"],
        resources:
            mem_mb=lambda wildcards, attempt: 1000 * attempt,
            runtime=lambda wildcards, input, attempt: int(max(60, input.size_mb / 60))
            * attempt,
        params:
            prefix=subpath(output[0], strip_suffix=".vcf.gz"),
            options=lambda wildcards: call_commands.gather_options(
                PLAN.libraries[wildcards.sample], wildcards.caller, config
            ),
        message:
            "Gathering the calls of {wildcards.sample} by {wildcards.caller}"
        shell:
            "log_to {log:q}; plumbline calling gather {params.options}"
            " --regions {input.regions} --out {params.prefix} -- {input.chunks}"


rule all_calls:
    input:
        CALLING
        if PLAN.libraries
        else (
            lambda wildcards: stop(
                "nothing to do: no sample has reads to align, nor callers"
            )
        ),
    localrule: True
