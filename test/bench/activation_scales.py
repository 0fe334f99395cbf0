#!/usr/bin/env python3
"""What int8 scales of activations cost: one for 32 columns, or one for a token.

    activation_scales.py MODEL.gguf [...] [--build build] [--text FILE]

Compiles each model with --activations=per-32 and per-token and compares the logits
of a text with exact arithmetic on the same weights (lfm2-run): relative RMS error,
mean and largest Kullback-Leibler divergence of the next token's distribution in nats,
and how often both find the same token most likely.
"""

import argparse
import os
import subprocess
import tempfile

import numpy

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TEXT = """The short convolution of a layer looks at three tokens only, but attention sees them all.
A river is a large natural stream of water that flows in a channel to the sea or to a lake.
An engine that reads its weights from memory once for every word is as fast as the memory, and no faster."""


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def log_softmax(logits):
    logits = logits - logits.max(axis=-1, keepdims=True)
    return logits - numpy.log(numpy.exp(logits).sum(axis=-1, keepdims=True))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+", metavar="MODEL.gguf")
    parser.add_argument("--build", default=os.path.join(ROOT, "build"), help="folder of the build")
    parser.add_argument("--text", help="file with the text (default: three sentences)")
    options = parser.parse_args()
    text = TEXT
    if options.text:
        with open(options.text, encoding="utf-8") as file:
            text = file.read()
    print("| model | scales | error | mean KL | largest KL | same token |\n|---|---|---|---|---|---|")
    for model in options.models:
        with tempfile.TemporaryDirectory() as folder:
            tokens, exact = None, None
            for scales in ("per-32", "per-token"):
                program, out = os.path.join(folder, scales), os.path.join(folder, "logits")
                run(os.path.join(options.build, "bin", "lfm2-compile"), model, "-o", program, f"--activations={scales}")
                tokens = tokens or run(program, "--tokenize", text)
                shape = (len(tokens.split(",")), -1)
                if exact is None:
                    run(os.path.join(options.build, "bin", "lfm2-run"), model, "--tokens", tokens, "--logits", out)
                    exact = numpy.fromfile(out, "<f4").reshape(shape).astype(numpy.float64)
                run(program, "--tokens", tokens, "--logits", out)
                ours = numpy.fromfile(out, "<f4").reshape(shape).astype(numpy.float64)
                p, q = log_softmax(exact), log_softmax(ours)
                kl = (numpy.exp(p) * (p - q)).sum(axis=-1)
                error = numpy.sqrt(((ours - exact) ** 2).sum() / (exact**2).sum())
                same = (ours.argmax(axis=-1) == exact.argmax(axis=-1)).mean()
                print(f"| {os.path.basename(model)} | {scales} | {error:.4f} | {kl.mean():.6f} | {kl.max():.5f} "
                      f"| {same:.1%} |")


if __name__ == "__main__":
    main()
