"""Links to the files of one sample, for views."""

from collections.abc import Iterable, Mapping
from urllib.parse import quote

from control.web.views.material import Material
from control.web.views.shown import Column, FileLink, Link, Table, Value


def file_links(
    material: Material, folder: str, sample: str, titles: Mapping[str, str]
) -> list[FileLink]:
    """Those that are there; a page to look at, the others to save.

    Args:
        folder: below the folder of results.
        titles: ending of a file behind the sample's name → what it is called.
    """
    there = material.beside(folder)
    base = f"{material.origin.link}/files/{quote(folder)}"
    return [
        FileLink(
            title=title,
            link=f"{base}/{quote(sample + ending)}" + "?inline=true" * (ending == ".html"),
        )
        for ending, title in titles.items()
        if sample + ending in there
    ]


def file_table(
    material: Material, folder: str, samples: Iterable[tuple[str, str]], titles: Mapping[str, str]
) -> Table:
    """The files of several samples, a line each; kinds of files that nobody has are no column.

    Args:
        folder: below the folder of results.
        samples: what each is called on the page, and by its files.
        titles: ending of a file behind that name → what it is called.
    """
    endings = {title: ending.removeprefix(".") for ending, title in titles.items()}
    found = {
        sample: {link.title: link.link for link in file_links(material, folder, name, titles)}
        for sample, name in samples
    }
    seen = set().union(*found.values())
    kept = {f"f{at}": title for at, title in enumerate(endings) if title in seen}
    columns = [Column(key="sample", title="Sample")]
    columns += [Column(key=key, title=title, type="link") for key, title in kept.items()]
    rows: list[dict[str, Value]] = [
        {
            "sample": sample,
            **{
                key: Link(text=endings[title], href=links[title]) if title in links else None
                for key, title in kept.items()
            },
        }
        for sample, links in found.items()
    ]
    return Table(name="files", title="Files", columns=columns, rows=rows if kept else [])
