# Small variants by callers that write files, or come in a container, where there is no `plumbline`: what they call is
# kept by a rule of its own (keep_calls). Only what is asked for is there.
if "gatk" in CALLERS:

    rule call_gatk:
        input:
            unpack(called_of),
            dictionary=dictionary_of,
        output:
            vcf=temp(RAW),
            index=temp(f"{RAW}.tbi"),
        log:
            "logs/call_gatk/{sample}.{caller}.{chunk}.log",
        benchmark:
            "logs/call_gatk/{sample}.{caller}.{chunk}.benchmark.tsv"
        wildcard_constraints:
            caller="|".join(CALLERS["gatk"]),
        priority: 20
        conda:
            "../../envs/gatk.yaml"
        envmodules:
            *config["envmodules"]["call"],
        threads: 2
        resources:
            mem_mb=lambda wildcards, attempt: 6000 * attempt,
            runtime=minutes(5),
        params:
            options=lambda wildcards: call_commands.haplotype_caller_options(
                wildcards.caller, config
            ),
            java=lambda wildcards, resources: f"-Xmx{resources.mem_mb * 3 // 4}m",
        message:
            "Calling {wildcards.sample} with {wildcards.caller}, chunk {wildcards.chunk}"
        shell:
            "log_to {log:q}; chunk={input.regions}/{wildcards.chunk};"
            " ploidy=(); [[ ! -s {input.regions}/ploidy.bed ]] ||"
            " ploidy=(--ploidy-regions {input.regions}/ploidy.bed);"
            " if [[ ! -s $chunk.called.bed ]]; then : > {output.vcf:q}; : > {output.index:q}; else"
            " gatk --java-options {params.java} HaplotypeCaller --reference {input.fasta}"
            " --input {input.alignments:q} --intervals $chunk.called.bed"
            " --native-pair-hmm-threads {threads} --tmp-dir {resources.tmpdir}"
            ' "${{ploidy[@]}}" {params.options} --output {output.vcf:q}; fi'

    rule score_gatk:
        input:
            vcf=RAW,
            index=f"{RAW}.tbi",
            fasta=lambda wildcards: PLAN.sequence(
                PLAN.libraries[wildcards.sample].build
            ),
            dictionary=dictionary_of,
        output:
            vcf=temp(SCORED),
            index=temp(f"{SCORED}.tbi"),
        log:
            "logs/score_gatk/{sample}.{caller}.{chunk}.log",
        benchmark:
            "logs/score_gatk/{sample}.{caller}.{chunk}.benchmark.tsv"
        wildcard_constraints:
            caller="|".join(CALLERS["gatk"]),
        priority: 20
        container:
            "docker://broadinstitute/gatk:4.6.1.0"
        envmodules:
            *config["envmodules"]["call"],
        threads: 2
        resources:
            mem_mb=lambda wildcards, attempt: 8000 * attempt,
            runtime=lambda wildcards, attempt: 240 * attempt,
        message:
            "Scoring the calls of {wildcards.sample} by {wildcards.caller}, chunk {wildcards.chunk}"
        shell:
            "log_to {log:q};"
            " if [[ ! -s {input.vcf:q} ]]; then : > {output.vcf:q}; : > {output.index:q}; else"
            " gatk NVScoreVariants --reference {input.fasta} --variant {input.vcf:q}"
            " --tensor-type reference --tmp-dir {resources.tmpdir} --output {output.vcf:q}; fi"


if "deepvariant" in CALLERS:

    rule call_deepvariant:
        input:
            unpack(called_of),
        output:
            vcf=temp(RAW),
            scratch=temp(directory(SCRATCH)),
        log:
            "logs/call_deepvariant/{sample}.{caller}.{chunk}.log",
        benchmark:
            "logs/call_deepvariant/{sample}.{caller}.{chunk}.benchmark.tsv"
        wildcard_constraints:
            caller="|".join(CALLERS["deepvariant"]),
        priority: 20
        container:
            "docker://google/deepvariant:1.6.1"
        envmodules:
            *config["envmodules"]["call"],
        threads: 4
        resources:
            mem_mb=lambda wildcards, attempt: 16000 * attempt,
            runtime=minutes(5),
        params:
            options=lambda wildcards: call_commands.deepvariant_options(
                PLAN.libraries[wildcards.sample], wildcards.caller, config
            ),
            output=lambda wildcards: call_commands.deepvariant_output(
                wildcards.caller, config, SCRATCH.format(**wildcards)
            ),
        message:
            "Calling {wildcards.sample} with {wildcards.caller}, chunk {wildcards.chunk}"
        shell:
            "log_to {log:q}; mkdir -p {output.scratch}; chunk={input.regions}/{wildcards.chunk};"
            " haploid=(); [[ ! -s {input.regions}/haploid.bed ]] ||"
            " haploid=(--par_regions_bed {input.regions}/shared.bed"
            " --haploid_contigs $(cut -f 1 {input.regions}/haploid.bed | sort -u | paste -sd ,));"
            " if [[ ! -s $chunk.called.bed ]]; then : > {output.vcf:q}; else"
            " PATH=$PATH:/opt/deepvariant/bin run_deepvariant --ref {input.fasta} --reads {input.alignments:q}"
            " --regions $chunk.called.bed --sample_name {wildcards.sample} --num_shards {threads}"
            ' "${{haploid[@]}}" {params.options} --vcf_stats_report=false'
            " --intermediate_results_dir {output.scratch}/made {params.output};"
            " mv {output.scratch}/kept.vcf.gz {output.vcf:q}; fi"


