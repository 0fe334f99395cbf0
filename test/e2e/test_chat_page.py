"""The chat page of lfm2-serve in a browser, beside a server that says what it is told to."""

import json
import os
import re
import sys

import pytest

from chat_page_browser import (PHONE, browser, html, needs_chromium, open_page, page, send, server,  # noqa: F401
                               talk, told, wait_idle)
from chat_page_server import Hang, Refuse, Say
from programs import ROOT, run

pytestmark = needs_chromium
JOIN = os.path.join(ROOT, "tools", "lfm2-serve", "page", "join.py")
LONG = Say("word " * 400, pause=0.02)
WEATHER = Say(calls=[("get_weather", {"city": "Boston"}), ("get_weather", {"city": "Zürich"})], finish="tool_calls")
TOOLS = '[{"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object"}}}]'


def shown(page, text):
    return page.locator("#messages").get_by_text(text)


def set_tools(page, text=TOOLS):
    page.click("#open-settings")
    page.fill("#tools", text)
    page.click("#settings .strong")


def test_weight_and_what_it_loads(html, tmp_path):
    done = run([sys.executable, JOIN, tmp_path / "page.html"])
    assert done.returncode == 0 and (tmp_path / "page.html").read_text() == html
    done = run([sys.executable, JOIN, tmp_path / "page.txt"])
    assert done.returncode == 1 and "expected a path that ends in .html or .cpp, found" in done.stderr
    assert len(html.encode()) <= 60_000
    assert not re.findall(r"//[\w.-]+\.\w|\s(?:src|srcset|action)=|@import|url\(", html)
    assert not re.findall(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|new Function|createContext", html)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)[1]
    assert policy.startswith("default-src 'none'; script-src 'sha256-") and "unsafe" not in policy


def test_an_answer_comes_word_by_word(page, server):
    server.say(Say("one two three " * 20, pause=0.02))
    send(page, "Count.")
    answer = page.locator("article.assistant")
    answer.get_by_text("one two three one").wait_for()
    assert page.get_attribute("#send", "aria-label") == "Stop"
    assert answer.get_attribute("aria-busy") == "true"
    assert "three " * 20 not in answer.inner_text()
    wait_idle(page)
    assert answer.get_attribute("aria-busy") == "false"
    stats = answer.locator(".stats").inner_text()
    assert re.fullmatch(r"61 tokens · \d+ tokens/s · first after \d\.\d\d s · "
                        r"prompt 1,234, 1,200 of them cached", stats)
    # As the pauses have it, or slower on a machine with more to do.
    assert 1 <= int(re.search(r"(\d+) tokens/s", stats)[1]) <= 55
    assert server.requests == [{"model": "lfm2-350m", "messages": [{"role": "user", "content": "Count."}],
                                "stream": True, "stream_options": {"include_usage": True}}]
    talk(page, server, "More.")
    assert [message["role"] for message in server.requests[1]["messages"]] == ["user", "assistant", "user"]
    assert server.requests[1]["messages"][1]["content"].startswith("one two three one")


def test_enter_sends_and_shift_enter_does_not(page, server):
    page.keyboard.type("a")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("b")
    assert not server.requests
    page.keyboard.press("Enter")
    wait_idle(page)
    assert server.requests[0]["messages"][0]["content"] == "a\nb"
    page.keyboard.type("  ")
    page.keyboard.press("Enter")
    assert len(server.requests) == 1


@pytest.mark.parametrize("how", ["Escape", "button"])
def test_stop(page, server, how):
    server.say(LONG)
    send(page, "Talk.")
    shown(page, "word word word word").wait_for()
    if how == "Escape":
        page.keyboard.press("Escape")
    else:
        page.click("#send")
    wait_idle(page)
    answer = page.locator("article.assistant")
    assert "Stopped." in answer.inner_text() and "about" in answer.locator(".stats").inner_text()
    assert page.evaluate("document.activeElement.id") == "input"
    talk(page, server, "Go on.")
    assert server.left == 1
    assert server.requests[1]["messages"][1]["content"].startswith("word word")


def test_edit_and_retry_keep_versions(page, server):
    talk(page, server, "First?", Say("It is one."))
    talk(page, server, "Second?", Say("It is two."))
    answers = page.locator("article.assistant")
    server.say(Say("It is three."))
    answers.last.get_by_role("button", name="Try again").click()
    shown(page, "It is three.").wait_for()
    wait_idle(page)
    assert server.requests[-1]["messages"][-1] == {"role": "user", "content": "Second?"}
    assert answers.last.locator(".turn span").inner_text() == "2/2"
    answers.last.get_by_role("button", name="Version before").click()
    assert "It is two." in answers.last.inner_text()
    assert "Version 1 of 2" in told(page)
    # The one that has the focus turns on from there.
    page.keyboard.press("Enter")
    assert "It is three." in answers.last.inner_text()

    page.locator("article.user").first.get_by_role("button", name="Edit").click()
    assert page.evaluate("document.activeElement.value") == "First?"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.textContent") == "Edit"
    page.keyboard.press("Enter")
    page.keyboard.type(" No: zeroth?")
    page.keyboard.press("Enter")
    wait_idle(page)
    assert server.requests[-1]["messages"] == [{"role": "user", "content": "First? No: zeroth?"}]
    assert answers.count() == 1
    page.locator("article.user").get_by_role("button", name="Version before").click()
    assert answers.count() == 2 and "It is three." in answers.last.inner_text()

    # An answer put in another way is what the model is told that it said.
    answers.last.get_by_role("button", name="Edit").click()
    page.keyboard.press("Control+A")
    page.keyboard.type("It is **four**.")
    page.get_by_role("button", name="Save").click()
    assert answers.last.locator("strong").inner_text() == "four"
    talk(page, server, "Third?")
    assert server.requests[-1]["messages"][3]["content"] == "It is **four**."


def test_tools(page, server):
    set_tools(page, "[{")
    assert "not JSON" in page.inner_text("#tools-error")
    page.fill("#tools", '[{"type": "function", "function": {}}]')
    page.click("#settings .strong")
    assert 'Expected a function with a "name", found none in number 1' in page.inner_text("#tools-error")
    page.fill("#tools", TOOLS)
    page.click("#settings .strong")
    answer = talk(page, server, "Weather?", WEATHER)
    assert server.requests[0]["tools"] == json.loads(TOOLS)
    assert answer.locator(".call pre").all_inner_texts() == ['{\n  "city": "Boston"\n}', '{\n  "city": "Zürich"\n}']
    assert "The model calls get_weather, get_weather." in told(page)
    # A message would leave the calls without their results.
    send(page, "Well?")
    assert page.evaluate("document.activeElement.closest('form').className") == "results"
    assert len(server.requests) == 1
    page.get_by_label("Result of get_weather, call 1").fill("cold")
    page.get_by_label("Result of get_weather, call 2").fill('{"warm": true}')
    server.say(Say("Cold and warm."))
    page.get_by_role("button", name="Send results").click()
    shown(page, "Cold and warm.").wait_for()
    _, asked, first, second = server.requests[1]["messages"]
    assert asked["tool_calls"][1] == {"id": "call_1", "type": "function", "function": {
        "name": "get_weather", "arguments": '{"city": "Z\\u00fcrich"}'}}
    assert first == {"role": "tool", "tool_call_id": "call_0", "content": "cold"}
    assert second == {"role": "tool", "tool_call_id": "call_1", "content": '{"warm": true}'}
    # Other results are another version.
    page.locator("article.tool").get_by_role("button", name="Edit").click()
    assert page.get_by_label("Result of get_weather, call 2").input_value() == '{"warm": true}'
    page.get_by_label("Result of get_weather, call 1").fill("hot")
    page.get_by_role("button", name="Send results").click()
    wait_idle(page)
    assert server.requests[2]["messages"][2]["content"] == "hot"
    assert page.locator("article.tool .turn span").inner_text() == "2/2"


def test_reasoning_is_shown_apart(page, server):
    server.say(Say("Four.", reasoning="Two and *two* " * 10, pause=0.03))
    send(page, "2 + 2?")
    shown(page, re.compile(r"Thinking, \d s")).wait_for()
    wait_idle(page)
    answer = page.locator("article.assistant")
    assert re.search(r"Thoughts, \d\.\d s\s+Four\.", answer.inner_text())
    assert not answer.locator("em").first.is_visible()
    page.locator("summary").focus()
    page.keyboard.press("Enter")
    assert answer.locator("em").first.is_visible()
    talk(page, server, "Sure?")
    assert server.requests[1]["messages"][1] == {
        "role": "assistant", "content": "Four.", "reasoning_content": "Two and *two* " * 10}


def test_settings_are_sent(page, server):
    page.select_option("#model", "lfm2.5-1.2b-thinking")
    page.click("#open-settings")
    page.get_by_label("System prompt").fill("Be brief.")
    for label, value in (("Temperature", "0.25"), ("Top p", "0.9"), ("Max tokens", "17"), ("Seed", "42")):
        page.get_by_label(label, exact=True).fill(value)
    page.keyboard.press("Enter")
    page.wait_for_selector("#settings", state="hidden")
    assert page.evaluate("document.activeElement.id") == "open-settings"
    talk(page, server, "Hello.", Say("Hi", finish="length"))
    body = server.requests[0]
    assert body["messages"][0] == {"role": "system", "content": "Be brief."}
    assert [body[name] for name in ("model", "temperature", "top_p", "max_tokens", "seed")] == \
        ["lfm2.5-1.2b-thinking", 0.25, 0.9, 17, 42]
    assert "ended at a limit" in page.locator("article.assistant").inner_text()
    # A new conversation begins with them; what is out of range is not taken.
    page.get_by_role("button", name="New conversation").first.click()
    page.click("#open-settings")
    assert page.input_value("#max_tokens") == "17"
    page.fill("#max_tokens", "0")
    page.click("#settings .strong")
    assert page.locator("#settings").is_visible()


def test_a_key_is_asked_for_and_kept_for_the_tab(open_page, server):
    server.key = "sesame"
    page = open_page()
    page.get_by_label("API key").fill("wrong")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="The key was not accepted").wait_for()
    page.get_by_label("API key").fill("sesame")
    page.get_by_role("button", name="Use this key").click()
    page.wait_for_selector("#model:not([disabled])")
    assert "of course" in talk(page, server, "Open?").inner_text()
    assert "sesame" not in page.evaluate("JSON.stringify(localStorage)")
    page.reload()
    page.wait_for_selector("#model:not([disabled])")
    server.key = "other"
    send(page, "Still?")
    page.get_by_role("heading", name="The key was not accepted").wait_for()
    page.keyboard.press("Escape")
    wait_idle(page)
    assert "wants an API key" in page.locator("article.assistant").last.inner_text()


