#!/usr/bin/env python3
"""Bytes that the family's models take, computed from their shapes: the tables of runtime/MEMORY.md.

    memory.py                                                 all tables
    memory.py 1.2b --weights Q4_0 --kv q8_0 --context 32768   one model, as JSON
    memory.py --scratch build/bin/lfm2-compile                scratch memory, as the compiler plans it

--scratch compiles each model up to its plan, out of files of holes that take no room.
"""

import argparse
import json
import math
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "models"))
import blocks  # noqa: E402
import gguf_file  # noqa: E402
import vocabulary  # noqa: E402
from shapes import SHAPES, tensors  # noqa: E402

MODELS = ["230m", "350m", "700m", "1.2b", "2.6b", "2.5-2.6b", "8b-a1b", "2.5-8b-a1b", "24b-a2b"]
# What files and --quantize call these: Q4_0 and Q4_K_M are the mixes of llama-quantize.
WEIGHTS = {"Q4_0": "q4_0_mix", "Q4_K_M": "q4_k_m", "Q8_0": "q8_0", "BF16": "bf16"}
# Bits of a weight in a program, where it takes more than in files: scales are whole bytes there.
PACKED = {"q4_k": 4.625 / 4.5}
KV = {"f32": 4.0, "f16": 2.0, "q8_0": 34 / 32, "q4_0": 18 / 32}  # Bytes of a value, with its share of a scale.
CONTEXTS = [4096, 32768, 128000]
PLACES = 16  # A cache has room for a multiple of so many tokens.
CPU = "znver5"


def weights_bytes(shape, scheme):
    total = 0
    for name, dims in tensors(shape):
        kind = gguf_file.type_of(name, dims, scheme, shape)
        elements, size = blocks.block_of(kind)
        total += round(math.prod(dims) // elements * size * PACKED.get(kind, 1))
    return total


def token_bytes(shape, kv):
    """Keys and values of one token."""
    return int(2 * shape.kv_heads * shape.head * shape.layers.count("a") * KV[kv])


def fixed_bytes(shape):
    """The last columns of each convolution, in f32."""
    return shape.layers.count("c") * (shape.taps - 1) * shape.hidden * 4


def state_bytes(shape, kv, tokens):
    return fixed_bytes(shape) + -(-tokens // PLACES) * PLACES * token_bytes(shape, kv)


def scratch_bytes(shape, compiler, scheme="q4_0_mix"):
    """{tokens of a step: bytes}, for one CPU."""
    with tempfile.TemporaryDirectory() as folder:
        model, plan = os.path.join(folder, "model.gguf"), os.path.join(folder, "plan.mlir")
        words = vocabulary.make(shape)
        gguf_file.write(model, shape, scheme, words, None, name=shape.name)
        done = subprocess.run([compiler, model, f"--cpu={CPU}", "--stop-after=plan", "-o", plan],
                              capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(done.stderr)
        with open(plan, encoding="utf-8") as file:
            return {int(tokens): int(size) for tokens, size in
                    re.findall(r'exec\.entry<name = "\w+", tokens = (\d+),[^<]*?scratch = (\d+)', file.read())}


def table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines).replace("| --- " * len(head), "|---" * len(head))


def mb(size):
    return f"{size / 1e6:.0f}" if size >= 1e7 else f"{size / 1e6:.1f}" if size >= 1e6 else f"{size / 1e6:.2f}"


def weights_table():
    return table(["weights, MB", *WEIGHTS], [
        [name, *(mb(weights_bytes(SHAPES[name], scheme)) for scheme in WEIGHTS.values())] for name in MODELS])


def state_table():
    groups = {}
    for name in MODELS:
        groups.setdefault(token_bytes(SHAPES[name], "f16"), []).append(name)
    rows = []
    for names in groups.values():
        shape = SHAPES[names[0]]
        rows.append([", ".join(names), "1", *(f"{token_bytes(shape, kv)} B" for kv in KV)])
        rows += [["", f"{n:,}", *(mb(n * token_bytes(shape, kv)) + " MB" for kv in KV)] for n in CONTEXTS]
    return table(["models", "tokens", *(f"`--kv={kv}`" for kv in KV)], rows)


def scratch_table(compiler):
    rows = []
    for name in MODELS:
        scratch = scratch_bytes(SHAPES[name], compiler)
        rows.append([name, mb(scratch[128]), mb(scratch[1]), mb(fixed_bytes(SHAPES[name]))])
    return table(["MB", "scratch, steps of 128 tokens", "of one token", "state without tokens"], rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="?", choices=MODELS, metavar="MODEL", help=", ".join(MODELS))
    parser.add_argument("--weights", default="Q4_0", choices=WEIGHTS)
    parser.add_argument("--kv", default="f16", choices=KV)
    parser.add_argument("--context", type=int, default=4096)
    parser.add_argument("--scratch", metavar="COMPILER")
    given = parser.parse_args()
    if given.model:
        shape, scheme = SHAPES[given.model], WEIGHTS[given.weights]
        found = {"weights_bytes": weights_bytes(shape, scheme), "state_fixed_bytes": fixed_bytes(shape),
                 "state_bytes_per_token": token_bytes(shape, given.kv),
                 "state_bytes": state_bytes(shape, given.kv, given.context)}
        if given.scratch:
            found["scratch_bytes"] = scratch_bytes(shape, given.scratch, scheme)[128]
        print(json.dumps(found, indent=1))
    else:
        print(scratch_table(given.scratch) if given.scratch else weights_table() + "\n" + state_table(), end="")


if __name__ == "__main__":
    main()
