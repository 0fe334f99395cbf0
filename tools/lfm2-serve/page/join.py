#!/usr/bin/env python3
"""Joins the parts of the chat page to one file of HTML that loads nothing else.

    join.py OUT.html            the page
    join.py OUT.cpp             the same, as lfm2s::pageBytes and pageSize, for the server

Comments and indentation are left out. The policy of the page allows this script and
this style by their hashes, requests to the page's own server, and nothing else.
"""

import base64
import hashlib
import os
import re
import sys

FOLDER = os.path.dirname(os.path.abspath(__file__))
# A string, a template (with no other inside) or a regular expression; or a mark with
# space around it that says nothing.
SPACED = re.compile(r"""("(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|"""
                    r"""(?<=[(,=:!&|? ])/(?![/* ])(?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\\n])+/[a-z]*)|"""
                    r""" *([=,{}();:?<>&|]+)(?:(?<=[{(,;])\s+| *)""")
SCRIPTS = ("base", "markdown", "inline", "talk", "store", "server", "answer", "messages", "edits", "tools", "follow",
           "side", "settings", "main")


def read(name):
    with open(os.path.join(FOLDER, name), encoding="utf-8") as file:
        return file.read()


def dense(text):
    """Neither language here has strings of several lines."""
    lines = (line.strip() for line in text.split("\n"))
    return "\n".join(line for line in lines if line and not line.startswith(("//", "/*")))


def source(text):
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


def join():
    style = re.sub(r"\s*([{};,])\s*|(:) ", r"\1\2", dense(read("style.css")))
    script = dense("\n".join(read(name + ".js") for name in SCRIPTS))
    script = '"use strict";\n' + SPACED.sub(lambda match: match[1] or match[2], script)
    assert "</script" not in script.lower() and "</style" not in style.lower()
    policy = "; ".join(("default-src 'none'", "script-src " + source(script), "style-src " + source(style),
                        "img-src data:", "connect-src 'self'", "base-uri 'none'", "form-action 'none'",
                        "require-trusted-types-for 'script'", "trusted-types 'none'"))
    page = dense(read("page.html"))
    for name, text in (("policy", policy), ("style", style), ("script", script)):
        page = page.replace("{{" + name + "}}", text)
    return page + "\n"


def as_code(page):
    numbers = [str(byte) for byte in page.encode()]
    rows = ",\n".join(",".join(numbers[at:at + 32]) for at in range(0, len(numbers), 32))
    return ("// Made by tools/lfm2-serve/page/join.py.\n\nnamespace lfm2s {\n"
            "extern const unsigned char pageBytes[];\nextern const unsigned pageSize;\n"
            f"const unsigned char pageBytes[] = {{\n{rows}}};\n"
            f"const unsigned pageSize = {len(numbers)};\n}} // namespace lfm2s\n")


def main():
    if len(sys.argv) != 2 or not sys.argv[1].endswith((".html", ".cpp")):
        sys.exit(f"expected a path that ends in .html or .cpp, found {sys.argv[1:]}\n\n{__doc__}")
    page = join()
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        file.write(as_code(page) if sys.argv[1].endswith(".cpp") else page)


if __name__ == "__main__":
    main()
