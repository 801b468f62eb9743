"""What somebody does on the page of a new run."""

from typing import Any

READY = "#full[data-ready]"
PATIENT = 120_000  # milliseconds: a dry run takes long on a busy machine


def open_form(page: Any, query: str = "") -> None:
    page.goto(f"/new{query}")
    page.locator(READY).wait_for()


def open_group(page: Any, key: str) -> None:
    page.locator(f"details[data-key={key}] > summary").click()


def analysis(page: Any, name: str) -> Any:
    return page.locator(f"#analyses input[value={name}]")


def setting(page: Any, key: str) -> Any:
    return page.locator(f'.setting[data-key="{key}"]')


def control(page: Any, key: str) -> Any:
    return setting(page, key).locator("input, select, textarea").first


def preview(page: Any) -> Any:
    """Press Preview; gives what is sent."""
    with page.expect_request(lambda asked: asked.url.endswith("/validate")) as sent:
        page.get_by_role("button", name="Preview", exact=True).click()
    return sent.value.post_data_json


def yaml_text(page: Any) -> Any:
    return page.get_by_label("Configuration (YAML)")