ERRORS = [
    (Refuse(429, "512 wait", headers={"Retry-After": "7"}), "too much to do. Try again in 7 seconds.", "512 wait"),
    (Refuse(400, "5000 tokens", code="context_length_exceeded"), "longer than the model's context", "5000 tokens"),
    (Refuse(400, "temperature is 9"), "See the settings", "temperature is 9"),
    (Refuse(404, "no model 'x'"), "Choose another one", "no model 'x'"),
    (Refuse(413, "too large"), "larger than the server takes", "too large"),
    (Refuse(503, "loading"), "starting, stopping or loading", "loading"),
    (Refuse(500, "oh"), "failed (status 500)", "oh"),
    (Refuse(502, body="<b>Bad gateway</b>"), "failed (status 502)", "<b>Bad gateway</b>"),
    (Refuse(400, body="[null]"), "refused the request", "[null]"),
    (Hang(), "does not answer", ""),
    (Say("Half an", end="", finish="", usage=False), "ended before the answer did", "Half an"),
    (Say("Half an", end='{"error": {"message": "no memory"}}'), "failed", "no memory"),
    (Say("Half an", end="{oops"), "not JSON", "{oops"),
    (Say("Half an", end='{"choices": 5, "usage": {"completion_tokens": "x"}}'), "ended before the answer did", "Half"),
]


