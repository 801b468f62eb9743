# Reads to alignments: checked, aligned lane by lane, put together with duplicates marked, indexed, summed up. Each
# lane is a file of its own until then, so that a run that was killed goes on with the lanes that are not done.


rule prepare_genome:
    input:
        fasta=lambda wildcards: PLAN.genome(wildcards.build),
    output:
        fasta="results/references/{build}.sequence/genome.fa",
        fai="results/references/{build}.sequence/genome.fa.fai",
        dictionary="results/references/{build}.sequence/genome.dict",
        receipt="results/references/{build}.sequence/receipt.json",
    log:
        "logs/prepare_genome/{build}.log",
    benchmark:
        "logs/prepare_genome/{build}.benchmark.tsv"
    priority: 90
    conda:
        no_environment
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
        disk_mb=lambda wildcards, input: 5 * input.size_mb + 100,
        runtime=lambda wildcards, attempt: 60 * attempt,
    params:
        folder=subpath(output.fasta, parent=True),
        cache=commands.options({"cache": config["references"]["cache"]}),
    message:
        "Preparing the genome {wildcards.build}"
    shell:
        "log_to {log:q}; plumbline references index --fasta {input.fasta:q} --aligner none"
        " --link {params.folder} {params.cache}"


rule index_genome:
    input:
        fasta="results/references/{build}.sequence/genome.fa",
    output:
        expand(
            "results/references/{{build}}.{aligner}/{file}",
            aligner=config["align"]["aligner"],
            file=[*ALIGNER.products, "receipt.json"],
        ),
    log:
        "logs/index_genome/{build}.log",
    benchmark:
        "logs/index_genome/{build}.benchmark.tsv"
    conda:
        ALIGN_ENVIRONMENT
    envmodules:
        *config["envmodules"]["align"],
    threads: 1
    resources:
        mem_mb=lambda wildcards, input, attempt: int(
            1000 + ALIGNER.memory * input.size_mb
        )
        * attempt,
        disk_mb=lambda wildcards, input: int(4 * input.size_mb) + 100,
        # bwa takes an hour for a human genome
        runtime=lambda wildcards, input, attempt: int(60 + input.size_mb / 15) * attempt,
    params:
        folder=subpath(output[0], parent=True),
        options=commands.options(
            {
                "aligner": config["align"]["aligner"],
                "preset": (
                    config["align"]["preset"] or "sr"
                    if config["align"]["aligner"] == "minimap2"
                    else None
                ),
                "cache": config["references"]["cache"],
            }
        ),
    message:
        f"Indexing the genome {{wildcards.build}} for {config['align']['aligner']}"
    shell:
        "log_to {log:q}; plumbline references index --fasta {input.fasta:q} {params.options}"
        " --link {params.folder}"


rule check_reads:
    input:
        files_of_lane,
    output:
        receipt="results/reads/{sample}.{lane}.json",
        group=READ_GROUP,
    log:
        "logs/check_reads/{sample}.{lane}.log",
    benchmark:
        "logs/check_reads/{sample}.{lane}.benchmark.tsv"
    wildcard_constraints:
        lane=LANE,
    priority: 100
    conda:
        no_environment
    resources:
        mem_mb=lambda wildcards, attempt: 1000 * attempt,
        runtime=lambda wildcards, attempt: 15 * attempt,
    params:
        library=library_options,
    message:
        "Checking the reads of {wildcards.sample}, lane {wildcards.lane}"
    shell:
        "log_to {log:q}; plumbline reads check --sample {wildcards.sample}"
        " --lane {wildcards.lane} {params.library} --out {output.receipt:q} -- {input:q}"


rule check_alignments:
    input:
        alignments=lambda wildcards: PLAN.libraries[wildcards.sample].brought,
        index=lambda wildcards: PLAN.libraries[wildcards.sample].brought_index or [],
        genome=sequence_of,
        dictionary=dictionary_of,
    output:
        receipt="results/reads/{sample}.alignments.json",
        groups="results/reads/{sample}.alignments.rg",
    log:
        "logs/check_alignments/{sample}.log",
    benchmark:
        "logs/check_alignments/{sample}.benchmark.tsv"
    priority: 100
    conda:
        no_environment
    resources:
        mem_mb=lambda wildcards, attempt: 1000 * attempt,
        runtime=lambda wildcards, attempt: 15 * attempt,
    params:
        realign=lambda wildcards: (
            "--realign" if PLAN.libraries[wildcards.sample].realign else ""
        ),
    message:
        "Checking the alignments of {wildcards.sample}"
    shell:
        "log_to {log:q}; plumbline reads check-alignments {input.alignments:q}"
        " --sample {wildcards.sample} --reference {input.genome:q} {params.realign}"
        " --out {output.receipt:q}"


