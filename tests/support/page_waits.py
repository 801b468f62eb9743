"""What is asserted of a page waits until it is so: a page draws what it hears a moment later."""

import pytest

expect = pytest.importorskip("playwright.sync_api").expect
expect.set_options(timeout=60_000)