def test_errors_say_what_to_do_and_can_be_tried_again(page, server):
    for number, (error, what, detail) in enumerate(ERRORS):
        answer = talk(page, server, f"Question {number}?", error)
        text = answer.inner_text()
        assert what in text and detail in text
        assert what in told(page)
        answer.get_by_role("button", name="Try again").click()
        shown(page, "Yes, of course.").nth(number).wait_for()
        wait_idle(page)
        # What failed without a word makes room; what came of an answer is kept.
        assert answer.locator(".turn").count() == ("Half" in detail or "Half" in getattr(error, "text", ""))
    assert not page.locator(".bad:visible").count()


def test_no_server(page, server):
    page.context.set_offline(True)
    answer = talk(page, server, "Anyone?")
    assert "The server does not answer. See whether lfm2-serve still runs" in answer.inner_text()
    page.context.set_offline(False)
    answer.get_by_role("button", name="Try again").click()
    shown(page, "Yes, of course.").wait_for()


def test_conversations_are_kept_renamed_deleted_and_carried(page, server, tmp_path):
    talk(page, server, "What is a river?", Say("Water."))
    page.get_by_role("button", name="New conversation").first.click()
    talk(page, server, "What is a hill?", Say("Earth."))
    page.get_by_role("button", name="Rename").click()
    page.get_by_role("textbox", name="Name").fill("Hills")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Hills").wait_for()
    assert page.evaluate("document.activeElement.textContent") == "Rename"
    page.reload()
    assert page.inner_text("h1") == "Hills" and "Earth." in page.inner_text("#messages")
    assert page.locator(".talk").all_inner_texts() == ["Hills", "What is a river?"]
    with page.expect_download() as download:
        page.get_by_role("button", name="Export all").click()
    file = tmp_path / "all.json"
    download.value.save_as(file)
    for _ in range(2):
        page.get_by_role("button", name="Delete").click()
        page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    page.wait_for_selector("#welcome:not([hidden])")
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.includes('talk'))") == []
    page.set_input_files("#import-file", file)
    page.get_by_role("button", name="What is a river?").click()
    assert "Water." in page.inner_text("#messages")
    # The same file again: copies, which do not replace what is there.
    page.set_input_files("#import-file", file)
    page.locator(".talk").nth(3).wait_for()
    for text, message in (("{", "no conversations"), ("[]", "no conversations"),
                          ('{"format": "lfm2-chat", "conversations": [{"nodes": [3]}]}', "damaged")):
        file.write_text(text)
        page.set_input_files("#import-file", file)
        page.locator("#notices", has_text=message).wait_for()
    assert page.locator(".talk").count() == 4


