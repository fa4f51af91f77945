"""A browser for tests of pages."""

import shutil
import time

# The shell draws on no screen and takes half the time.
BROWSERS = ("chromium-headless-shell", "chromium", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, BROWSERS)), None)


def until(page, expression):
    """Wait until an expression is true in the page; its policy forbids playwright's own way, which needs eval."""
    end = time.monotonic() + 20
    while not page.evaluate(expression):
        assert time.monotonic() < end, f"still not true: {expression}"
        page.wait_for_timeout(50)


def violations(page, colours=True):
    """Return what axe finds wrong in a page: rule and place of each. Contrast of colours takes most of the time."""
    from axe_playwright_python.sync_playwright import Axe

    # A place is worked out for each element that passes, too, unless only violations are wanted.
    asked = {"resultTypes": ["violations"], "rules": {"color-contrast": {"enabled": colours}}}
    found = Axe().run(page, options=asked).response["violations"]
    return [(one["id"], node["target"]) for one in found for node in one["nodes"]]


class Reader:
    """A reader who counts: clicks, choices in a list, pastes."""

    def __init__(self, page):
        self.page, self.count = page, 0

    def click(self, where):
        """Click on something."""
        self.count += 1
        self.page.click(where)

    def choose(self, where, value):
        """Choose an entry of a list by its value."""
        self.count += 1
        self.page.select_option(where, value)

    def paste(self, where, text):
        """Put a text into a field."""
        self.count += 1
        self.page.fill(where, text)
