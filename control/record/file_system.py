"""On what kind of file system something lies: whether other hosts write there unseen."""

import os
from functools import lru_cache

_MOUNTS = "/proc/self/mountinfo"
_NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "lustre", "gpfs", "beegfs", "ceph", "glusterfs", "afs", "9p"}
    | {"panfs", "orangefs", "pvfs2", "weka", "wekafs", "quobyte", "ocfs2", "gfs2", "virtiofs"}
)


def is_network(path: str) -> bool:
    """Whether other hosts may write there, of which this one hears nothing and late.

    False where it cannot be told: what is built on the answer must work either way.
    """
    try:
        device = os.stat(path).st_dev
    except OSError:
        return False
    kind = _kind_of(os.major(device), os.minor(device))
    return kind in _NETWORK or kind.startswith("fuse.")


@lru_cache(maxsize=256)
def _kind_of(major: int, minor: int) -> str:
    """The type of a mounted file system, by its device; "" where it is not listed."""
    try:
        with open(_MOUNTS, encoding="utf-8", errors="replace") as file:
            for line in file:
                # proc(5): id, parent, major:minor, root, mount point, options, more … - type …
                mount, _, rest = line.partition(" - ")
                if mount.split()[2] == f"{major}:{minor}":
                    return rest.split()[0]
    except (OSError, IndexError):
        pass
    return ""