FOREIGN = """
localStorage['lfm2-chat/preferences'] = '{"theme": 5, "open": {}, "settings": []}';
localStorage['lfm2-chat/talk/a'] = '{';
localStorage['lfm2-chat/talk/b'] = '{"id": "b", "nodes": 7, "settings": null}';
localStorage['lfm2-chat/talk/c'] = JSON.stringify({id: 'c', title: {}, first: 9,
  settings: {system: 3, tools: [], seed: 'x'},
  nodes: [{role: 'user', parent: 3, next: 0, text: 'one'},
          {role: 'assistant', parent: 0, next: 1, calls: {}, error: 'e', stats: {made: '<b>'}, text: 4},
          {role: 'tool', parent: 1, results: [null, {text: 5}]}]});
localStorage['lfm2-chat/talk/d'] = '{"id": "../x", "nodes": []}';
localStorage['other'] = 'left alone';
"""


def test_a_damaged_store_is_read_as_far_as_it_makes_sense(open_page, server):
    page = open_page(script=FOREIGN)
    page.get_by_role("button", name="one").click()
    assert "one" in page.inner_text("#messages")
    talk(page, server, "two")
    assert page.evaluate("localStorage.other") == "left alone"


def test_a_full_store_is_said(page, server):
    page.evaluate("""for (let size = 4 << 20; size > 0; size >>= 1) {
      try { for (;;) localStorage.setItem('fill' + Math.random(), 'x'.repeat(size)); } catch {} }""")
    answer = talk(page, server, "Is there room?")
    assert "of course" in answer.inner_text()
    notice = page.locator("#notices")
    assert "no room left for this conversation" in notice.inner_text()
    with page.expect_download():
        notice.get_by_role("button", name="Export").click()
    page.evaluate("Object.keys(localStorage).forEach((key) => key.startsWith('fill') && localStorage.removeItem(key))")
    talk(page, server, "And now?")
    assert notice.inner_text() == ""


