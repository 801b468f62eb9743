"""What the index of a file is called, which lies beside it."""

_BESIDE = (".tbi", ".csi", ".fai", ".gzi", ".bai", ".crai")
_INSTEAD = {".bam": ".bai", ".cram": ".crai"}  # x.bai beside x.bam


def index_names(name: str) -> list[str]:
    """Names that an index of a file of this name may have, the usual ones first."""
    names = [name + ending for ending in _BESIDE]
    for ending, index in _INSTEAD.items():
        if name.lower().endswith(ending):
            names.append(name[: -len(ending)] + index)
    return names
