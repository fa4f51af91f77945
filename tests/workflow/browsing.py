"""A browser for tests of pages."""

import shutil
import time

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")


def until(page, expression):
    """Wait until an expression is true in the page; its policy forbids playwright's own way, which needs eval."""
    end = time.monotonic() + 20
    while not page.evaluate(expression):
        assert time.monotonic() < end, f"still not true: {expression}"
        page.wait_for_timeout(50)