def test_without_a_store(open_page, server):
    page = open_page(script="""for (const name of ['localStorage', 'sessionStorage'])
      Object.defineProperty(window, name, { get() { throw new DOMException('no', 'SecurityError'); } });""")
    assert "of course" in talk(page, server, "Hello?").inner_text()
    assert "no room left" in page.inner_text("#notices")


def test_an_answer_goes_on_while_another_conversation_is_read(page, server):
    server.say(Say("slow " * 60, pause=0.02))
    send(page, "Slowly.")
    shown(page, "slow slow").wait_for()
    page.get_by_role("button", name="New conversation").first.click()
    assert "of course" in talk(page, server, "Quick?").inner_text()
    # The list is made anew when the other answer ends; who stands in it stays there.
    page.get_by_role("button", name="Rename").focus()
    while page.evaluate("running.size"):
        page.wait_for_timeout(50)
    assert page.evaluate("document.activeElement.textContent") == "Rename"
    page.get_by_role("button", name="Slowly.").click()
    wait_idle(page)
    assert page.locator("article.assistant .body").inner_text().split() == ["slow"] * 60
    assert not page.locator(".bad:visible, .turn").count()


def test_two_tabs(page, open_page, server):
    talk(page, server, "In one tab.")
    other = page.context.new_page()
    open_page.watch(other)
    other.goto(server.url)
    other.wait_for_selector("#model:not([disabled])")
    talk(page, server, "Again.")
    shown(other, "Again.").wait_for()
    other.get_by_role("button", name="Delete").click()
    other.get_by_role("dialog").get_by_role("button", name="Delete").click()
    # What is on the screen here stays, and is kept when it goes on.
    assert page.locator("article").count() == 4
    talk(page, server, "Still here.")
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.includes('talk')).length") == 1


def test_scrolling_up_is_respected(page, server):
    server.say(Say("line\n\n" * 20 + "and so on\n\n " * 45, pause=0.006))
    send(page, "Talk.")
    shown(page, "and so on").nth(3).wait_for()
    at_end = "document.querySelector('#scroll').scrollHeight - document.querySelector('#scroll').scrollTop < 900"
    assert page.evaluate(at_end)
    page.evaluate("document.querySelector('#scroll').scrollTop = 0")
    page.get_by_role("button", name="Latest message").wait_for()
    shown(page, "and so on").nth(20).wait_for()
    assert page.evaluate("document.querySelector('#scroll').scrollTop") == 0
    page.get_by_role("button", name="Latest message").click()
    wait_idle(page)
    assert page.evaluate(at_end) and page.locator("#latest").is_hidden()


@pytest.mark.parametrize("script", [None, "Object.defineProperty(navigator, 'clipboard', { value: undefined });"])
def test_copy(open_page, server, script):
    """With a clipboard as pages from HTTPS or this machine have it, and as others do."""
    page = open_page(script=script, permissions=["clipboard-read", "clipboard-write"])
    answer = talk(page, server, "Code?", Say("See *this*:\n\n```py\nprint('<b>')\n```"))
    for name, text in (("Copy code", "print('<b>')"), ("Copy", "See *this*:\n\n```py\nprint('<b>')\n```")):
        answer.get_by_role("button", name=name, exact=True).click()
        answer.get_by_text("Copied").first.wait_for()
        page.locator("#input").focus()
        page.keyboard.press("Control+A")
        page.keyboard.press("Control+V")
        assert page.input_value("#input") == text


def test_theme(open_page):
    page = open_page(scheme="dark")
    color = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(color)
    page.get_by_role("button", name="Dark theme", pressed=True).click()
    assert page.evaluate(color) != dark
    page.reload()
    assert page.evaluate(color) != dark
    page.get_by_role("button", name="Dark theme", pressed=False).click()
    assert page.evaluate(color) == dark
    # As the system has it again, so it follows the system again.
    page.emulate_media(color_scheme="light")
    page.get_by_role("button", name="Dark theme", pressed=False).wait_for()


