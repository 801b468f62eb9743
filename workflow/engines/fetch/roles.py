"""Which of the files that are there has which role."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from engines.contract.errors import BadData, BadUsage, InputMissing
from engines.contract.wording import did_you_mean, either, printable, quoted
from engines.fetch.items import Item
from engines.fetch.manifest import with_sample
from engines.fetch.names import fits
from engines.fetch.presets import FIRST, Globs, preset_named
from engines.fetch.role import BESIDE, ROLES, Wanted


def read_roles(
    words: Iterable[str], preset: str | None = None, sample: str | None = None
) -> tuple[Wanted, ...]:
    """The roles of ``--role ROLE`` and ``--role ROLE=GLOB,GLOB``.

    Args:
        sample: what ``{sample}`` in the globs of a preset stands for.

    Raises:
        BadUsage: an unknown role or preset, a role twice, a role that the preset does not have,
            ``{sample}`` and no sample.
    """
    found: dict[str, Wanted] = {}
    for word in words:
        name, own, text = word.partition("=")
        if name not in ROLES:
            raise BadUsage(
                f"no role {quoted(name)}{did_you_mean(name, ROLES)}",
                hint=f"the roles are {', '.join(ROLES)}",
            )
        if name in found:
            raise BadUsage(f"role {name}: twice", hint=f"all in one: --role {name}=GLOB,GLOB")
        globs = tuple(part.strip() for part in text.split(",") if part.strip())
        if own and not globs:
            raise BadUsage(f"role {name}: no glob behind the =", hint=f"--role {name}='*.ENDING'")
        found[name] = Wanted(ROLES[name], Globs(globs)) if own else _of_preset(name, preset, sample)
    if preset is not None:
        preset_named(preset)
        if not found:
            raise BadUsage("--preset without --role", hint=f"say which: --role {either(ROLES)}")
    return tuple(found[name] for name in ROLES if name in found)


def _of_preset(role: str, preset: str | None, sample: str | None) -> Wanted:
    name = preset or FIRST
    has = preset_named(name)
    if role not in has:
        raise BadUsage(
            f"preset {name} has no {role}", hint=f"say how they are named: --role {role}=GLOB"
        )
    filled = (
        tuple(with_sample(glob, sample, f"preset {name}, {role}") for glob in globs)
        for globs in (has[role].globs, has[role].excepted)
    )
    return Wanted(ROLES[role], Globs(*filled), name)


def choose(
    items: Sequence[Item], wanted: Iterable[Wanted], sample: str | None
) -> tuple[list[Item], list[str]]:
    """The files that have a role, each once, with their ``roles`` and ``links``; notes for people.

    Raises:
        InputMissing: a role without a file. BadData: two files for one, or one of another kind.
    """
    taken: dict[int, Item] = {}
    notes = []
    for want in wanted:
        found = fitting(items, want)
        if not found:
            raise _nothing(items, want)
        if not want.role.many:
            _check_one(items, found, want, sample)
        for index in found:
            item = taken.get(index, items[index])
            if item.roles:
                both = " and as ".join((*item.roles, want.role.name))
                notes.append(f"{printable(item.name)} is taken as {both}")
            link = want.role.link(item.name)
            links = (*item.links, link) if link else item.links
            taken[index] = replace(item, roles=(*item.roles, want.role.name), links=links)
    return [taken[index] for index in sorted(taken)], notes


def fitting(items: Sequence[Item], want: Wanted) -> list[int]:
    """Which items a role takes: of one file those of the first glob that fits any, else of all."""
    open_to = [
        index
        for index, item in enumerate(items)
        if not item.name.endswith(BESIDE) and not fits(item.name, want.globs.excepted)
    ]
    if want.role.many:
        return [index for index in open_to if fits(items[index].name, want.globs.globs)]
    for glob in want.globs.globs:
        if found := [index for index in open_to if fits(items[index].name, (glob,))]:
            return found
    return []


def _nothing(items: Sequence[Item], want: Wanted) -> InputMissing:
    name = want.role.name
    likely = [item.name for item in items if not item.name.endswith(BESIDE)]
    likely.sort(key=lambda each: not want.role.link(each))
    some = " and ".join(printable(each) for each in likely[:2]) or "nothing but indexes"
    return InputMissing(
        f"{name}: none of {len(items)} files fits {either(want.globs.globs)}",
        hint=f"there is, for instance, {some}; name it with --role {name}=GLOB, or choose another "
        f"--preset; in a run: with fetch.patterns.{name}, or write none into column {name}",
    )


def _check_one(
    items: Sequence[Item], found: Sequence[int], want: Wanted, sample: str | None
) -> None:
    name, files = want.role.name, [items[index] for index in found]
    if len(files) > 1:
        shown = ", ".join(printable(file.name) for file in files[:5])
        more = f", and {len(files) - 5} more" if len(files) > 5 else ""
        own = [file for file in files if sample and _last(file.name).startswith(f"{sample}.")]
        narrower = f", or --include '{sample}.*'" if len(own) == 1 else ""
        example = (own or files)[0].name
        raise BadData(
            f"{name}: {len(files)} files fit, and it is one: {shown}{more}",
            hint=f"say which: --role {name}={printable(example)}{narrower}; in a run: "
            f"fetch.patterns.{name}",
        )
    file = files[0]
    if not want.role.link(file.name):
        kinds = either(dict.fromkeys(ending for ending, _ in want.role.endings))
        raise BadData(
            f"{name}: {printable(file.name)} is no {kinds}",
            hint="compress it with bgzip" if name.endswith("variants") else "",
        )
    if file.size == 0:
        raise BadData(
            f"{name}: {printable(file.name)} has no bytes", hint="the run may not be complete yet"
        )


def _last(name: str) -> str:
    return name.rsplit("/", 1)[-1]


# --- the index beside -----------------------------------------------------------


def index_names(item: Item) -> list[tuple[str, str]]:
    """Names that the index of a role's file may have, with their endings, the best first."""
    endings = [end for role in item.roles for end in ROLES[role].indexes if _may(item.name, end)]
    names = [(item.name + end, end) for end in dict.fromkeys(endings)]
    if item.name.endswith(".bam"):
        names.append((item.name.removesuffix(".bam") + ".bai", ".bai"))
    return names


def _may(name: str, index: str) -> bool:
    return (index == ".crai") == name.endswith(".cram")


def as_index(found: Item, of: Item, ending: str) -> Item:
    """The item of an index: it has the roles of its file, and links beside those of its file."""
    return replace(found, roles=of.roles, links=tuple(link + ending for link in of.links))
