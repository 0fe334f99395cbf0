#!/usr/bin/env python3
"""Bytes and KL divergence of the bundled model in every format, ours and llama-quantize's.

    quality.py --llama-cpp=DIR [--build=build] [--ours=q8_0,q4_0] [--theirs=Q8_0,Q4_K_M] [--page=FOLDER]

Each file is compiled by lfm2-compile and read by lfm2-eval beside the BF16 model, so that both sides are run by the
same code; the bytes are those of the weights of the program. DIR is a build folder of llama.cpp with llama-quantize and
llama-imatrix. Importance is gathered on one half of the held-out text, and the other half is what is read. A table
in Markdown goes to stdout; --page writes it as FOLDER/README.md beside a picture. What a side refuses is left out, and
the reason goes to stderr.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MODELS = os.path.join(ROOT, "test", "models")
FOLDER = os.path.join(MODELS, "wordnet-lfm2")
# llama-quantize's names. It needs importance for IQ1 to IQ2_S, and takes it for all.
THEIRS = ("Q8_0,Q6_K,Q5_K_M,Q5_1,Q5_0,Q4_K_M,Q4_K_S,IQ4_NL,IQ4_XS,Q4_1,Q4_0,Q3_K_L,Q3_K_M,Q3_K_S,IQ3_S,IQ3_XXS,"
          "Q2_K,IQ2_M,IQ2_S,IQ2_XS,IQ2_XXS,IQ1_M,IQ1_S,TQ2_0,TQ1_0,MXFP4_MOE")
OURS = "q8_0,q6_k,q5_k_m,q4_k_m,q4_0,iq4_nl,iq4_xs,mxfp4,int8"
WAYS = [("ours, importance", "#1b6ca8", "o"), ("ours", "#7db3d8", "o"), ("llama-quantize, imatrix", "#c0562f", "s"),
        ("llama-quantize", "#e0a58c", "s")]


class Refused(Exception):
    pass


def call(*words):
    done = subprocess.run(words, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode:
        raise Refused((done.stderr.strip() or done.stdout.strip() or "no word").split("\n")[-1][:200])
    return done.stdout


def write_texts(folder):
    """(calibration, evaluation): documents of the held-out text in turn, with the family's special tokens."""
    with open(os.path.join(FOLDER, "held_out.jsonl"), encoding="utf-8") as file:
        texts = [json.loads(line) for line in file]
    paths = []
    for part in range(2):
        paths.append(os.path.join(folder, f"part{part}.txt"))
        with open(paths[-1], "w", encoding="utf-8") as file:
            file.write("".join(texts[part::2]))
    return paths


class Bench:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.compiler = os.path.join(options.build, "bin", "lfm2-compile")
        self.calibration, self.text = write_texts(folder)
        self.base = self.path("base.gguf")
        call(sys.executable, os.path.join(MODELS, "make_checkpoint.py"), self.base, "--from-hf", FOLDER,
             "--type", "bf16")
        self.reference = self.path("reference")
        call(self.compiler, self.base, "-o", self.path("bf16"), "--cpu=native", "--weights=join")
        call(self.eval, self.path("bf16"), self.text, f"--context={options.context}", f"--save-logits={self.reference}")
        self.imatrix = self.path("imatrix.gguf")
        call(self.peer("llama-imatrix"), "-m", self.base, "-f", self.calibration, "-o", self.imatrix, "--parse-special",
             "--process-output", "-c", str(options.context))

    eval = os.path.join(ROOT, "tools", "lfm2-eval")

    def path(self, name):
        return os.path.join(self.folder, name)

    def peer(self, name):
        return os.path.join(self.options.llama_cpp, "bin", name)

    def score(self, source, *words):
        program = self.path("program")
        call(self.compiler, source, "-o", program, "--cpu=native", "--weights=join", *words)
        return json.loads(call(self.eval, program, f"--reference={self.reference}", "--json=-"))

    def theirs(self, name, imatrix):
        made = self.path("made.gguf")
        call(self.peer("llama-quantize"), *(["--imatrix", self.imatrix] if imatrix else []), self.base, made, name)
        return self.score(made)

    def ours(self, name, importance):
        return self.score(self.base, f"--quantize={name}", *([f"--calibrate={self.calibration}"] if importance else []))


