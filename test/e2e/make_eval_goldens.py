#!/usr/bin/env python3
"""Makes goldens/eval.json and goldens/llama.kld, what llama-perplexity says of small models, and
goldens/imatrix-*, what llama-imatrix does.

    make_eval_goldens.py --llama-cpp=DIR [--build=build]

DIR is a build folder of llama.cpp (commit de3ff81). The text is the bundled model's held-out one, without
the special tokens, which llama-perplexity takes for plain text. test_eval.py and
test_calibrate.py compare.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
FOLDER = os.path.join(ROOT, "test", "models", "wordnet-lfm2")
CONTEXT, CHUNKS = 256, 8
# Of the text, that importance is gathered over: two windows of 512 tokens of 512, and some more.
IMPORTANCE_BYTES = 2600


def held_out():
    with open(os.path.join(FOLDER, "held_out.jsonl"), encoding="utf-8") as file:
        texts = [json.loads(line) for line in file]
    return "\n".join(re.sub(r"<\|\w+\|>(user|assistant)?", "", text).strip() for text in texts)


def gguf_of_bundled(path, kind):
    make = os.path.join(ROOT, "test", "models", "make_checkpoint.py")
    subprocess.run([sys.executable, make, path, "--from-hf", FOLDER, "--type", kind], check=True,
                   stdout=subprocess.DEVNULL)
    return path


def number(text, label):
    return float(re.search(rf"{label}\s*[:=]\s*([0-9.]+)", text)[1])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--llama-cpp", required=True)
    parser.add_argument("--build", default=os.path.join(ROOT, "build"))
    options = parser.parse_args()
    options.build, options.llama_cpp = (os.path.abspath(path) for path in (options.build, options.llama_cpp))

    def call(model, *words, tool="llama-perplexity"):
        tool = os.path.join(options.llama_cpp, "bin", tool)
        done = subprocess.run([tool, "-m", model, *words], check=True, capture_output=True, text=True, cwd=folder)
        return done.stdout + done.stderr

    with tempfile.TemporaryDirectory() as folder:
        text = os.path.join(folder, "text.txt")
        with open(text, "w", encoding="utf-8") as file:
            file.write(held_out())
        bf16, q4_0 = (gguf_of_bundled(os.path.join(folder, f"{kind}.gguf"), kind) for kind in ("bf16", "q4_0"))
        base = os.path.join(folder, "base")
        words = ["-f", text, "-c", str(CONTEXT), "--chunks", str(CHUNKS)]
        said = call(bf16, *words, "--save-all-logits", base)
        beside = call(q4_0, "-c", str(CONTEXT), "--kl-divergence", "--kl-divergence-base", base)
        golden = {"context": CONTEXT, "chunks": CHUNKS, "perplexity": number(said, "PPL"),
                  "q4_0": {"perplexity": number(beside, r"Mean PPL\(Q\)"), "kl_mean": number(beside, "Mean    KLD"),
                           "kl_99_9": number(beside, r"99.9%   KLD"), "same_top": number(beside, "Same top p") / 100}}
        call(os.path.join(options.build, "test", "models", "tiny-f32.gguf"), "-f", text, "-c", "16", "--chunks", "2",
             "--save-all-logits", os.path.join(HERE, "goldens", "llama.kld"))
        with open(text, "wb") as file:
            file.write(held_out().encode()[:IMPORTANCE_BYTES])
        for model, name, form in (("moe-f32", "imatrix-moe.gguf", "gguf"), ("tiny-f32", "imatrix-tiny.dat", "dat")):
            # Its file tells the path of the text.
            call(os.path.join(options.build, "test", "models", f"{model}.gguf"), "-f", "text.txt", "-c", "512",
                 "-o", os.path.join(HERE, "goldens", name), "--output-format", form, tool="llama-imatrix")
    with open(os.path.join(HERE, "goldens", "eval.json"), "w", encoding="utf-8") as file:
        json.dump(golden, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
