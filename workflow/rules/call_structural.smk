# Structural variants: one job goes through the genome, since reads of one variant lie far apart.
if "delly" in CALLERS:

    rule call_delly:
        input:
            unpack(called_of),
        output:
            vcf=temp(CHUNK),
            scratch=temp(directory(SCRATCH)),
        log:
            "logs/call_delly/{sample}.{caller}.{chunk}.log",
        benchmark:
            "logs/call_delly/{sample}.{caller}.{chunk}.benchmark.tsv"
        wildcard_constraints:
            caller="|".join(CALLERS["delly"]),
        priority: 20
        conda:
            "../../envs/delly.yaml"
        envmodules:
            *config["envmodules"]["call"],
        resources:
            mem_mb=lambda wildcards, attempt: 8000 * attempt,
            runtime=minutes(30),
        params:
            options=lambda wildcards: call_commands.delly_options(
                wildcards.caller, config
            ),
        message:
            "Calling structural variants of {wildcards.sample} with {wildcards.caller}"
        shell:
            "log_to {log:q}; mkdir -p {output.scratch};"
            " delly call --genome {input.fasta} --outfile {output.scratch}/calls.bcf"
            " {params.options} {input.alignments:q};"
            " version=$(delly --version | sed -n 's/.*version: v//p');"
            " bcftools sort --temp-dir {output.scratch}/sort {output.scratch}/calls.bcf |"
            " plumbline calling keep --core {input.regions}/{wildcards.chunk}.core.bed"
            " --reference {input.fasta} --sample {wildcards.sample} --settings {wildcards.caller}"
            ' --tool delly --version "$version" |'
            " bcftools view --no-version --output-type z --output {output.vcf:q}"


# sniffles finds the genome of a CRAM by what its header says alone, which is true of those made here; one that was
# brought is read for it, as BAM.
if "sniffles" in CALLERS:

    rule call_sniffles:
        input:
            unpack(called_of),
        output:
            vcf=temp(CHUNK),
            scratch=temp(directory(SCRATCH)),
        log:
            "logs/call_sniffles/{sample}.{caller}.{chunk}.log",
        benchmark:
            "logs/call_sniffles/{sample}.{caller}.{chunk}.benchmark.tsv"
        wildcard_constraints:
            caller="|".join(CALLERS["sniffles"]),
        priority: 20
        conda:
            "../../envs/sniffles.yaml"
        envmodules:
            *config["envmodules"]["call"],
        threads: 4
        resources:
            mem_mb=lambda wildcards, attempt: 8000 * attempt,
            runtime=minutes(60),
        params:
            as_bam=lambda wildcards: is_brought_cram(wildcards.sample),
            options=lambda wildcards: call_commands.sniffles_options(
                wildcards.caller, config
            ),
        message:
            "Calling structural variants of {wildcards.sample} with {wildcards.caller}"
        shell:
            "log_to {log:q}; mkdir -p {output.scratch}; reads={input.alignments:q};"
            " [[ {params.as_bam} == False ]] || {{ reads={output.scratch}/reads.bam;"
            " samtools view --threads {threads} --reference {input.fasta} --bam --write-index"
            " --output $reads##idx##$reads.bai {input.alignments:q}; }};"
            ' sniffles --input "$reads" --reference {input.fasta} --threads {threads}'
            " --sample-id {wildcards.sample} {params.options} --vcf {output.scratch}/calls.vcf;"
            " bcftools sort --temp-dir {output.scratch}/sort {output.scratch}/calls.vcf |"
            " plumbline calling keep --core {input.regions}/{wildcards.chunk}.core.bed"
            " --reference {input.fasta} --sample {wildcards.sample} --settings {wildcards.caller}"
            " --tool sniffles | bcftools view --no-version --output-type z --output {output.vcf:q}"