if "strelka" in CALLERS:

    rule call_strelka:
        input:
            unpack(called_of),
        output:
            vcf=temp(RAW),
            scratch=temp(directory(SCRATCH)),
        log:
            "logs/call_strelka/{sample}.{caller}.{chunk}.log",
        benchmark:
            "logs/call_strelka/{sample}.{caller}.{chunk}.benchmark.tsv"
        wildcard_constraints:
            caller="|".join(CALLERS["strelka"]),
        priority: 20
        conda:
            "../../envs/strelka.yaml"
        envmodules:
            *config["envmodules"]["call"],
        threads: 8
        resources:
            mem_mb=lambda wildcards, attempt: 16000 * attempt,
            runtime=minutes(30),
        params:
            options=lambda wildcards: call_commands.strelka_options(
                PLAN.libraries[wildcards.sample], wildcards.caller, config
            ),
            result=lambda wildcards: call_commands.strelka_result(
                wildcards.caller, config
            ),
        message:
            "Calling {wildcards.sample} with {wildcards.caller}"
        shell:
            "log_to {log:q}; mkdir -p {output.scratch};"
            " bgzip --stdout {input.regions}/{wildcards.chunk}.called.bed"
            " > {output.scratch}/regions.bed.gz; tabix --preset bed {output.scratch}/regions.bed.gz;"
            " ploidy=(); if [[ -s {input.regions}/haploid.bed ]]; then"
            " plumbline calling copies --form strelka --haploid {input.regions}/haploid.bed"
            " --alignments {input.alignments:q} | bgzip --stdout > {output.scratch}/ploidy.vcf.gz;"
            " tabix --preset vcf {output.scratch}/ploidy.vcf.gz;"
            " ploidy=(--ploidy {output.scratch}/ploidy.vcf.gz); fi;"
            " configureStrelkaGermlineWorkflow.py --bam {input.alignments:q}"
            " --referenceFasta {input.fasta} --callRegions {output.scratch}/regions.bed.gz"
            ' "${{ploidy[@]}}" {params.options} --runDir {output.scratch}/run;'
            " {output.scratch}/run/runWorkflow.py -m local -j {threads}"
            " -g $(( {resources.mem_mb} / 1000 ));"
            " mv {output.scratch}/run/results/variants/{params.result} {output.vcf:q}"


if "parabricks" in CALLERS:

    rule call_parabricks:
        input:
            unpack(called_of),
        output:
            vcf=temp(RAW),
            scratch=temp(directory(SCRATCH)),
        log:
            "logs/call_parabricks/{sample}.{caller}.{chunk}.log",
        benchmark:
            "logs/call_parabricks/{sample}.{caller}.{chunk}.benchmark.tsv"
        wildcard_constraints:
            caller="|".join(CALLERS["parabricks"]),
        priority: 20
        container:
            "docker://nvcr.io/nvidia/clara/clara-parabricks:4.3.1-1"
        envmodules:
            *config["envmodules"]["call"],
        threads: 16
        resources:
            gpu=config["call"]["gpus"],
            mem_mb=lambda wildcards, attempt: 64000 * attempt,
            runtime=minutes(200),
        params:
            command=lambda wildcards: call_commands.parabricks_command(
                PLAN.libraries[wildcards.sample], wildcards.caller, config
            ),
            result=lambda wildcards: call_commands.parabricks_result(
                wildcards.caller, config, SCRATCH.format(**wildcards)
            ),
        message:
            "Calling {wildcards.sample} with {wildcards.caller} (GPU)"
        shell:
            "log_to {log:q}; mkdir -p {output.scratch};"
            " pbrun {params.command} --ref {input.fasta} --in-bam {input.alignments:q}"
            " --interval-file {input.regions}/{wildcards.chunk}.called.bed --num-gpus {resources.gpu}"
            " --tmp-dir {output.scratch} --out-variants {params.result};"
            " gzip -c {params.result} > {output.vcf:q}"


WRITE_FILES = [
    name
    for tool in ("gatk", "deepvariant", "strelka", "parabricks")
    for name in CALLERS.get(tool, [])
]

if WRITE_FILES:

    rule keep_calls:
        input:
            vcf=kept_from,
            fasta=lambda wildcards: PLAN.sequence(
                PLAN.libraries[wildcards.sample].build
            ),
            regions=REGIONS,
        output:
            temp(CHUNK),
        log:
            "logs/keep_calls/{sample}.{caller}.{chunk}.log",
        benchmark:
            "logs/keep_calls/{sample}.{caller}.{chunk}.benchmark.tsv"
        wildcard_constraints:
            caller="|".join(WRITE_FILES),
        priority: 20
        conda:
            "../../envs/htslib.yaml"
        envmodules:
            *config["envmodules"]["htslib"],
        resources:
            mem_mb=lambda wildcards, attempt: 1000 * attempt,
            runtime=lambda wildcards, input, attempt: int(max(30, input.size_mb / 60))
            * attempt,
        params:
            tool=lambda wildcards: call_commands.tool_of(wildcards.caller, config),
        message:
            "Keeping the calls of {wildcards.sample} by {wildcards.caller}, chunk {wildcards.chunk}"
        shell:
            "log_to {log:q}; {{ [[ ! -s {input.vcf:q} ]] ||"
            " bcftools norm --no-version --fasta-ref {input.fasta} --check-ref w {input.vcf:q}; }} |"
            " plumbline calling keep --core {input.regions}/{wildcards.chunk}.core.bed"
            " --reference {input.fasta} --sample {wildcards.sample} --settings {wildcards.caller}"
            " --tool {params.tool} | bcftools view --no-version --output-type z --output {output:q}"
