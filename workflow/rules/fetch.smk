# What a row leaves to its source: calls that there is a truth for, metrics, alignments. Local rules, unless somebody
# knows that compute nodes have the internet. Nothing is listed before a job runs: patterns find the files, and links
# of fixed names lead to them. What only says how (connections, cache) is no reason to fetch again, so it is no param.


rule fetch_calls:
    input:
        manifest_of,
    output:
        calls=passing("results/fetched/{sample}/{kind}.vcf.gz", "calls"),
        summary="results/fetched/{sample}/{kind}.summary.json",
        provenance="results/fetched/{sample}/{kind}.provenance.json",
    log:
        "logs/fetch_{kind}/{sample}.log",
    benchmark:
        "logs/fetch_{kind}/{sample}.benchmark.tsv"
    localrule: config["local_transfers"]
    conda:
        no_environment
    resources:
        attempt=this_attempt,
        attempts=all_attempts,
        mem_mb=lambda wildcards, attempt: 500 * attempt,
        runtime=lambda wildcards, attempt: 240 * attempt,
        how=how_to_fetch(),
        then=after_fetch(),
    params:
        folder=subpath(output.calls, parent=True),
        prefix=subpath(output.summary, strip_suffix=".summary.json"),
        source=lambda wildcards: PLAN.samples[wildcards.sample].address,
        what=lambda wildcards: fetched_of(wildcards.sample, wildcards.kind),
    message:
        "Fetching the {wildcards.kind} of {wildcards.sample} from {params.source}"
    shell:
        "log_to {log:q}; plumbline attempt --attempt {resources.attempt}/{resources.attempts}"
        " --job fetch_calls/{wildcards.sample}.{wildcards.kind} --"
        " plumbline fetch {params.what} {resources.how} --link {params.folder}"
        " --out {params.prefix} -- {params.source:q}{resources.then}"


rule fetch_metrics:
    input:
        manifest_of,
    output:
        metrics=directory("results/fetched/{sample}/metrics"),
        summary="results/fetched/{sample}/metrics.summary.json",
        provenance="results/fetched/{sample}/metrics.provenance.json",
    log:
        "logs/fetch_metrics/{sample}.log",
    benchmark:
        "logs/fetch_metrics/{sample}.benchmark.tsv"
    localrule: config["local_transfers"]
    conda:
        no_environment
    resources:
        attempt=this_attempt,
        attempts=all_attempts,
        mem_mb=lambda wildcards, attempt: 500 * attempt,
        runtime=lambda wildcards, attempt: 240 * attempt,
        how=how_to_fetch("metrics"),
    params:
        folder=subpath(output.metrics, parent=True),
        prefix=subpath(output.summary, strip_suffix=".summary.json"),
        source=lambda wildcards: PLAN.samples[wildcards.sample].address,
        what=lambda wildcards: fetched_of(wildcards.sample, "metrics"),
    message:
        "Fetching the quality metrics of {wildcards.sample} from {params.source}"
    shell:
        "log_to {log:q}; plumbline attempt --attempt {resources.attempt}/{resources.attempts}"
        " --job fetch_metrics/{wildcards.sample} --"
        " plumbline fetch {params.what} {resources.how} --link {params.folder}"
        " --out {params.prefix} -- {params.source:q}"


# BAM or CRAM: only the source knows, so the summary stands for the file.
rule fetch_alignments:
    input:
        manifest_of,
    output:
        *(
            [temp(directory("results/fetched/{sample}/alignments"))]
            if commands.passes(config, "alignments")
            else []
        ),
        summary="results/fetched/{sample}/alignments.summary.json",
        provenance="results/fetched/{sample}/alignments.provenance.json",
    log:
        "logs/fetch_alignments/{sample}.log",
    benchmark:
        "logs/fetch_alignments/{sample}.benchmark.tsv"
    localrule: config["local_transfers"]
    conda:
        no_environment
    resources:
        attempt=this_attempt,
        attempts=all_attempts,
        mem_mb=lambda wildcards, attempt: 500 * attempt,
        runtime=lambda wildcards, attempt: 240 * attempt,
        how=how_to_fetch("alignments"),
        then=after_fetch("alignments"),
    params:
        folder=lambda wildcards: commands.alignments_link(
            config, PLAN.samples[wildcards.sample]
        ),
        prefix=subpath(output.summary, strip_suffix=".summary.json"),
        source=lambda wildcards: PLAN.samples[wildcards.sample].address,
        what=lambda wildcards: fetched_of(wildcards.sample, "alignments"),
    message:
        "Fetching the alignments of {wildcards.sample} from {params.source}"
    shell:
        "log_to {log:q}; plumbline attempt --attempt {resources.attempt}/{resources.attempts}"
        " --job fetch_alignments/{wildcards.sample} --"
        " plumbline fetch {params.what} {resources.how} --link {params.folder}"
        " --out {params.prefix} -- {params.source:q}{resources.then}"
