"""Small-variant comparison: a query call set against a truth set, haplotype by haplotype.

The data goes one way::

    case.py, asked.py     a comparison as data: what is asked, opened, counted; settings of the core
    opening.py            inputs opened and checked, contig names mapped to the reference's
    running.py            contigs side by side in threads, added up in a fixed order
    contig.py             one contig, from the files through the core to counts and VCF
    core/                 the core in C: lines → calls → clusters → matches → counts (compare.h)
    tally.py, roc.py      counts → metrics
    tables.py, summary.py, annotated.py, report.py   what is written
    differences/, explain/, sets/, baseline.py, somatic.py   what stands behind the numbers
"""
