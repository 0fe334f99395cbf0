"""The chat page as lfm2-serve itself answers with it, and the bundled model behind it."""

import re
import subprocess
import urllib.request

import pytest

from chat_page_browser import browser, html, needs_chromium, open_page, send, server, wait_idle  # noqa: F401
from programs import run

pytestmark = needs_chromium


@pytest.fixture
def served(build, wordnet, tmp_path):
    """The address of a server with little room for a conversation and a key."""
    library = str(tmp_path / "wordnet.so")
    done = run([build.tool("lfm2-compile"), wordnet, "--emit=shared", "-o", library])
    assert done.returncode == 0, done.stderr
    process = subprocess.Popen([build.tool("lfm2-serve"), library, "--port=0", "--threads=1", "--context=128",
                                "--api-key=sesame-open", "--log=none"], stdout=subprocess.PIPE, text=True)
    try:
        yield re.search(r"http://\S+", process.stdout.readline())[0] + "/"
    finally:
        process.terminate()
        assert process.wait(30) == 0


def test_a_conversation_until_the_context_is_full(open_page, served, html):
    with urllib.request.urlopen(served) as answer:
        assert answer.read().decode() == html
        assert answer.headers["Content-Security-Policy"] == "frame-ancestors 'none'"
    page = open_page(served)
    page.get_by_label("API key").fill("sesame-open")
    page.keyboard.press("Enter")
    page.wait_for_selector("#model:not([disabled])")
    assert page.input_value("#model") == "wordnet"
    page.click("#open-settings")
    page.get_by_label("Temperature").fill("0")
    page.keyboard.press("Enter")
    answers = page.locator("article.assistant")
    send(page, "What is a bird?")
    wait_idle(page)
    first = answers.locator(".body").inner_text()
    assert len(first) > 20
    assert re.match(r"\d+ tokens · .*first after \d\.\d\d s · prompt 14", answers.locator(".stats").inner_text())
    answers.get_by_role("button", name="Try again").click()
    page.get_by_text("2/2").wait_for()
    wait_idle(page)
    assert answers.locator(".body").inner_text() == first
    for _ in range(6):
        send(page, "And what is a river?")
        wait_idle(page)
        if answers.last.locator(".bad").count():
            break
        if "ended at a limit" not in answers.last.inner_text():
            assert re.search(r"prompt \d+, \d+ of them cached", answers.last.locator(".stats").inner_text())
    assert "longer than the model's context" in answers.last.inner_text()
