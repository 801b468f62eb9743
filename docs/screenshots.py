"""Pictures of every view of the page, and those that README shows: `make screenshots`.

A service of its own runs the demo; a browser opens each view of tests/support/page_gallery.py,
wide and on a phone, light and dark. The pictures are to be looked at: what one would not ship is
mended before it is.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "support"))

import chromium  # noqa: E402 the path is set above
from page_gallery import SCENES, Gallery, Scene  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402
from service import RealService, poll  # noqa: E402

LOOKS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light", "viewport": {"width": 1280, "height": 900}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1280, "height": 900}},
    "phone": {
        "color_scheme": "light",
        "viewport": {"width": 360, "height": 740},
        "device_scale_factor": 2,
    },
}
# what README shows: the upper part of a view, so many pixels high
README = {"run-completed-light": ("run.png", 1170), "run-failed-dark": ("failed.png", 1000)}
DEMO_SECONDS = 600
SETTINGS = {"access": {"requests_per_minute": 100_000}}  # we ask again and again


def main() -> None:
    """Take them all, or those whose names are given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("views", nargs="*", help="names of views; all of them without any")
    parser.add_argument("--out", type=Path, default=ROOT / "screenshots", help="folder for them")
    parser.add_argument("--no-demo", action="store_true", help="made-up results, much faster")
    parser.add_argument("--readme", action="store_true", help="also those that README shows")
    given = parser.parse_args()
    unknown = set(given.views) - {scene.name for scene in SCENES}
    if unknown:
        parser.error(f"no view is called {', '.join(sorted(unknown))}")
    given.out.mkdir(parents=True, exist_ok=True)
    scenes = [scene for scene in SCENES if scene.name in (given.views or {scene.name})]
    with tempfile.TemporaryDirectory() as folder, RealService(Path(folder), SETTINGS) as service:
        runs = dict(Gallery(service).ids)
        if not given.no_demo:
            runs["completed"] = run_demo(service)
        with browser() as found:
            state = chromium.sign_in(found, service)
            for look in LOOKS:
                take(found, service, scenes, runs, state, given.out, look, given.readme)
    print(f"{len(scenes) * len(LOOKS)} pictures in {given.out}")


def take(
    found: Any,
    service: RealService,
    scenes: list[Scene],
    runs: dict[str, str],
    state: Any,
    out: Path,
    look: str,
    readme: bool,
) -> None:
    """A picture of every view that looks so: the whole page, however long."""
    options = LOOKS[look]
    for scene in scenes:
        signed_in = state if scene.needs_sign_in else None
        context = found.new_context(storage_state=signed_in, base_url=service.url, **options)
        page = context.new_page()
        scene.open(page, runs)
        # a bar that stays at the bottom would lie across a picture of more than what is in sight
        high = page.evaluate("document.documentElement.scrollHeight")
        page.set_viewport_size({**options["viewport"], "height": high})
        name = f"{scene.name}-{look}"
        page.screenshot(path=out / f"{name}.png")
        if readme and name in README:
            file, height = README[name]
            part = {"x": 0, "y": 0, "width": options["viewport"]["width"], "height": height}
            page.screenshot(path=ROOT / "docs" / "images" / file, clip=part)
        context.close()
        print(f"{scene.name}-{look}.png", flush=True)


def run_demo(service: RealService) -> str:
    """Run the demo; gives its run id.

    Raises:
        AssertionError: it failed, or took too long.
    """
    offered = service.get("/api/v1/analyses").json()["examples"][0]
    asked = {"name": "The demo", "analysis": "all", "options": {"cores": 2}}
    asked |= {key: offered[key] for key in ("config", "samples")}
    made = service.request("POST", "/api/v1/runs", json=asked)
    assert made.ok, made.text
    run_id = str(made.json()["run_id"])
    print(f"the demo runs as {run_id}", flush=True)
    address = f"/api/v1/runs/{run_id}"
    poll(lambda: service.get(address).json().get("end"), DEMO_SECONDS)
    assert service.get(address).json()["state"] == "completed", service.get(address).text
    return run_id


@contextmanager
def browser() -> Iterator[Any]:
    """The system's Chromium."""
    path = chromium.find()
    if path is None:
        sys.exit(chromium.MISSING)
    with sync_playwright() as driver:
        yield driver.chromium.launch(executable_path=path, args=chromium.ARGUMENTS)


if __name__ == "__main__":
    main()
