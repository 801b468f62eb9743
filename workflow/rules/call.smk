# Alignments to calls: in pieces, by each caller that is asked for, filtered, with an index.


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
