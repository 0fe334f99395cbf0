#!/usr/bin/env python3
"""What going on with a conversation costs: a second turn, going back, saving and restoring, guesses.

    conversation_speed.py --model X.gguf [--build build] [--read 4000] [--threads 2] [--rounds 5] [--cpu native]

Prints a JSON object with medians of --rounds, in ms or tokens a second. "alone" is what the same tokens take in a context
that stands at the same place and does nothing else. What a model of chance would answer says nothing of copying, so the
answers are written before: a mask allows one token at each place, with a drafter and without. "copy" repeats the prompt
with every 20th token changed; "new" has no run of tokens twice.
"""

import argparse
import ctypes
import json
import os
import statistics
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "test"))

import numpy  # noqa: E402

from library import Context, address, compile_library  # noqa: E402
from programs import Build  # noqa: E402

TURN = 64  # Tokens of a second turn.
ANSWER = 400  # Tokens that guesses are measured with.
ALLOW = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint32, ctypes.c_void_p)


def some(library, count, seed):
    return numpy.random.default_rng(seed).integers(1, library.vocabulary, count).astype(numpy.int32)


def milliseconds(action):
    begin = time.perf_counter()
    action()
    return (time.perf_counter() - begin) * 1e3


def read(context, tokens):
    context.library.call("eval", context.pointer, address(tokens), len(tokens), None)


def going_on(library, options):
    """Of a conversation of options.read tokens."""
    room = options.read + 2 * TURN + 16
    marks = options.read // 64 + 8
    context = Context(library, room, options.threads, marks=marks)
    other = Context(library, room, options.threads)
    said = some(library, options.read, 1)
    read(context, said)
    saved = context.save()
    found = {}

    def note(name, value):
        found.setdefault(name, []).append(value)
    for i in range(options.rounds):
        turn = some(library, TURN, 100 + i)
        other.restore(saved)
        note("second_turn_alone", milliseconds(lambda: read(other, turn)))
        whole = numpy.concatenate([said, turn])
        note("second_turn", milliseconds(lambda: context.read(whole)))
        for back in (1, 63, 64, options.read // 2, options.read - 65):
            context.read(said)
            note(f"rewind_by_{back}", milliseconds(lambda: context.rewind_to(options.read - back)))
        context.read(said)
        memory = ctypes.create_string_buffer(len(saved))
        note("save", milliseconds(lambda: library.lib.lfm2rt_save(context.pointer, memory)))
        note("restore", milliseconds(lambda: other.restore(memory)))
    kept = len(context.mark()) - 64  # Without the header.
    used = options.read * (len(saved) - kept - 64 - 4 * options.read) // (-(-options.read // 16) * 16) + kept
    context.close()
    other.close()
    return {name: statistics.median(values) for name, values in found.items()} | {"saved_over_used": len(saved) - used}


def guessing(library, options, answer, prompt, drafts):
    """Tokens a second of an answer, and what was guessed."""
    context = Context(library, len(prompt) + len(answer) + 16, options.threads, drafts=drafts)
    if drafts:
        context.look_up(len(prompt) + len(answer) + 16)
    mask = numpy.zeros((library.vocabulary + 31) // 32, numpy.uint32)

    def allow(_, count, __):
        mask[:] = 0
        token = answer[min(count - len(prompt), len(answer) - 1)]
        mask[token // 32] = 1 << int(token) % 32
        return mask.ctypes.data
    hook = ALLOW(allow)
    library.lib.lfm2rt_set_allow(context.pointer, hook, None)
    read(context, prompt)
    text = []
    took = milliseconds(lambda: text.extend(context.generate([], len(answer))))
    assert text == answer.tolist()
    counts = context.draft_counts()
    context.close()
    return len(answer) / took * 1e3, counts


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--model", required=True)
    parser.add_argument("--build", default=os.path.join(ROOT, "build"))
    parser.add_argument("--read", type=int, default=4000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--drafts", type=int, default=31)
    parser.add_argument("--cpu", default="native")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        library = compile_library(Build(options.build, folder), options.model, folder, f"--cpu={options.cpu}",
                                  f"--context={options.read + 1024}")
        result = going_on(library, options)
        prompt = some(library, ANSWER, 2)
        copy = prompt.copy()
        copy[::20] = some(library, len(copy[::20]), 3)
        for name, answer in (("copy", copy), ("new", some(library, ANSWER, 4))):
            rates = {0: [], options.drafts: []}
            for _ in range(options.rounds):
                for drafts, measured in rates.items():
                    rate, counts = guessing(library, options, answer, prompt, drafts)
                    measured.append(rate)
            plain, guessed = (statistics.median(measured) for measured in rates.values())
            result[name] = {"plain": plain, "guessed": guessed, "ratio": guessed / plain, "counts": counts}
        library.close()
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
