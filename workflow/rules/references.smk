# Truth sets, genomes, stratifications and misclassification matrices from their publishers: each is
# fetched once into the cache of `plumbline references` and linked here. Local rules, unless somebody knows that
# compute nodes have the internet. A server that is down for minutes is waited for (docs/retries.md).


rule ensure_truth:
    output:
        truth="results/references/{giab}.{build}.{kind}/truth.vcf.gz",
        index="results/references/{giab}.{build}.{kind}/truth.vcf.gz.tbi",
        confident="results/references/{giab}.{build}.{kind}/confident.bed",
        receipt="results/references/{giab}.{build}.{kind}/receipt.json",
    log:
        "logs/ensure_truth/{giab}.{build}.{kind}.log",
    benchmark:
        "logs/ensure_truth/{giab}.{build}.{kind}.benchmark.tsv"
    localrule: config["local_transfers"]
    conda:
        no_environment
    resources:
        attempt=this_attempt,
        attempts=all_attempts,
        mem_mb=lambda wildcards, attempt: 1000 * attempt,
        runtime=lambda wildcards, attempt: 240 * attempt,
    params:
        folder=subpath(output.truth, parent=True),
        source=lambda wildcards: commands.reference_options(config, wildcards.kind),
    message:
        "Getting the {wildcards.kind} truth of {wildcards.giab} on {wildcards.build}"
    shell:
        "log_to {log:q}; plumbline attempt --attempt {resources.attempt}/{resources.attempts}"
        " --job ensure_truth/{wildcards.giab}.{wildcards.build}.{wildcards.kind} --"
        " plumbline references ensure {wildcards.giab} --build {wildcards.build}"
        " --kind {wildcards.kind} --link {params.folder} {params.source}"


rule ensure_genome:
    output:
        fasta="results/references/{build}.genome/genome.fa.gz",
        fai="results/references/{build}.genome/genome.fa.gz.fai",
        gzi="results/references/{build}.genome/genome.fa.gz.gzi",
        receipt="results/references/{build}.genome/receipt.json",
    log:
        "logs/ensure_genome/{build}.log",
    benchmark:
        "logs/ensure_genome/{build}.benchmark.tsv"
    localrule: config["local_transfers"]
    conda:
        no_environment
    resources:
        attempt=this_attempt,
        attempts=all_attempts,
        mem_mb=lambda wildcards, attempt: 1000 * attempt,
        runtime=lambda wildcards, attempt: 240 * attempt,
    params:
        folder=subpath(output.fasta, parent=True),
        source=commands.reference_options(config, "genome"),
    message:
        "Getting the genome {wildcards.build}"
    shell:
        "log_to {log:q}; plumbline attempt --attempt {resources.attempt}/{resources.attempts}"
        " --job ensure_genome/{wildcards.build} --"
        " plumbline references ensure --build {wildcards.build} --kind genome"
        " --link {params.folder} {params.source}"


rule ensure_stratifications:
    output:
        table="results/references/{build}.stratifications/stratifications.tsv",
        receipt="results/references/{build}.stratifications/receipt.json",
    log:
        "logs/ensure_stratifications/{build}.log",
    benchmark:
        "logs/ensure_stratifications/{build}.benchmark.tsv"
    localrule: config["local_transfers"]
    conda:
        no_environment
    resources:
        attempt=this_attempt,
        attempts=all_attempts,
        mem_mb=lambda wildcards, attempt: 1000 * attempt,
        runtime=lambda wildcards, attempt: 240 * attempt,
    params:
        folder=subpath(output.table, parent=True),
        source=commands.reference_options(config, "stratifications"),
    message:
        "Getting the stratifications of {wildcards.build}"
    shell:
        "log_to {log:q}; plumbline attempt --attempt {resources.attempt}/{resources.attempts}"
        " --job ensure_stratifications/{wildcards.build} --"
        " plumbline references ensure --build {wildcards.build} --kind stratifications"
        " --link {params.folder} {params.source}"


rule ensure_calibration:
    output:
        matrices="results/references/calibration/misclassification.json",
        receipt="results/references/calibration/receipt.json",
    log:
        "logs/ensure_calibration.log",
    benchmark:
        "logs/ensure_calibration.benchmark.tsv"
    localrule: config["local_transfers"]
    conda:
        no_environment
    envmodules:
        *config["envmodules"]["calibration"],  # they are published as a file of R
    resources:
        attempt=this_attempt,
        attempts=all_attempts,
        mem_mb=lambda wildcards, attempt: 1000 * attempt,
        runtime=lambda wildcards, attempt: 240 * attempt,
    params:
        folder=subpath(output.matrices, parent=True),
        source=commands.reference_options(config, "calibration"),
    message:
        "Getting the misclassification matrices of verbal autopsies"
    shell:
        "log_to {log:q}; plumbline attempt --attempt {resources.attempt}/{resources.attempts}"
        " --job ensure_calibration --"
        " plumbline references ensure calibration --link {params.folder} {params.source}"
