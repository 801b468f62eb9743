# Reads: resistance genes and mutations, and the organisms they are of. A GPU where there is one, at the first
# attempt; what it does not finish is done by the processor. The device and the number of GPUs are in the environment:
# they are no part of the command by which a later attempt knows that an earlier one failed for good.


rule ensure_resistance:
    output:
        expand("results/references/amr/{kind}.receipt.json", kind=GROUPS["amr"]),
    log:
        "logs/ensure_resistance.log",
    benchmark:
        "logs/ensure_resistance.benchmark.tsv"
    localrule: config["local_transfers"]
    conda:
        no_environment
    resources:
        attempt=this_attempt,
        attempts=all_attempts,
        mem_mb=lambda wildcards, attempt: 1000 * attempt,
        runtime=lambda wildcards, attempt: 240 * attempt,
    params:
        folder=subpath(output[0], parent=True),
        source=commands.options(
            {key: config["references"][key] for key in ("cache", "mirror")}
        ),
    message:
        "Getting the databases of resistance"
    shell:
        "log_to {log:q}; plumbline attempt --attempt {resources.attempt}/{resources.attempts}"
        " --job ensure_resistance --"
        " plumbline references ensure amr --link {params.folder} {params.source}"


rule screen:
    input:
        unpack(lambda wildcards: PLAN.read_files(wildcards.sample)),
    output:
        multiext(
            "results/screen/{sample}/{sample}",
            ".summary.json",
            ".provenance.json",
            *([] if config["screen"]["executable"] else [".hamronization.tsv"]),
            *([".pdf"] if config["screen"]["report"] else []),
        ),
        *(
            [
                report(
                    "results/screen/{sample}/{sample}.html",
                    caption="../report/screen.rst",
                    category="Screened reads",
                    labels={"Content": "Sample {sample} (HTML)"},
                )
            ]
            if config["screen"]["report"]
            else []
        ),
    log:
        "logs/screen/{sample}.log",
    benchmark:
        "logs/screen/{sample}.benchmark.tsv"
    conda:
        screen_environment
    envmodules:
        *config["envmodules"]["screen"],
    threads: 4
    resources:
        attempt=this_attempt,
        attempts=all_attempts,
        gpu=lambda wildcards, attempt: config["screen"]["gpus"] if attempt == 1 else 0,
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
        runtime=lambda wildcards, attempt: 120 * attempt,
        device=lambda wildcards, attempt: commands.screen_device(config, attempt),
    params:
        folder=subpath(output[0], parent=True),
        # as said of the row: what is made of `input` is not compared with the last run
        row=lambda wildcards: repr(PLAN.read_sets[wildcards.sample]),
        sample=lambda wildcards, input: commands.screen_options(
            PLAN.read_sets[wildcards.sample], input
        ),
        options=commands.screening(config),
        read=lambda wildcards: commands.screened(PLAN.read_sets[wildcards.sample]),
        slot=commands.screen_slot(config),
    message:
        "Screening the reads of {wildcards.sample}"
    shell:
        "log_to {log:q}; PLUMBLINE_SCREEN_DEVICE={resources.device}"
        " PLUMBLINE_GPU_COUNT={resources.gpu}"
        " plumbline attempt --attempt {resources.attempt}/{resources.attempts}"
        " --job screen/{wildcards.sample} {params.read} --"
        " {params.slot} plumbline screen {params.sample} {params.options}"
        " --threads {threads} --sample-id {wildcards.sample} --output-dir {params.folder}"


rule all_screen:
    input:
        SCREENED,
