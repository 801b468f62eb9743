"""What is around every page, and the pages about people: who one is, and who else comes in."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from page_waits import expect
from receiver import Receiver
from recorded_run import RecordedRun
from service import RealService, poll

from control.access.database import connect
from control.notify import inbox
from control.notify.deliveries import Message
from control.notify.events import Event
from control.record.lines import timestamp
from control.record.request import Request
from control.record.run_dir import State

_NUMBERS = itertools.count(1)
BELL_SECONDS = 16
# Stands for the browser's own, which a test cannot see; `told` is what it was asked to show.
FAKE = """
self.told = []
self.Notification = class {
  static permission = 'PERMISSION'
  static async requestPermission() { return this.permission = 'ANSWER' }
  constructor(title, {body, tag}) {
    if (!tag.endsWith(' on')) told.push({title, body, tag, at: this})
  }
  close() { this.isClosed = true }
}
"""


@pytest.fixture(scope="module")
def service(own_service: RealService) -> RealService:
    return own_service


@pytest.fixture(scope="module")
def me(service: RealService) -> str:
    """The name of the user who is signed in."""
    return str(service.get("/api/v1/session").json()["user"])


@pytest.fixture
def context(browser: Any, service: RealService, cookies: Any) -> Iterator[Any]:
    """A browser with pages of its own, and a clock that the test moves."""
    made = browser.new_context(storage_state=cookies, base_url=service.url)
    made.set_default_timeout(60_000)
    yield made
    made.close()


def happen(service: RealService, user: str, kind: Event, *titles: str) -> None:
    """Let something happen to runs of somebody, all at once."""
    with _database(service) as database, database.write() as db:
        for title in titles or ("a run",):
            number = next(_NUMBERS)
            run_id = f"20261122-100000-{number:04x}"
            about = Message(run_id, number, kind, f"Plumbline: {title}", "why")
            inbox.add(db, user, about, timestamp(1_795_000_000 + number))


def read_all(service: RealService) -> None:
    """Nothing is unread any more."""
    service.request("POST", "/api/v1/notifications/read", json={})


@contextmanager
def _database(service: RealService) -> Iterator[Any]:
    database = connect(service.state)
    yield database
    database.close()


def opened(context: Any, path: str, permission: str = "default", answer: str = "granted") -> Any:
    """A page whose browser would tell, and whose timers wait for the test."""
    page = context.new_page()
    page.clock.install()
    page.add_init_script(FAKE.replace("PERMISSION", permission).replace("ANSWER", answer))
    page.goto(path)
    return page


# -- the frame


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
    expect(page.get_by_role("radio", name="Dark")).to_be_checked()
    page.get_by_role("radio", name="Auto", exact=True).check()
    assert page.evaluate(scheme) == "light dark"


def test_the_keyboard_skips_the_frame_and_opens_the_menu(page: Any) -> None:
    page.goto("/notifications")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    menu = page.locator("#account")
    menu.locator("summary").focus()
    page.keyboard.press("Enter")
    menu.get_by_role("link", name="Your account").wait_for()
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    menu.get_by_role("link", name="Your account").wait_for(state="hidden")
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    page.keyboard.press("Enter")
    page.get_by_role("heading", level=1).click()
    expect(menu).not_to_have_attribute("open", "")


def test_signing_out_leads_to_the_sign_in(browser: Any, service: RealService, me: str) -> None:
    context = browser.new_context(base_url=service.url)
    page = context.new_page()
    page.goto(service.request("POST", f"/api/v1/users/{me}/links").json()["address"])
    page.get_by_role("button", name="Sign in").click()
    page.locator(".following[data-kind=live]").wait_for()
    page.locator("#account summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(lambda url: url.endswith("/sign-in?next=/"), wait_until="commit")
    expect(page.locator("nav")).to_have_count(0)
    page.get_by_role("radio", name="Dark").check()
    context.close()


PAGES = ["/account", "/notifications", "/users", "/audit", "/sign-in"]


@pytest.mark.parametrize("path", PAGES)
def test_fits_a_phone(page: Any, service: RealService, me: str, path: str) -> None:
    happen(service, me, Event.FAILED, "x" * 120)
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(path)
    page.get_by_role("heading", level=1).wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert page.evaluate("document.querySelector('main').scrollWidth") <= 360


# -- the account


def test_a_token_is_made_copied_and_revoked_after_a_question(
    context: Any, service: RealService
) -> None:
    name = f"nightly {next(_NUMBERS)}"
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto("/account")
    page.get_by_label("Used by").fill(name)
    page.get_by_role("button", name="Make a token").click()
    page.get_by_role("button", name="Copy").click()
    page.get_by_role("button", name="Copied").wait_for()
    token = page.evaluate("navigator.clipboard.readText()")
    assert service.get("/api/v1/session", token=token).status_code == 200
    revoke = page.get_by_role("button", name=f"Revoke {name}")
    revoke.click()
    page.get_by_role("button", name="No").click()
    assert service.get("/api/v1/session", token=token).status_code == 200
    revoke.click()
    page.locator("dialog").get_by_role("button", name="Revoke").click()
    page.get_by_text("The token is revoked").wait_for()
    assert service.get("/api/v1/session", token=token).status_code == 401
    assert "did=" not in page.url  # said once


def test_an_address_is_tested_in_place(page: Any) -> None:
    with Receiver() as receiver:
        page.goto("/account")
        page.get_by_text("Add an address").click()
        page.get_by_label("Address", exact=True).fill(receiver.address())
        page.get_by_role("button", name="Add", exact=True).click()
        test = page.get_by_role("button", name=f"Test json://127.0.0.1:{receiver.port}")
        test.click()
        page.get_by_text("Sent. See whether it has come.").wait_for()
        assert receiver.titles() == ["Plumbline: a test"]
        receiver.down = True
        test.click()
        page.get_by_text("Not sent.").wait_for()
        failed = page.locator(".tested", has_text="Not sent.")
        expect(failed).to_contain_text("503", use_inner_text=True)
        assert test.evaluate("node => node === document.activeElement")


# -- the bell, and the browser's notifications


def test_the_bell_counts_while_the_page_is_open(
    context: Any, service: RealService, me: str
) -> None:
    read_all(service)
    page = opened(context, "/")
    bell = page.get_by_role("link", name="Notifications")
    expect(page.locator(".bell-count")).to_be_hidden()
    happen(service, me, Event.FAILED, "HG002 failed")
    page.clock.fast_forward(f"00:{BELL_SECONDS}")
    page.get_by_role("link", name="Notifications 1 unread").wait_for()
    page.get_by_text("1 new notification: Plumbline: HG002 failed").wait_for(state="attached")
    bell.click()
    page.get_by_role("button", name="Mark as read: HG002 failed").click()
    page.locator(".bell-count").wait_for(state="hidden")
    assert service.get("/api/v1/notifications").json()["unread"] == 0
    happen(service, me, Event.COMPLETED, "HG003 completed")
    page.clock.fast_forward(f"00:{BELL_SECONDS}")
    page.get_by_role("link", name="1 new notification: show").click()
    page.locator(".inbox li.unread", has_text="HG003 completed").wait_for()


def test_a_page_says_when_its_session_is_over(context: Any) -> None:
    page = opened(context, "/new?sample=A")
    page.route("**/api/v1/notifications?*", lambda route: route.fulfill(status=401, json={}))
    page.clock.fast_forward(f"00:{BELL_SECONDS}")
    page.get_by_role("alert").get_by_text("You are not signed in any more.").wait_for()
    onward = page.get_by_role("alert").get_by_role("link").get_attribute("href")
    assert onward == "/sign-in?next=%2Fnew%3Fsample%3DA"
    page.clock.fast_forward("05:00")
    expect(page.locator(".signed-out")).to_have_count(1)


def test_a_run_that_fails_is_told(context: Any, service: RealService, me: str) -> None:
    read_all(service)
    run = RecordedRun(service.runs, 71)
    run.run_dir.request.write_text(Request(name="Trio of family 9", user=me).to_json())
    run.start()
    page = opened(context, "/")
    run.end(State.FAILED, why="disk full", code=1)
    unread = "/api/v1/notifications?unread_only=true"
    poll(lambda: service.get(unread).json()["unread"] == 1, 300)
    page.clock.fast_forward(f"00:{BELL_SECONDS}")
    page.get_by_role("link", name="Notifications 1 unread").click()
    page.get_by_role("link", name="Trio of family 9 failed").first.wait_for()


def test_opening_its_run_reads_a_notification(context: Any, service: RealService, me: str) -> None:
    read_all(service)
    happen(service, me, Event.FAILED, "HG004 failed")
    page = opened(context, "/notifications")
    page.get_by_role("link", name="HG004 failed").first.click()
    page.wait_for_url("**/runs/*")
    poll(lambda: service.get("/api/v1/notifications").json()["unread"] == 0)


def test_the_browser_tells_once_however_many_pages_are_open(
    context: Any, service: RealService, me: str
) -> None:
    happen(service, me, Event.COMPLETED, "old news")
    pages = [opened(context, "/account"), opened(context, "/", "granted")]
    pages[0].get_by_role("switch").check()
    pages[0].get_by_text("As long as a page of this service is open").wait_for()
    pages.append(opened(context, "/notifications", "granted"))

    def told() -> list[str]:
        for page in pages:
            page.clock.fast_forward(f"00:{BELL_SECONDS}")
        return [each for page in pages for each in page.evaluate("told.map(({title}) => title)")]

    happen(service, me, Event.FAILED, "HG005 failed")
    poll(told)
    happen(service, me, Event.FAILED, "HG006 failed")
    poll(lambda: len(told()) > 1)
    assert told() == ["Plumbline: HG005 failed", "Plumbline: HG006 failed"]
    first = next(page for page in pages if page.evaluate("told.length"))
    pages.remove(first)
    first.close()  # another one takes over
    happen(service, me, Event.FAILED, "HG007 failed")
    poll(told)
    assert told() == ["Plumbline: HG007 failed"]


def test_the_browser_tells_no_more_once_it_is_not_asked_to(
    context: Any, service: RealService, me: str
) -> None:
    page = opened(context, "/account")
    switch = page.get_by_role("switch")
    switch.check()
    page.get_by_text("As long as a page of this service is open").wait_for()
    switch.uncheck()
    happen(service, me, Event.FAILED, "HG008 failed")
    with page.expect_response("**/api/v1/notifications?*"):
        page.clock.fast_forward(f"00:{BELL_SECONDS}")
    page.reload()
    with page.expect_response("**/api/v1/notifications?*"):
        page.clock.fast_forward(f"00:{BELL_SECONDS}")
    assert page.evaluate("told") == []
    expect(switch).not_to_be_checked()


def test_many_things_at_once_are_told_in_few(context: Any, service: RealService, me: str) -> None:
    page = opened(context, "/account")
    page.get_by_role("switch").check()
    page.get_by_text("As long as a page of this service is open").wait_for()
    happen(service, me, Event.FAILED, *(f"run {number} failed" for number in range(5)))
    page.clock.fast_forward(f"00:{BELL_SECONDS}")
    poll(lambda: page.evaluate("told.length") == 3)
    assert page.evaluate("told.at(-1).title") == "Plumbline: run 4 failed"
    assert page.evaluate("told.at(-1).body") == "why\n… and 2 more"
    with context.expect_page() as run:
        page.evaluate("told.at(-1).at.onclick()")
    assert "/runs/20261122-100000-" in run.value.url


@pytest.mark.parametrize(
    ("permission", "says"), [("denied", "does not allow"), ("default", "")], ids=["before", "now"]
)
def test_a_browser_that_may_not_tell_says_so(context: Any, permission: str, says: str) -> None:
    page = opened(context, "/account", permission, "denied")
    switch = page.get_by_role("switch")
    if not says:
        switch.click()
    page.get_by_text("This browser does not allow them").wait_for()
    expect(switch).to_be_disabled()
    expect(switch).not_to_be_checked()


# -- users, as an admin


def test_a_user_is_added_and_gets_a_link(browser: Any, page: Any, service: RealService) -> None:
    name = f"olga{next(_NUMBERS)}"
    page.goto("/users")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Role").select_option("viewer")
    page.get_by_role("button", name="Add").click()
    page.get_by_role("button", name="Make a sign-in link").click()
    link = page.get_by_label("Link", exact=True).input_value()
    context = browser.new_context()
    hers = context.new_page()
    hers.goto(link)
    hers.get_by_role("button", name=f"Sign in as {name}").click()
    hers.get_by_role("heading", name="Runs", exact=True).wait_for()
    expect(hers.get_by_role("navigation").get_by_role("link")).to_have_text(
        ["Runs"], use_inner_text=True
    )
    page.get_by_role("button", name="Disable").click()
    page.locator("dialog").get_by_role("button", name="Disable").click()
    page.get_by_text("They are shut out").wait_for()
    hers.reload()
    hers.wait_for_url("**/sign-in?*")
    context.close()


def test_the_audit_log_is_filtered_by_what_is_clicked(page: Any, service: RealService) -> None:
    service.request("POST", "/api/v1/tokens", json={"name": "to be seen"})
    page.goto("/audit")
    page.get_by_label("What").select_option("Tokens")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("cell", name="to be seen").first.wait_for()
    page.get_by_role("link", name="token.create").first.click()
    page.wait_for_url("**/audit?action=token.create")
    assert set(page.locator("td[data-label=What]").all_inner_texts()) == {"token.create"}
    with page.expect_download() as download:
        page.get_by_role("link", name="as CSV").click()
    assert download.value.suggested_filename == "audit.csv"
    assert "to be seen" in download.value.path().read_text()
