"""A browser for tests of the chat page: headless Chromium, as Debian has it.

Each test gets a page of a browser profile of its own (`open_page`) and a server that
says what it is told to (`server`). A test fails where the page throws an error or
breaks its own content security policy.
"""

import os
import shutil
import sys

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools", "lfm2-serve", "page"))
import join  # noqa: E402
from chat_page_server import Server  # noqa: E402

CHROMIUM = shutil.which("chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]
# The narrowest that WCAG asks for: 400 % of 1280.
PHONE = {"width": 320, "height": 640}
needs_chromium = pytest.mark.skipif(not CHROMIUM, reason="expected Debian's package chromium, found none; "
                                    "apt-get install chromium to test the chat page")


@pytest.fixture(scope="module")
def html():
    return join.join()


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def server(html):
    server = Server(html)
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def open_page(browser, server):
    faults, contexts = [], []

    def open_page(url=None, scheme="light", size=None, script=None, **options):
        contexts.append(browser.new_context(color_scheme=scheme, viewport=size or {"width": 1180, "height": 800},
                                            **options))
        page = contexts[-1].new_page()
        page.set_default_timeout(5000)
        if script:
            page.add_init_script(script)
        watch(page)
        page.goto(url or server.url)
        page.wait_for_selector("#model:not([disabled]), #notices > *, dialog[open]")
        return page

    def watch(page):
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda message: faults.append(message.text)
                if "Content Security Policy" in message.text or "Trusted" in message.text else None)

    open_page.watch = watch
    yield open_page
    for context in contexts:
        context.close()
    assert not faults


@pytest.fixture
def page(open_page):
    return open_page()


def send(page, text):
    page.fill("#input", text)
    page.press("#input", "Enter")


def wait_idle(page):
    page.wait_for_selector("#send:not(.busy)")


def talk(page, server, text, *answers):
    """Sends a message, and waits for the whole answer: what the page shows of it."""
    server.say(*answers)
    send(page, text)
    wait_idle(page)
    return page.locator("article.assistant").last


def told(page):
    """What a screen reader was given to say."""
    return page.locator("#live").text_content()
