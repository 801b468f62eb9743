"""What a run leaves behind: the run directory, and the envelope of its messages.

The ground floor of the control plane: it knows nothing of the service, and loads
nothing but the standard library and the version number in ``engines``, because every
logging run of Snakemake loads it.
"""