def test_reduced_motion(open_page, server):
    page = open_page(reduced_motion="reduce")
    server.say(LONG)
    send(page, "Talk.")
    page.wait_for_selector(".wait")
    assert page.evaluate("document.getAnimations().length") == 0


def test_what_is_said_and_where_the_focus_is(page, server):
    assert page.evaluate("document.activeElement.id") == "input"
    talk(page, server, "Tell me.", Say("First *part*.\n\n- second\n- third\n\nLast part."))
    assert page.locator("#live p").all_inner_texts() == ["First part.", "second third", "Last part.",
                                                         "End of the answer."]
    assert page.evaluate("document.activeElement.id") == "input"
    page.locator(".skip").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "input"
    # Every control can be reached by the keyboard alone, and shows that it was.
    seen = []
    page.locator(".skip").focus()
    for _ in range(40):
        page.keyboard.press("Tab")
        name, outline = page.evaluate("""[document.activeElement.ariaLabel || document.activeElement.textContent ||
          document.activeElement.id, getComputedStyle(document.activeElement).outlineStyle]""")
        if name in seen[-1:] or "Skip" in name:
            break
        assert outline != "none" or name == "input"
        seen.append(name)
    expected = ["New conversation", "Tell me.", "Rename", "Export", "Delete", "Export all", "Import", "Conversations",
                "Dark theme", "Settings", "Messages", "Copy", "Edit", "Try again", "input", "Send"]
    assert [name for name in seen if name in expected] == expected[:11] + ["Copy", "Edit"] + expected[11:]


def test_on_a_phone(open_page, server):
    page = open_page(size=PHONE)
    talk(page, server, "w" * 200, Say("x" * 300 + "\n\n```\n" + "y" * 300 + "\n```\n\n| a | b |\n|---|---|\n| " +
                                      "z" * 200 + " | c |"))
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert page.evaluate("document.querySelector('#scroll').scrollWidth") <= PHONE["width"]
    assert not page.locator("#side").is_visible()
    page.get_by_role("button", name="Conversations").click()
    assert page.evaluate("document.activeElement.id") == "new"
    assert page.evaluate("document.querySelector('#column').inert")
    page.keyboard.press("Escape")
    assert not page.locator("#side").is_visible()
    assert page.evaluate("document.activeElement.id") == "menu"
    small = page.evaluate("""[...document.querySelectorAll('button')].filter((one) => one.offsetParent &&
      one.getBoundingClientRect().height < 24).map((one) => one.textContent)""")
    assert small == []


@pytest.mark.parametrize("scheme,size", [("light", None), ("dark", PHONE)])
def test_axe_finds_nothing(open_page, server, scheme, size):
    from axe_playwright_python.sync_playwright import Axe
    page = open_page(scheme=scheme, size=size)

    def check(what):
        found = Axe().run(page)
        assert len(found.response["passes"]) > 20
        assert found.violations_count == 0, what + "\n" + found.generate_report()
    check("empty")
    talk(page, server, "Everything?", Say("## Title\n\nA [link](https://example.org), `code`.\n\n1. one\n   - two\n\n"
                                          "```py\nprint()\n```\n\n| a | b |\n|---|--:|\n| c | d |\n\n> quoted",
                                          reasoning="Well, **well**."))
    page.locator("summary").click()
    talk(page, server, "More?", Refuse(429))
    check("a conversation and an error")
    page.locator(".bad").get_by_role("button", name="Try again").click()
    wait_idle(page)
    page.locator("article.user").last.get_by_role("button", name="Edit").click()
    check("editing")
    page.keyboard.press("Escape")
    talk(page, server, "Weather?", WEATHER)
    check("tools")
    page.click("#open-settings")
    page.fill("#tools", "{")
    page.click("#settings .strong")
    check("settings")
    page.keyboard.press("Escape")
    if size:
        page.click("#menu")
        check("the list")
    page.get_by_role("button", name="Rename").click()
    check("a question")
    page.keyboard.press("Escape")
    if size:
        page.keyboard.press("Escape")
    page.evaluate("document.querySelectorAll('.results textarea').forEach((area) => { area.value = 'x'; })")
    server.say(LONG)
    page.get_by_role("button", name="Send results").click()
    shown(page, "word word word word").wait_for()
    check("streaming")
