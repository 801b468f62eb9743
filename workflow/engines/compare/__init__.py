"""Small-variant comparison: a query call set against a truth set, haplotype by haplotype.

The data goes one way::

    calls.py      VCF lines of one contig → Call objects; what cannot be compared is counted
    primitives.py query calls → SNPs, insertions and deletions, left-shifted, as hap.py does
    clusters.py   truth and query calls that can influence each other
    replay.py     the largest set of calls that gives both sides the same two haplotypes
    case.py       a comparison as data: what is asked, opened, counted
    contig.py     one contig from files to decided calls; contigs run in parallel
    tally.py      decided calls → counts by type, subtype, subset and filter
    ga4gh.py, tables.py, summary.py   what is written
"""
