# Chosen results go to a store, when everything else is done.


rule upload_results:
    input:
        RESULTS,
    output:
        "results/upload/upload.summary.json",
        "results/upload/upload.provenance.json",
    log:
        "logs/upload_results.log",
    benchmark:
        "logs/upload_results.benchmark.tsv"
    localrule: config["local_transfers"]
    conda:
        no_environment
    resources:
        attempt=this_attempt,
        attempts=all_attempts,
        mem_mb=lambda wildcards, attempt: 500 * attempt,
        runtime=lambda wildcards, attempt: 240 * attempt,
        how=commands.upload_manner(config),
    params:
        prefix=subpath(output[0], strip_suffix=".summary.json"),
        what=commands.upload_options(config),
        to=config["upload"]["to"] or "",
    message:
        "Uploading results to {params.to}"
    shell:
        "log_to {log:q}; plumbline attempt --attempt {resources.attempt}/{resources.attempts}"
        " --job upload_results --"
        " plumbline upload {params.what} {resources.how} --out {params.prefix} results"
