#!/usr/bin/env python3
"""Error of the logits, ours and llama.cpp's, on the same GGUF files.

    logits_error.py --llama-source=SRC --llama-cpp=DIR --model X.gguf [...]
        [--build build] [--tokens 64] [--threads 2] [--cpu native] [--activations per-32]

Both are compared with lfm2-run: exact arithmetic on the file's dequantised
weights. The error is the root mean square of the difference over that of the
exact logits, over all prompt positions. llama.cpp is run with and without flash
attention, and the smaller error counts. Exit 1 where ours is above 1.1 x.

SRC is llama.cpp's checkout, DIR its build folder (static libraries, no OpenMP:
-DBUILD_SHARED_LIBS=OFF -DGGML_OPENMP=OFF); README.md says how to make it.
"""

import argparse
import os
import sys
import tempfile

import numpy

import peer

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BAR = 1.1


def logits(command, file, positions):
    peer.run(command)
    return numpy.fromfile(file, dtype="<f4").astype(numpy.float64).reshape(positions, -1)


def error(found, exact):
    return float(numpy.sqrt(((found - exact) ** 2).mean() / (exact ** 2).mean()))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    peer.add_options(parser)
    parser.add_argument("--model", action="append", required=True)
    parser.add_argument("--build", default=os.path.join(ROOT, "build"))
    parser.add_argument("--cpu", default="native")
    parser.add_argument("--activations", default="per-32", help="as lfm2-compile has it")
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--vocabulary", type=int, default=0, help="ids below this; 0: the model's rows")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()

    bad = 0
    print("| model | ours | llama.cpp | ratio | same greedy id, ours | llama.cpp |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        other = peer.build("llama_logits", options, folder)
        for model in options.model:
            program, file = os.path.join(folder, "program"), os.path.join(folder, "logits")
            peer.run([os.path.join(options.build, "bin", "lfm2-compile"), model, "-o", program,
                 f"--cpu={options.cpu}", f"--activations={options.activations}"])
            generator = numpy.random.default_rng(11)
            rows = options.vocabulary or 1000
            tokens = [int(token) for token in generator.integers(0, rows, options.tokens)]
            ids = ",".join(map(str, tokens))
            exact = logits([os.path.join(options.build, "bin", "lfm2-run"), model, "--tokens", ids,
                            "--logits", file], file, len(tokens))
            mine = logits([program, "--tokens", ids, "--logits", file, "-n", "0", "--threads",
                           str(options.threads)], file, len(tokens))
            theirs = min((logits([other, model, ids, file, str(options.threads), mode], file, len(tokens))
                          for mode in ("fa", "nofa")), key=lambda found: error(found, exact))
            ratio = error(mine, exact) / error(theirs, exact)
            best = exact.argmax(axis=1)
            same = [100 * float((found.argmax(axis=1) == best).mean()) for found in (mine, theirs)]
            bad += ratio > BAR
            print(f"| {os.path.basename(model)} | {error(mine, exact):.2e} | {error(theirs, exact):.2e} "
                  f"| {ratio:.2f} | {same[0]:.0f} % | {same[1]:.0f} % |", flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
