# Somatic variants of a tumour: tiered one by one, each told in the log as it is done. A job that is killed goes
# on where it was at its next attempt: what it has done lies beside its results until they are whole.


rule annotate:
    input:
        unpack(lambda wildcards: PLAN.tumour_files(wildcards.sample)),
    output:
        multiext(
            "results/annotation/{sample}",
            ".summary.json",
            ".ndjson",
            ".tsv",
            ".vcf.gz",
            ".vcf.gz.tbi",
            ".provenance.json",
            *([".pdf"] if config["annotation"]["report"] else []),
        ),
        *(
            [
                report(
                    "results/annotation/{sample}.html",
                    caption="../report/annotation.rst",
                    category="Somatic variants",
                    labels={"Content": "Tumour {sample} (HTML)"},
                )
            ]
            if config["annotation"]["report"]
            else []
        ),
    log:
        "logs/annotate/{sample}.log",
    benchmark:
        "logs/annotate/{sample}.benchmark.tsv"
    conda:
        no_environment
    envmodules:
        *config["envmodules"]["htslib"],
    threads: 2  # calls are read beside the tiers
    resources:
        mem_mb=lambda wildcards, attempt: 1500 * attempt,
        runtime=lambda wildcards, attempt: 120 * attempt,
    params:
        prefix=subpath(output[0], strip_suffix=".summary.json"),
        # as said of the row: what is made of `input` is not compared with the last run
        row=lambda wildcards: repr(PLAN.tumours[wildcards.sample]),
        tumour=lambda wildcards, input: commands.annotate_options(
            PLAN.tumours[wildcards.sample], input
        ),
        options=commands.annotation(config),
        disease=lambda wildcards: PLAN.tumours[wildcards.sample].disease,
    message:
        "Tiering variants of {wildcards.sample}: {params.disease}"
    shell:
        "log_to {log:q}; plumbline annotate --calls {input.calls:q} {params.tumour} {params.options}"
        " --threads {threads} --out {params.prefix}"


rule all_annotation:
    input:
        TUMOURS,