def measure(bench, options):
    """[(way, format, numbers)]"""
    jobs = [("bf16", "bf16", lambda: bench.score(bench.base))]
    for name in filter(None, options.ours.split(",")):
        jobs += [(way, name, lambda name=name, way=way: bench.ours(name, "," in way)) for way, _, _ in WAYS[:2]]
    for name in filter(None, options.theirs.split(",")):
        jobs += [(way, name, lambda name=name, way=way: bench.theirs(name, "," in way)) for way, _, _ in WAYS[2:]]
    found = []
    for way, name, job in jobs:
        try:
            found.append((way, name, job()))
            print(f"quality: {way} {name}: {found[-1][2]['kl_mean']:.5f}", file=sys.stderr, flush=True)
        except Refused as refused:
            print(f"quality: {way} {name} is left out: {refused}", file=sys.stderr, flush=True)
    return found


def table(found):
    lines = ["| by | format | MB | bits a weight | perplexity | KL, mean | KL, 99.9 % | same token |",
             "|---|---|---|---|---|---|---|---|"]
    parameters = next(numbers["weights_bytes"] for way, _, numbers in found if way == "bf16") / 2
    for way, name, numbers in sorted(found, key=lambda entry: -entry[2]["weights_bytes"]):
        size = numbers["weights_bytes"]
        lines.append(f"| {way} | {name} | {size / 1e6:.2f} | {8 * size / parameters:.2f} "
                     f"| {numbers['perplexity']:.3f} | {numbers['kl_mean']:.5f} | {numbers['kl_99_9']:.4f} "
                     f"| {100 * numbers['same_top']:.2f} % |")
    return "\n".join(lines)


def draw(found, path):
    import matplotlib
    matplotlib.use("Agg")
    matplotlib.rcParams.update({"svg.hashsalt": "quality", "svg.fonttype": "none", "font.size": 9,
                                "axes.spines.top": False, "axes.spines.right": False})
    from matplotlib import pyplot
    figure, axes = pyplot.subplots(figsize=(8, 5))
    for way, colour, marker in WAYS:
        points = [(numbers["weights_bytes"] / 1e6, numbers["kl_mean"], name)
                  for by, name, numbers in found if by == way]
        if not points:
            continue
        axes.scatter([x for x, _, _ in points], [y for _, y, _ in points], 22, color=colour, marker=marker, label=way)
        if "," in way:
            for x, y, name in points:
                axes.annotate(name.lower(), (x, y), xytext=(4, 3), textcoords="offset points", fontsize=7, color=colour)
    axes.set_yscale("log")
    axes.set_xlabel("MB of weights")
    axes.set_ylabel("mean KL divergence from BF16, nats")
    axes.set_title("Bundled model: bytes and what they cost", loc="left")
    axes.legend(frameon=False)
    figure.savefig(path, bbox_inches="tight", metadata={"Date": None})


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--llama-cpp", required=True)
    parser.add_argument("--build", default=os.path.join(ROOT, "build"))
    parser.add_argument("--ours", default=OURS)
    parser.add_argument("--theirs", default=THEIRS)
    parser.add_argument("--context", type=int, default=256)
    parser.add_argument("--page")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = measure(Bench(options, folder), options)
    print(table(found))
    if options.page:
        os.makedirs(options.page, exist_ok=True)
        draw(found, os.path.join(options.page, "quality.svg"))
        with open(os.path.join(options.page, "README.md"), "w", encoding="utf-8") as file:
            file.write("# Bytes and quality of the bundled model\n\nMade by `test/bench/quality.py`, which says how; "
                       f"windows of {options.context} tokens.\n\n![bytes and KL divergence](quality.svg)\n\n"
                       f"{table(found)}\n")


if __name__ == "__main__":
    main()
