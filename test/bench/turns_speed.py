#!/usr/bin/env python3
"""Tokens a second of conversations that answer together, ours and llama.cpp's, on the same GGUF file.

    turns_speed.py --model X.gguf [--llama-batched-bench PROGRAM] [--build build] [--conversations 1,8,32]
        [--prompt 64] [--generated 64] [--threads 2] [--rounds 3] [--cpu native]

Each conversation reads a prompt of its own and then chooses the likeliest token, again and again; all go on in the same
steps. Medians of --rounds count, of ours and theirs in turn. "1" of ours is lfm2rt_eval(), one conversation's own way.
PROGRAM is llama.cpp's llama-batched-bench; it is run with and without flash attention, and the faster counts.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "test"))

import numpy  # noqa: E402

from library import Context, address, compile_library  # noqa: E402
from programs import Build  # noqa: E402


def ours(library, options, conversations):
    """Tokens a second of all conversations."""
    room = options.prompt + options.generated + 1
    reader = Context(library, 16, options.threads, turns=conversations)
    talks = [Context(library, room, options.threads if conversations == 1 else 1) for _ in range(conversations)]
    random = numpy.random.default_rng(1)
    for talk in talks:
        prompt = random.integers(1, library.vocabulary, options.prompt).astype(numpy.int32)
        library.call("eval", talk.pointer, address(prompt), len(prompt), None)
    begin = time.perf_counter()
    for _ in range(options.generated):
        chosen = [numpy.array([talk.logits().argmax()], numpy.int32) for talk in talks]
        if conversations == 1:
            library.call("eval", talks[0].pointer, address(chosen[0]), 1, None)
        else:
            reader.eval_turns(list(zip(talks, chosen)))
    seconds = time.perf_counter() - begin
    for talk in [*talks, reader]:
        talk.close()
    return conversations * options.generated / seconds


def theirs(options, conversations):
    rates = []
    for attention in ("on", "off"):
        done = subprocess.run(
            [options.llama_batched_bench, "-m", options.model, "-npp", str(options.prompt), "-ntg", str(options.generated),
             "-npl", str(conversations), "-c", str(conversations * (options.prompt + options.generated + 32)),
             "-t", str(options.threads), "-fa", attention, "--output-format", "jsonl"],
            capture_output=True, text=True, check=True)
        rows = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        rates.append(rows[-1]["speed_tg"])
    return max(rates)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--model", required=True)
    parser.add_argument("--llama-batched-bench")
    parser.add_argument("--build", default=os.path.join(ROOT, "build"))
    parser.add_argument("--conversations", default="1,8,32")
    parser.add_argument("--prompt", type=int, default=64)
    parser.add_argument("--generated", type=int, default=64)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cpu", default="native")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        library = compile_library(Build(options.build, folder), options.model, folder, f"--cpu={options.cpu}")
        alone = None
        for count in map(int, options.conversations.split(",")):
            rates, peers = [], []
            for _ in range(options.rounds):
                rates.append(ours(library, options, count))
                if options.llama_batched_bench:
                    peers.append(theirs(options, count))
            rate = statistics.median(rates)
            alone = alone or rate
            line = f"{count:3} conversations: {rate:7.1f} tokens/s, {rate / alone:.2f} x one"
            if peers:
                line += f"; llama.cpp {statistics.median(peers):.1f}, ours is {rate / statistics.median(peers):.2f} x that"
            print(line, flush=True)


if __name__ == "__main__":
    main()