# Each read is looked at on its way: a file that is cut off ends the job, and mates that are none do. The folder for
# pieces is an output, so that nothing of it stays when the job fails. One thread sorts: several write pieces of their
# own, which samtools (1.16) opens all at once to merge them, and 1,024 open files are a usual limit.
rule align_lane:
    input:
        reads=files_of_lane,
        receipt="results/reads/{sample}.{lane}.json",
        group=READ_GROUP,
        index=index_of,
    output:
        alignments=temp("results/alignments/lanes/{sample}.{lane}.bam"),
        scratch=temp(directory(PIECES)),
        fastp=FASTP,
    log:
        "logs/align_lane/{sample}.{lane}.log",
    benchmark:
        "logs/align_lane/{sample}.{lane}.benchmark.tsv"
    wildcard_constraints:
        sample=some(SHORT),
        lane=LANE,
    conda:
        ALIGN_ENVIRONMENT
    envmodules:
        *config["envmodules"]["align"],
    threads: 8
    resources:
        mem_mb=lambda wildcards, input, threads, attempt: int(
            1.1 * megabytes(*input.index)
            + THREAD_MEMORY * threads
            + BATCH_MEMORY
            + SORT_MEMORY
            + FASTP_MEMORY
        )
        * attempt,
        disk_mb=lambda wildcards, input: int(3 * megabytes(*input.reads)) + 100,
        # bwa: 0.4 MB of compressed reads a second and thread, and time to load the index
        runtime=lambda wildcards, input, threads, attempt: int(
            30 + megabytes(*input.reads) / (15 * threads)
        )
        * attempt,
    params:
        memory=SORT_MEMORY,
        title="aligning {sample}, lane {lane}",
        counting=counting,
        aligner=lambda wildcards: aligning.aligner(
            config, READ_GROUP.format(**wildcards)
        ),
        aligned_from=lambda wildcards: aligning.aligned_from(
            config, index_prefix(wildcards), READ_GROUP.format(**wildcards)
        ),
    message:
        "Aligning {wildcards.sample}, lane {wildcards.lane}"
    shell:
        "log_to {log:q}; mkdir -p {output.scratch:q};"
        " plumbline reads stream --title {params.title:q} -- {input.reads:q} {params.counting}"
        "| {params.aligner} -t {threads} {params.aligned_from}"
        " | samtools fixmate --no-PG -m -u - - | samtools sort --no-PG --threads 1 -m {params.memory}M"
        " -l 1 -T {output.scratch:q}/sort -o {output.alignments:q} -"


use rule align_lane as align_long_reads with:
    output:
        alignments=temp("results/alignments/lanes/{sample}.{lane}.bam"),
        scratch=temp(directory(PIECES)),
    log:
        "logs/align_long_reads/{sample}.{lane}.log",
    benchmark:
        "logs/align_long_reads/{sample}.{lane}.benchmark.tsv"
    wildcard_constraints:
        sample=some(LONG),
        lane=LANE,


