# The quality of reads, alignments and calls that this run makes: what is counted of them, for qc.smk to judge.
