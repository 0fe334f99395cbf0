#!/usr/bin/env python3
"""Texts a second that become vectors, ours and llama.cpp's, on the same GGUF files.

    embed_speed.py --llama-source=SRC --llama-cpp=DIR --model X.gguf [...]
        [--build build] [--texts 64] [--tokens 128] [--threads 2] [--rounds 5] [--cpu native]

Both get texts of the same ids, in turn, --rounds times; medians count. Ours is the program's own --bench. llama.cpp is
timed inside of llama_vectors.cpp, without loading and after a run to warm up, with and without flash attention, in
batches of 512, 2048 and all tokens; the fastest way counts.

SRC and DIR are as for logits_error.py. Random weights of a real shape will do:

    .venv/bin/python3 test/models/make_checkpoint.py embed.gguf --shape 350m --gives cls --type q8_0
"""

import argparse
import itertools
import json
import os
import statistics
import sys
import tempfile

import peer

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def make_texts(count, tokens, vocabulary):
    """The ids of the program's --bench: of no meaning, all different."""
    random, texts = 1, []
    for _ in range(count):
        texts.append([])
        for _ in range(tokens):
            random = (random * 1664525 + 1013904223) % 2 ** 32
            texts[-1].append(random % vocabulary)
    return texts


class Ours:
    def __init__(self, program, options):
        self.command = [program, "--bench", "--bench-texts", options.texts, "--bench-text-tokens", options.tokens,
                        "--bench-repeat", 3, "--threads", options.threads]

    def speed(self):
        return json.loads(peer.run(self.command))["texts_per_s"]


class Theirs:
    def __init__(self, program, model, texts, folder, threads):
        rows = os.path.join(folder, "rows")
        with open(rows, "w", encoding="utf-8") as file:
            file.writelines(",".join(map(str, ids)) + "\n" for ids in texts)
        self.texts = len(texts)
        self.command = [program, model, rows, os.path.join(folder, "vectors.f32"), threads]
        every = sum(len(ids) for ids in texts)
        ways = itertools.product(("fa", "nofa"), sorted({min(size, every) for size in (512, 2048, every)}))
        self.way = max(ways, key=lambda way: self.speed(way, 2))

    def speed(self, way=None, repeat=4):
        seconds = [float(line) for line in peer.run([*self.command, *(way or self.way), repeat]).split()]
        return self.texts / statistics.median(seconds[1:])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    peer.add_options(parser)
    parser.add_argument("--model", action="append", required=True)
    parser.add_argument("--build", default=os.path.join(ROOT, "build"))
    parser.add_argument("--cpu", default="native")
    parser.add_argument("--texts", type=int, default=64)
    parser.add_argument("--tokens", type=int, default=128)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()

    print("| model | ours, texts/s | llama.cpp | times as fast | rounds' ratios | its way |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        other_program = peer.build("llama_vectors", options, folder)
        for model in options.model:
            program = os.path.join(folder, "program")
            peer.run([os.path.join(options.build, "bin", "lfm2-compile"), model, "-o", program, f"--cpu={options.cpu}"])
            vocabulary = json.loads(peer.run([program, "--info"]))["vocab"]
            texts = make_texts(options.texts, options.tokens, vocabulary)
            ours, theirs = Ours(program, options), Theirs(other_program, model, texts, folder, options.threads)
            pairs = [(ours.speed(), theirs.speed()) for _ in range(options.rounds)]
            mine, other = (statistics.median(column) for column in zip(*pairs))
            ratios = ", ".join(f"{ratio:.2f}" for ratio in sorted(a / b for a, b in pairs))
            print(f"| {os.path.basename(model)} | {mine:.1f} | {other:.1f} | {mine / other:.2f} | {ratios} "
                  f"| {theirs.way[0]}, {theirs.way[1]} tokens |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
