"""What is around every page, and the pages about people: who one is, and who else comes in."""

from typing import Any


def test_colours_are_kept(page: Any) -> None:
    page.goto("/")
    scheme = "getComputedStyle(document.documentElement).colorScheme"
    assert page.evaluate(scheme) == "light dark"
    page.locator("#account summary").click()
    page.get_by_role("radio", name="Dark").check()
    assert page.evaluate(scheme) == "dark"
    page.goto("/new")
    assert page.evaluate(scheme) == "dark"
    page.locator("#account summary").click()
    assert page.get_by_role("radio", name="Dark").is_checked()
    page.get_by_role("radio", name="Auto", exact=True).check()
    assert page.evaluate(scheme) == "light dark"
