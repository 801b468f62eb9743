"""Jobs that SLURM has put back into its queue."""

from slurm_cluster import SlurmCluster
from waiting import poll


def begun_again(cluster: SlurmCluster, job: str, seconds: float = 300) -> None:
    """Wait until a job runs again."""
    cluster.let_begin(job)
    wanted = ("squeue", "-h", "-t", "all", "-j", job, "-O", "State,RestartCnt")
    poll(lambda: cluster.run(*wanted).split() == ["RUNNING", "1"], seconds, 0.1)
