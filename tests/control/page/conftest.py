"""A browser, and a real service that it is signed in to."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import chromium
import pytest
from page_gallery import Gallery
from recorded_run import RecordedRun
from service import RealService

pytest.importorskip("playwright.sync_api")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Once more where the browser did not answer in 60 s, and the summary says so.

    On a busy machine Chromium may draw no frame for that long, and Playwright looks only when
    a frame is drawn. What the page shows wrongly is asserted, and not tried again.
    """
    item.add_marker(pytest.mark.flaky(reruns=1, only_rerun=["TimeoutError", "Locator expected"]))


@pytest.fixture(scope="package")
def browser() -> Iterator[Any]:
    with chromium.launched() as found:
        yield found


@contextmanager
def running_service(folder: Path) -> Iterator[RealService]:
    """One that comes back under the same address when it is started again."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        listen = f"127.0.0.1:{free.getsockname()[1]}"
    # of a log of a million lines few become messages: the rest is read from the file
    settings: dict[str, Any] = {"listen": listen, "log_message_mb": 1}
    settings["access"] = {"requests_per_minute": 100_000}
    settings["notifications"] = {"allow_private_hosts": True}  # whoever listens is on this machine
    with RealService(folder, settings) as made:
        yield made


@pytest.fixture(scope="package")
def shared_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealService]:
    with running_service(tmp_path_factory.mktemp("service")) as made:
        yield made


@pytest.fixture(scope="module")
def own_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealService]:
    """For tests that kill it, or that count all there is: their module's `service` is this one."""
    with running_service(tmp_path_factory.mktemp("service")) as made:
        yield made


@pytest.fixture(scope="module")
def service(shared_service: RealService) -> RealService:
    """That of other modules too: what is there in all does not count."""
    return shared_service


@pytest.fixture(scope="module", autouse=True)
def _runs_are_told_apart() -> None:
    """Modules number their runs from 1, and share a service."""
    RecordedRun.before += 0x200


@pytest.fixture(autouse=True)
def _second_try_has_runs_of_its_own(request: pytest.FixtureRequest) -> None:
    """What the first one has made stays in a service that lives longer."""
    if getattr(request.node, "execution_count", 1) > 1:
        RecordedRun.before += 0x200


@pytest.fixture(scope="package")
def gallery(shared_service: RealService) -> Gallery:
    return Gallery(shared_service)


@pytest.fixture(scope="module")
def cookies(service: RealService, browser: Any) -> Any:
    """Of a browser that is signed in as the first admin."""
    return _signed_in(browser, service)


@cache
def _signed_in(browser: Any, service: RealService) -> Any:
    return chromium.sign_in(browser, service)


@pytest.fixture
def page(service: RealService, browser: Any, cookies: Any) -> Iterator[Any]:
    """A page of that browser; what a script could not do fails the test."""
    context = browser.new_context(storage_state=cookies, base_url=service.url)
    made = context.new_page()
    made.set_default_timeout(60_000)
    wrong: list[str] = []
    made.on("pageerror", lambda error: wrong.append(str(error)))
    made.on("console", lambda said: wrong.append(said.text) if _is_refused(said.text) else None)
    yield made
    context.close()
    assert not wrong, wrong


def _is_refused(text: str) -> bool:
    return "Content Security Policy" in text