# Reads of a file that was brought, with the read groups that they have. fastp does not see them: reads whose mates
# are not in the file would put it out of step. `samtools fastq` takes one read of each name and mate, so they are counted;
# of a CRAM only the flags (0x2) are unpacked for that.
rule realign:
    input:
        alignments=lambda wildcards: PLAN.libraries[wildcards.sample].brought,
        receipt="results/reads/{sample}.alignments.json",
        groups="results/reads/{sample}.alignments.rg",
        genome=sequence_of,
        index=index_of,
    output:
        alignments=temp("results/alignments/lanes/{sample}.realigned.bam"),
        scratch=temp(directory("results/alignments/lanes/.{sample}.realigned")),
    log:
        "logs/realign/{sample}.log",
    benchmark:
        "logs/realign/{sample}.benchmark.tsv"
    conda:
        ALIGN_ENVIRONMENT
    envmodules:
        *config["envmodules"]["align"],
    threads: 8
    resources:
        mem_mb=lambda wildcards, input, threads, attempt: int(
            1.1 * megabytes(*input.index)
            + THREAD_MEMORY * threads
            + BATCH_MEMORY
            + 2 * SORT_MEMORY
        )
        * attempt,
        # taken apart, and sorted again
        disk_mb=lambda wildcards, input: int(
            4 * aligning.megabytes_as_bam(input.alignments)
        )
        + 100,
        runtime=lambda wildcards, input, threads, attempt: int(
            30 + aligning.megabytes_as_bam(input.alignments) / (10 * threads)
        )
        * attempt,
    params:
        memory=SORT_MEMORY,
        aligner=lambda wildcards: aligning.aligner(
            config, READ_GROUP.format(**wildcards, lane="alignments"), True
        ),
        aligned_from=lambda wildcards: aligning.aligned_from(
            config,
            index_prefix(wildcards),
            READ_GROUP.format(**wildcards, lane="alignments"),
            True,
        ),
        title="aligning the reads of {sample} anew",
        tags=aligning.KEPT_TAGS,
        lost=aligning.LOST,
    message:
        "Aligning the reads of {input.alignments} anew"
    shell:
        "log_to {log:q}; mkdir -p {output.scratch:q};"
        " before=$(samtools view -c -F 0x900 --input-fmt-option required_fields=0x2 --threads {threads}"
        " --reference {input.genome:q} {input.alignments:q});"
        " samtools collate --no-PG --threads 1 --reference {input.genome:q} -u -O"
        " {input.alignments:q} {output.scratch:q}/collate"
        " | samtools fastq -n -T {params.tags} -"
        " | plumbline reads grouped --title {params.title:q} --count $before {input.groups:q}"
        " | {params.aligner} -t {threads} {params.aligned_from}"
        " | samtools fixmate --no-PG -m -u - - | samtools sort --no-PG --threads 1 -m {params.memory}M"
        " -l 1 -T {output.scratch:q}/sort -o {output.alignments:q} -;"
        " after=$(samtools view -c -F 0x900 --threads {threads} {output.alignments:q});"
        " [[ $before == $after ]] || {{ echo {params.lost:q}; exit 65; }}"


# No path outside of this folder may get into the header.
rule mark_duplicates:
    input:
        lanes=lanes_of,
        genome=sequence_of,
        dictionary=dictionary_of,
    output:
        alignments=f"results/alignments/{{sample}}.{ALIGNMENTS_END}",
        index=f"results/alignments/{{sample}}.{ALIGNMENTS_INDEX}",
        checksum="results/alignments/{sample}.md5",
        statistics=DUPLICATES,
    log:
        "logs/mark_duplicates/{sample}.log",
    benchmark:
        "logs/mark_duplicates/{sample}.benchmark.tsv"
    wildcard_constraints:
        sample=some(MARKED),
    priority: 10
    conda:
        ALIGN_ENVIRONMENT
    envmodules:
        *config["envmodules"]["align"],
    threads: 4
    resources:
        mem_mb=lambda wildcards, attempt: 3000 * attempt,
        disk_mb=lambda wildcards, input: int(1.2 * megabytes(*input.lanes)) + 100,
        runtime=lambda wildcards, input, attempt: int(
            30 + megabytes(*input.lanes) / 1000
        )
        * attempt,
    params:
        folder=subpath(output.checksum, parent=True),
        file=subpath(output.alignments, basename=True),
        marking=marking,
        header=lambda wildcards: aligning.final_header(
            config, sequence_of(wildcards), dictionary_of(wildcards)
        ),
        format=aligning.final_format(config),
        # of a CRAM, which codec a block gets depends on which of several threads was faster
        packers=lambda wildcards, threads: threads if ALIGNMENTS_END == "bam" else 1,
    message:
        "Putting the alignments of {wildcards.sample} together"
    shell:
        "log_to {log:q}; header=$({params.header});"
        " samtools merge --no-PG -c -p -u -h <(printf '%s\\n' \"$header\") -o - {input.lanes:q}"
        " {params.marking}| samtools view --no-PG --threads {params.packers}"
        " --output-fmt {params.format} -o {output.alignments:q} -;"
        " samtools index -@ {threads} {output.alignments:q} {output.index:q};"
        " (cd {params.folder:q}; md5sum -- {params.file:q}) > {output.checksum:q}"


use rule mark_duplicates as gather_lanes with:
    output:
        alignments=f"results/alignments/{{sample}}.{ALIGNMENTS_END}",
        index=f"results/alignments/{{sample}}.{ALIGNMENTS_INDEX}",
        checksum="results/alignments/{sample}.md5",
    log:
        "logs/gather_lanes/{sample}.log",
    benchmark:
        "logs/gather_lanes/{sample}.benchmark.tsv"
    wildcard_constraints:
        sample=some(UNMARKED),
