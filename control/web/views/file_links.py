"""Links to the files of one sample, for views."""

from collections.abc import Mapping
from urllib.parse import quote

from control.web.views.material import Material
from control.web.views.shown import FileLink


def file_links(
    material: Material, folder: str, sample: str, titles: Mapping[str, str]
) -> list[FileLink]:
    """Those that are there; a page to look at, the others to save.

    Args:
        folder: below the folder of results.
        titles: ending of a file behind the sample's name → what it is called.
    """
    there = material.beside(folder)
    base = f"/api/v1/runs/{material.origin.run_id}/files/{quote(folder)}"
    return [
        FileLink(
            title=title,
            link=f"{base}/{quote(sample + ending)}" + "?inline=true" * (ending == ".html"),
        )
        for ending, title in titles.items()
        if sample + ending in there
    ]
