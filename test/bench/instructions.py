#!/usr/bin/env python3
"""Instructions that a token takes on an emulated CPU, ours and llama.cpp's, on the same
GGUF files. A count is no time, but it is the same on every machine and needs no ARM.

    instructions.py MODEL.gguf [...] --cpu=armv8.4-a --qemu-cpu=cortex-a76
        [--llama-cpp=DIR] [--decode 2] [--prompt 64] [--functions 8] [--json FILE]

Programs run in qemu's user mode with one thread and a plugin that counts
(count_instructions.c, compiled here). What loading takes is left out by differences of
two runs: with more tokens and with fewer; a prompt's against one of a single token,
which is a step of decode. llama-bench counts with flash attention and without, the
fewer are taken. DIR is a build for the same features: README.md says how it is made.
"""

import argparse
import bisect
import collections
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PLUGIN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "count_instructions.c")

# Bits that a weight takes in the archive, scales included.
BITS = {"f32": 32, "f16": 16, "bf16": 16, "q8_0": 8.5, "q4_0": 4.5, "q4_k": 4.5, "q5_k": 5.5, "q6_k": 6.5625}


def run(command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"instructions: {' '.join(map(str, command))}: exit {done.returncode}: {done.stderr.strip()[-500:]}")
    return done.stdout


class Counter:
    """Runs programs in qemu and says which instructions they took."""

    def __init__(self, folder, qemu, qemu_cpu):
        if not shutil.which(qemu):
            sys.exit(f"instructions: {qemu} is not installed (Debian: qemu-user)")
        self.plugin = os.path.join(folder, "count.so")
        self.out = os.path.join(folder, "counts")
        self.command = [qemu, "-cpu", qemu_cpu, "-plugin", f"{self.plugin},out={self.out}"]
        run(["clang-22", "-O2", "-shared", "-fPIC", PLUGIN, "-o", self.plugin])

    def count(self, command):
        """{address of a block: instructions executed in it}"""
        run([*self.command, *command])
        blocks = collections.Counter()
        with open(self.out, encoding="ascii") as file:
            for line in file:
                address, instructions, entered = line.split()
                blocks[int(address, 16)] += int(instructions) * int(entered)
        return blocks


def difference(more, fewer):
    return collections.Counter({at: more.get(at, 0) - fewer.get(at, 0) for at in more.keys() | fewer.keys()})


def together(blocks, others):
    return difference(blocks, {at: -count for at, count in others.items()})


