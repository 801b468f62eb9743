"""A cluster of one node for the tests of a file; others start one as they need it."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from slurm_cluster import SlurmCluster, missing_programs


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without SLURM's daemons nothing here can be tested."""
    if missing := missing_programs():
        skip = pytest.mark.skip(reason=f"{', '.join(missing)} not here: make setup-tests")
        for item in items:
            if Path(__file__).parent in item.path.parents:
                item.add_marker(skip)


@pytest.fixture(scope="module")
def cluster_folder() -> Iterator[Path]:
    """Short, because sockets lie there, and where jobs may read."""
    folder = Path(tempfile.mkdtemp(prefix="pl-", dir="/tmp"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def cluster(cluster_folder: Path) -> Iterator[SlurmCluster]:
    """One node, no accounting: up in a tenth of a second."""
    with SlurmCluster(cluster_folder / "slurm") as started:
        yield started
