"""From everything that was listed to the files of the call: roles, names, places, links."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from engines.contract.wording import printable
from engines.fetch.addresses import place_in_cache
from engines.fetch.items import Item, Job
from engines.fetch.names import safe_name, wanted
from engines.fetch.role import ROLES
from engines.fetch.roles import as_index, choose, index_names

Ask = Callable[[Item, str, str], Item | None]


def with_roles(
    job: Job, items: Sequence[Item], sample: str | None, ask: Ask
) -> tuple[list[Item], list[str]]:
    """The files of the roles that are asked for, with the indexes beside them; notes for people.

    Args:
        ask: gives the index of a file with a name and an ending that was not listed, where it is.
    """
    files, notes = choose(items, job.roles, sample)
    listed = {(item.source, item.name): item for item in items}
    by_name = {item.name: item for item in items}
    taken = {(item.source, item.name): item for item in files}
    for item in files:
        if not item.links:
            continue
        index = _index(job, item, by_name, ask)
        if index:
            taken[index.source, index.name] = index
    left = len(listed.keys() - taken.keys())
    if left:
        notes.append(f"{left} of {len(items)} files have no role that is asked for")
    return list(taken.values()), notes


def _index(job: Job, item: Item, by_name: dict[str, Item], ask: Ask) -> Item | None:
    for name, ending in index_names(item):
        found = by_name.get(name)
        if found is None and wanted(name, (), job.exclude):
            found = ask(item, name, ending)
        if found and found.size != 0:  # an empty one is none: it is made
            return as_index(found, item, ending)
    return None


def once(items: Iterable[Item]) -> tuple[list[Item], list[str]]:
    """The same address under the same name is one file; a note says how many were named again."""
    items = list(items)
    kept = list({(item.source, item.name): item for item in reversed(items)}.values())[::-1]
    again = len(items) - len(kept)
    return kept, [f"{again} files are named more than once"] if again else []


def named(
    job: Job, items: Iterable[Item], store_of: Callable[[str], str]
) -> tuple[list[Item], list[str]]:
    """Items with names that this machine can have, and with their links; notes for people.

    Args:
        store_of: bucket → the host that it is asked at.

    Raises:
        BadData: a name that leaves the folder, or is too long.
    """
    done, notes = [], []
    for item in items:
        label = safe_name(item.name, item.source)
        if label != item.name:
            notes.append(f"{printable(item.name)} is written as {label}")
        name = label
        if job.cache:
            bucket = item.source.removeprefix("s3://").partition("/")[0]
            store = store_of(bucket) if item.source.startswith("s3://") else ""
            name = safe_name(place_in_cache(item.source, store), item.source)
        folders = [role for role in item.roles if ROLES[role].many]
        links = (*item.links, *(f"{role}/{label}" for role in folders))
        links = links if job.roles else (label,)
        done.append(replace(item, name=name, links=links))
    return done, notes