def one_of(blocks, n):
    return collections.Counter({at: count // n for at, count in blocks.items()})


def total(blocks):
    return sum(blocks.values())


def functions(program, blocks):
    """[(function, instructions)], most first; of a program without names its blocks."""
    symbols = sorted((int(line.split()[0], 16), line.split(maxsplit=2)[2]) for line in
                     run(["llvm-nm-22", "-C", program]).splitlines()
                     if re.match(r"[0-9a-f]+ [tTwW] ", line))
    starts = [at for at, _ in symbols]
    sums = collections.Counter()
    for address, instructions in blocks.items():
        found = bisect.bisect_right(starts, address) - 1
        sums[symbols[found][1] if found >= 0 else f"the block at {address:#x}"] += instructions
    return sums.most_common()


class Ours:
    def __init__(self, options, folder, model):
        self.program = os.path.join(folder, "ours")
        run([os.path.join(options.build, "bin", "lfm2-compile"), model, "-o", self.program,
             "--target=aarch64-linux", f"--cpu={options.cpu}"])
        info = json.loads(run([*options.counter.command[:3], self.program, "--info"]))
        self.vocabulary = info["vocab"]
        self.weights = sum(8 * size / BITS[word] for word, size in info["weight_bytes_by_format"].items())
        self.options = options

    def generate(self, prompt, tokens):
        ids = ",".join(str(1 + 17 * i % (self.vocabulary - 1)) for i in range(prompt))
        return self.options.counter.count([self.program, "--tokens", ids, "-n", tokens, "--temp", 0, "--ignore-eos",
                                           "--print-tokens", "--threads", 1])

    def decode(self):
        """Of `decode` tokens, from the second on: the first is the prompt's."""
        self.one = self.generate(1, 1)
        return difference(self.generate(1, 1 + self.options.decode), self.one)

    def prompt(self, decoded):
        """Of `prompt` tokens at once. A prompt of one token is a step of decode."""
        steps = difference(self.generate(self.options.prompt, 1), self.one)
        return together(steps, one_of(decoded, self.options.decode))


class Theirs:
    def __init__(self, options, model, flash):
        self.program = os.path.join(options.llama_cpp, "bin", "llama-bench")
        self.arguments = ["-m", model, "-t", 1, "-fa", flash, "--no-warmup"]
        self.options = options

    def count(self, prompt, tokens, repeat=1):
        return self.options.counter.count([self.program, *self.arguments, "-p", prompt, "-n", tokens, "-r", repeat])

    def decode(self):
        tokens = self.options.decode
        return difference(self.count(0, tokens, repeat=2), self.count(0, tokens))

    def prompt(self, decoded):
        """As for ours."""
        step = one_of(decoded, self.options.decode)
        return together(difference(self.count(self.options.prompt, 0), self.count(1, 0)), step)


def measure(options, folder, model):
    ours = Ours(options, folder, model)
    decoded = ours.decode()
    found = {"model": os.path.basename(model), "cpu": options.cpu, "weights": ours.weights,
             "decode": {"ours": total(decoded) / options.decode}}
    programs = {"decode": [(ours.program, decoded)]}
    shape = f"pp{options.prompt}"
    if options.prompt:
        prompt = ours.prompt(decoded)
        found[shape] = {"ours": total(prompt) / options.prompt}
        programs[shape] = [(ours.program, prompt)]
    if options.llama_cpp:
        for flash in options.flash_attention.split(","):
            theirs = Theirs(options, model, flash)
            counted = {"decode": theirs.decode()}
            if options.prompt:
                counted[shape] = theirs.prompt(counted["decode"])
            for name, blocks in counted.items():
                count = total(blocks) / (options.decode if name == "decode" else options.prompt)
                if count < found[name].get("llama.cpp", float("inf")):
                    found[name]["llama.cpp"] = count
                    programs[name][1:] = [(theirs.program, blocks)]
    for name, counted in programs.items():
        for program, blocks in counted if options.functions else []:
            print(f"\n{found['model']}, {name}, {os.path.basename(program)}:")
            for function, count in functions(program, blocks)[: options.functions]:
                print(f"  {count / total(blocks):6.1%}  {function[:120]}")
    return found


def rows(found, shapes):
    for name in shapes:
        counts = found[name]
        words = [found["model"], found["cpu"], name, f"{counts['ours'] / 1e6:.1f}",
                 f"{counts['ours'] / found['weights']:.3f}"]
        if "llama.cpp" in counts:
            words += [f"{counts['llama.cpp'] / 1e6:.1f}", f"{counts['ours'] / counts['llama.cpp']:.2f}"]
        yield "| " + " | ".join(words) + " |"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("model", nargs="+")
    parser.add_argument("--llama-cpp", help="folder of a build of llama.cpp for the same features")
    parser.add_argument("--build", default=os.path.join(ROOT, "build"))
    parser.add_argument("--cpu", default="armv8.4-a", help="of lfm2-compile")
    parser.add_argument("--qemu-cpu", default="cortex-a76")
    parser.add_argument("--qemu", default="qemu-aarch64")
    parser.add_argument("--flash-attention", default="off,on", help="modes of llama.cpp, the better counts")
    parser.add_argument("--decode", type=int, default=2, help="tokens generated")
    parser.add_argument("--prompt", type=int, default=64, help="tokens of a prompt; 0: none")
    parser.add_argument("--functions", type=int, default=0, help="print this many that take most")
    parser.add_argument("--json", help="append what was counted, one object a line")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        options.counter = Counter(folder, options.qemu, options.qemu_cpu)
        shapes = ["decode"] + ([f"pp{options.prompt}"] if options.prompt else [])
        results = [measure(options, folder, model) for model in options.model]
    print("\n| model | CPU | shape | ours, million a token | a weight |"
          + (" llama.cpp | ratio |" if options.llama_cpp else ""))
    print("|---" * (7 if options.llama_cpp else 5) + "|")
    for found in results:
        print("\n".join(rows(found, shapes)))
        if options.json:
            with open(options.json, "a", encoding="utf-8") as file:
                file.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
