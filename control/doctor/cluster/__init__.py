"""What ``plumbline doctor`` looks at of a SLURM cluster, for the profiles that submit to it."""
