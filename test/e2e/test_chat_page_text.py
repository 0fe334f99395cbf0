"""How the chat page shows what models write: Markdown, and what tries to be more than text."""

import random
from html.parser import HTMLParser

import pytest

from chat_page_browser import browser, html, needs_chromium, open_page, page, server, talk  # noqa: F401
from chat_page_server import Refuse, Say

pytestmark = needs_chromium


# The page's elements as lists: [tag, address or first number, children...].
RENDER = """(texts) => {
  const tree = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return node.data;
    if (node.className === 'code') return ['pre', '', ['code', '', node.querySelector('code').textContent]];
    if (node.className === 'table') return tree(node.firstChild);
    const tag = node.tagName === 'H3' ? 'h' + node.className.slice(5) : node.tagName.toLowerCase();
    return [tag, node.getAttribute('href') ?? node.getAttribute('start') ?? '', ...[...node.childNodes].map(tree)];
  };
  return texts.map((text) => {
    const parent = document.createElement('div');
    renderMarkdown(parent, text);
    return tree(parent);
  });
}"""


class Tree(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.open = [["div", ""]]
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        named = dict(attributes)
        element = [tag, named.get("href") or named.get("start") or ""]
        self.open[-1].append(element)
        if tag not in ("br", "hr"):
            self.open.append(element)

    def handle_endtag(self, tag):
        if tag not in ("br", "hr"):
            self.open.pop()

    def handle_data(self, data):
        self.open[-1].append(data)


def plain(tree, in_code=False):
    """Without differences that nobody sees: space between blocks, paragraphs that are all of an item."""
    if isinstance(tree, str):
        return tree
    tag, value, *children = tree
    in_code = in_code or tag == "pre"
    joined = []
    for child in (plain(child, in_code) for child in children):
        if isinstance(child, str) and joined and isinstance(joined[-1], str):
            joined[-1] += child
        elif child:
            joined.append(child)
    if not in_code:
        joined = [child.strip("\n") if isinstance(child, str) else child for child in joined]
        joined = [child for child in joined if not isinstance(child, str) or child.strip()]
        joined = [child.rstrip() if isinstance(child, str) and (at + 1 == len(joined) or joined[at + 1][0] in (
            "ul", "ol", "pre", "blockquote", "table")) else child for at, child in enumerate(joined)]
    else:
        joined = [child.removesuffix("\n") if isinstance(child, str) else child for child in joined]
    if tag == "li" and joined and joined[0][0] == "p" and all(child[0] in ("ul", "ol") for child in joined[1:]):
        joined[:1] = joined[0][2:]
    return [tag, value, *joined]


def judge(text):
    from markdown_it import MarkdownIt
    reader = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"])
    return plain(Tree(reader.render(text)).open[0])


WORDS = "river, hill; 2*3 = 6? a_b_c (the) \"sea\" it's 100% & <so> on: x < y > z! über 水 😀 1. - # + | $5".split()
WORDS.remove("|")


def words(chance, most=6):
    # A word that begins a line must not make it another block.
    return "so " + " ".join(chance.choice(WORDS) for _ in range(chance.randint(1, most)))


def inline(chance, depth=0):
    kind = chance.randrange(9 if depth < 2 else 3)
    if kind < 2:
        return words(chance)
    if kind == 2:
        return chance.choice(["`a * b`", "``x ` y``", "`<b>`", "\\*not\\*", "`_a_`"])
    if kind == 3:
        return f"[{words(chance, 2)}]({chance.choice(['https://example.org/a_b(c)', 'mailto:a@example.org'])})"
    if kind < 8:
        mark = ["**", "*", "_", "~~"][kind - 4]
        inside = inline(chance, depth + 1)
        return mark + inside + "x" + mark if inside[0] not in "*_~`\\[" else inside
    return inline(chance, depth + 1) + " and " + inline(chance, depth + 1)


def block(chance, depth=0):
    kind = chance.randrange(9 if depth < 2 else 4)
    if kind < 2:
        return [inline(chance) for _ in range(chance.randint(1, 2))]
    if kind == 2:
        return ["#" * chance.randint(1, 6) + " " + inline(chance)]
    if kind == 3:
        return ["---"]
    if kind == 4:
        fence = chance.choice(["```", "````", "~~~"])
        return [fence + chance.choice(["", "py"]), "  def f(*a):", "", "# <b> **not**", "- no", "|a|", fence]
    if kind < 7:
        lines, numbered, first = [], kind == 6, chance.choice([1, 1, 7])
        for number in range(chance.randint(1, 4)):
            mark = f"{first + number}." if numbered else "-"
            content = [inline(chance)]
            if chance.random() < 0.4:
                inner = block(chance, depth + 1)
                content += inner if inner[0][0] in "-1" and inner != ["---"] else ["", *inner]
            lines += [mark + " " + content[0]]
            lines += [" " * (len(mark) + 1) + line if line else "" for line in content[1:]]
        return lines
    if kind == 7:
        return ["> " + line if line else ">" for line in block(chance, depth + 1)]
    return ["| a | b |", "|---|--:|", *(f"| {inline(chance, 2)} | c{row} |" for row in range(chance.randint(1, 3)))]


def document(chance):
    blocks = []
    for _ in range(chance.randint(1, 5)):
        lines = block(chance)
        # Two lists in a row are one to some and two to others.
        if not (blocks and lines[0][0] in "-17" and blocks[-1][0][0] in "-17"):
            blocks.append(lines)
    return "\n\n".join("\n".join(lines) for lines in blocks)


def test_markdown_is_what_another_reader_makes_of_it(page):
    texts = [document(random.Random(seed)) for seed in range(400)]
    found = page.evaluate(RENDER, texts)
    for text, tree in zip(texts, found):
        assert plain(tree) == judge(text), text


def test_a_stream_ends_as_the_whole_does(page):
    """Piece by piece, with blocks kept; each piece, too, is shown without fault."""
    texts = [document(random.Random(seed)) for seed in range(1000, 1030)]
    assert page.evaluate("""(texts) => texts.filter((text) => {
      const one = document.createElement('div'), other = document.createElement('div');
      for (let end = 0; end <= text.length; end += 3) renderMarkdown(one, text.slice(0, end));
      renderMarkdown(one, text);
      renderMarkdown(other, text);
      return one.outerHTML !== other.outerHTML;
    })""", texts) == []
    assert page.evaluate("""() => {
      const parent = document.createElement('div');
      renderMarkdown(parent, 'one\\n\\ntwo');
      const first = parent.firstChild;
      renderMarkdown(parent, 'one\\n\\ntwo and\\n\\nthree');
      return first === parent.firstChild && parent.children.length;
    }""") == 3


HOSTILE = [
    "<img src=x onerror=alert(1)>", "<script>alert(1)</script>", "<svg/onload=alert(1)>", "<iframe src=//e.example>",
    "[a](javascript:alert(1))", "[a](JaVaScRiPt:alert(1))", "[a](java\tscript:alert(1))",
    "[a](&#106;avascript:alert(1))", "[a](data:text/html,<script>alert(1)</script>)", "[a](vbscript:x)",
    "[a](//e.example)", "[a](/v1/models)", "[a](#x)", "![a](https://e.example/a.png)",
    "![a](x \"onerror=alert(1)\")", "<javascript:alert(1)>", "[<b>](https://e.example/<b>)",
    "[a](https://e.example/\" onclick=\"alert(1))", "`<b>`", "```<b>\n<b>\n```", "```\" onload=x\n```",
    "| <b> | b |\n|---|---|\n| <img> |", "# <b>x</b>", "> <form action=x>", "- <style>*{}</style>",
    "</div></article><h1>x</h1>", "{{script}}", "${alert(1)}", "[a]: javascript:alert(1)\n\n[a]",
    "https://e.example/<img>", "http://[", "[a](http://[)", "&lt;b&gt; &amp;", "\x00\x01\u202e\ud7ff",
]
ALLOWED = set("ARTICLE H2 H3 DIV P BR HR UL OL LI BLOCKQUOTE PRE CODE SPAN BUTTON A EM STRONG S TABLE THEAD TBODY TR "
              "TH TD DETAILS SUMMARY FORM LABEL TEXTAREA".split())
LOOK = """() => [...document.querySelectorAll('#messages *, #talks *, #notices *, #live *')].map((one) =>
  [one.tagName, ...[...one.attributes].map((attribute) => attribute.name + '=' + attribute.value)])"""


def test_nothing_becomes_more_than_text(open_page, server):
    asked, server.models = [], ["<b>model</b>", "x\" onclick=\"y"]
    page = open_page(script="window.alert = () => { throw new Error('alert'); };")
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    everything = "\n\n".join(HOSTILE)
    for text in (everything, " ".join(HOSTILE[:20])):
        talk(page, server, text, Say(text, reasoning=text))
    talk(page, server, "<b>error", Refuse(500, everything))
    talk(page, server, "<b>call", Say(calls=[("<img src=x>", {"<b>": everything})]))
    page.locator(".results textarea").fill(everything)
    page.get_by_role("button", name="Send results").click()
    page.wait_for_selector("#send:not(.busy)")
    page.reload()
    page.wait_for_selector("article")
    for tag, *attributes in page.evaluate(LOOK):
        assert tag in ALLOWED | {"LI"}, tag
        for attribute in attributes:
            name, value = attribute.split("=", 1)
            assert not name.startswith("on") and name not in ("style", "src", "srcset", "action", "formaction", "id")
            if name == "href":
                assert value.startswith(("https://e.example/", "mailto:")), value
        if tag == "A":
            assert {"rel=noopener noreferrer nofollow", "target=_blank"} <= set(attributes)
    assert {url[:len(server.url)] for url in asked} == {server.url}
    assert {url[len(server.url):] for url in asked} == {"", "v1/models", "v1/chat/completions"}
    # It is all still there to be read.
    text = page.inner_text("#messages")
    assert "<img src=x onerror=alert(1)>" in text and "</div></article><h1>x</h1>" in text


HARD = [
    "*a " * 60_000, "**a" * 60_000, "_a_ " * 50_000, "`" * 100_000 + "a",
    "".join("`" * (at % 300) + "a" for at in range(1500)), "[" * 100_000, "[a](" * 30_000, "![" * 50_000,
    "> " * 50_000, "- " * 50_000, "\n".join(" " * at + "- a" for at in range(800)), "|" * 100_000,
    ("|-" * 3_000 + "\n") * 6, "#" * 100_000, "~" * 100_000, "a\n" * 50_000, "1. a\n\n" * 20_000, "http://" * 20_000,
    "*" * 100_000, "\\" * 100_000, "-" * 100_000, "- - " * 20_000, "|a|\n" * 20_000, "[a](" + "(" * 50_000,
    "*" * 30_001 + "a" + "*" * 30_001, "> " * 300 + "- " * 300 + "a",
]


@pytest.mark.parametrize("number", range(len(HARD)))
def test_no_text_takes_long(shared_page, number):
    took, depth = shared_page.evaluate("""(text) => {
      const parent = document.createElement('div'), begin = performance.now();
      renderMarkdown(parent, text);
      const took = performance.now() - begin;
      let depth = 0;
      for (let one = parent; one; one = one.firstElementChild) depth++;
      return [took, depth];
    }""", HARD[number])
    assert took < 1500 and depth < 40, (HARD[number][:20], took, depth)


@pytest.fixture(scope="module")
def shared_page(browser, html):
    page = browser.new_page()
    page.route("**/*", lambda route: route.fulfill(body=html, content_type="text/html"))
    page.goto("http://127.0.0.1/")
    yield page
    page.close()
