"""What a run leaves behind: the run directory, and the envelope of its messages.

The ground floor of the control plane: it knows nothing of the service, and uses
the standard library only, because every logging run of Snakemake loads it.
"""
