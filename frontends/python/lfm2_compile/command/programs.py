"""run, serve, prepare, compile: what ends in a program."""

import sys

from . import cache, tools, words
from .find import find
from .refusal import Refusal

# What says by itself what a compiled program does, so that no PROMPT is looked for.
MODES = ("prompt", "file", "messages", "tokens", "jsonl", "tokenize", "tokenize-file", "detokenize",
         "bench", "info", "verify", "embed", "embed-file", "devices", "help", "h")


def run(arguments):
    """lfm2 run [options of lfm2-compile] MODEL [PROMPT] [options of the program]"""
    options, word, rest = words.model_and_rest(arguments, "run")
    program, note = cache.prepare(find(word), options, "exe")
    tools.replace(program, asked(rest, note), "lfm2 run")


def asked(rest, note):
    """The words for a compiled program. Behind "--" a PROMPT may begin with "-"."""
    dashes = rest[:1] == ["--"]
    rest = rest[dashes:]
    if dashes and not rest:
        raise Refusal("expected a PROMPT behind --, found the end of the command line", 2)
    if rest and (dashes or not rest[0].startswith("-")):
        return [*mode_of(note, "--prompt"), *rest]
    modes = {word.lstrip("-").partition("=")[0] for word in rest if word.startswith("-")}
    if modes.intersection(MODES) or sys.stdin is None or sys.stdin.isatty():
        return rest
    return [*rest, *mode_of(note, "--file"), "-"]


def mode_of(note, source):
    """The words in front of a text that a program reads from `source`: --prompt or --file."""
    return ["--embed"] if note.get("vectors") else ["--chat", source] if note.get("chat") else [source]


def prepare(arguments):
    """lfm2 prepare [--emit=exe|shared] [options of lfm2-compile] MODEL"""
    options, word, rest = words.model_and_rest(arguments, "prepare")
    more, rest = words.split(rest)
    if rest:
        raise Refusal(f"expected one MODEL, found '{word}' and '{rest[0]}'", 2)
    emit = "exe"
    for option in [*options, *more]:
        if option.startswith("--emit="):
            emit = option[len("--emit="):]
    if emit not in cache.PROGRAMS:
        raise Refusal(f"expected --emit=exe or --emit=shared, found --emit={emit}", 2)
    options = [option for option in [*options, *more] if not option.startswith("--emit=")]
    print(cache.prepare(find(word), options, emit)[0], flush=True)
    return 0


def serve(arguments):
    """lfm2 serve [options of lfm2-compile] MODEL... [options of lfm2-serve]"""
    options, rest = words.split(arguments)
    models = []
    while rest and not rest[0].startswith("-"):
        models.append(rest.pop(0))
    if not models:
        raise Refusal("expected a MODEL; `lfm2 serve --help` shows how, and `lfm2 list` which there are", 2)
    server = tools.find("lfm2-serve")
    named = [word if word.endswith(".so") else
             f"--name={served_as(word)}={cache.prepare(find(word), options, 'shared')[0]}" for word in models]
    tools.replace(server, [*named, *rest])


def served_as(word):
    """What clients call a model: its last part, without the ending of a file."""
    name = word.rstrip("/").rpartition("/")[2]
    return name[:-len(".gguf")] if name.lower().endswith(".gguf") else name


def compile_model(arguments):
    """lfm2 compile [options of lfm2-compile] MODEL [options of lfm2-compile]"""
    options, rest = words.split(arguments)
    compiler = tools.find("lfm2-compile")
    if not rest:
        tools.replace(compiler, options or ["--help"])
    model = find(rest[0])
    more, others = words.split(rest[1:])
    if others:
        raise Refusal(f"expected one MODEL, found '{rest[0]}' and '{others[0]}'", 2)
    options += more
    if model.place == "Ollama" and not any(option.startswith("--o=") for option in options):
        options.append("--o=" + rest[0].rpartition("/")[2].replace(":", "-"))
    tools.replace(compiler, [option.replace("--o=", "-o=", 1) for option in options] + [model.path])
