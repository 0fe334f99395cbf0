"""What the word MODEL means: a place on this machine, a repository on the hub, a
short name for one, or a name that Ollama knows."""

import os
import re
from typing import NamedTuple

from .refusal import Refusal

TABLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "names.txt")
HUB = re.compile(r"(?:https?://)?(?:hf\.co|huggingface\.co)/")
REPOSITORY = re.compile(r"(?P<repo>[\w.-]+/[\w.-]+?)(?:@(?P<revision>[^:@]+))?(?::(?P<choice>[^:]+))?")
PAGE = re.compile(r"(?P<repo>[\w.-]+/[\w.-]+)/(?:blob|resolve|tree)/(?P<revision>[^/]+)(?:/(?P<choice>.+))?")
FORMAT = re.compile(r"((?:ud-)?i?q\d\w*|tq\d\w*|bf16|f16|f32|mxfp4\w*)", re.IGNORECASE)


class Name(NamedTuple):
    word: str  # as it was typed
    repo: str  # "LiquidAI/LFM2-350M-GGUF"; "" where only Ollama may know the word
    choice: str  # a format as Q4_0, or a file; "" the usual one
    revision: str = "main"


def is_path(word):
    """Whether the word can only be a path, be it there or not."""
    return word.startswith(("/", "./", "../", "~")) or word in (".", "..") or \
        word.lower().endswith((".gguf", ".mlir")) and ":" not in word and not HUB.match(word)


def table():
    """Short names, and the repository of each."""
    with open(TABLE, encoding="utf-8") as file:
        lines = [line.split() for line in file if line.strip() and not line.startswith("#")]
    return {name: repo for name, repo in lines}


def parse(word):
    """A Name; raises Refusal where the word cannot be one."""
    rest = HUB.sub("", word, count=1)
    if "/" in word:
        found = REPOSITORY.fullmatch(rest) or PAGE.fullmatch(rest.split("?")[0])
        if found:
            return Name(word, found["repo"], found["choice"] or "", found["revision"] or "main")
        raise Refusal(f"expected a path, OWNER/REPOSITORY[:FORMAT] or a short name, found '{word}'; "
                      "`lfm2 list` shows what is on this machine", 2)
    short = table()
    lower = word.lower()
    if lower in short:
        return Name(word, short[lower], "")
    stem, dash, ending = lower.rpartition("-")
    # Formats have no dash but that of Unsloth's.
    if stem.endswith("-ud"):
        stem, ending = stem[:-3], f"ud-{ending}"
    if dash and stem in short and FORMAT.fullmatch(ending):
        return Name(word, short[stem], ending)
    return Name(word, "", "")


def unknown(word):
    """The Refusal for a word that nothing on this machine or in the table is called."""
    import difflib
    short = list(table())
    near = difflib.get_close_matches(word.lower(), short, 3)
    hint = f"did you mean {' or '.join(near)}?" if near else \
        f"short names are {', '.join(short[:6])} and more (`lfm2 list --names`)"
    return Refusal(f"no model is called '{word}': it is no file, no short name and no OWNER/REPOSITORY; {hint}")
