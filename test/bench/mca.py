#!/usr/bin/env python3
"""What LLVM's models of CPUs say of the hot loops, for machines that are not at hand.

    mca.py [--build=build] [--cpu=cortex-x4,...] [--format=q4_0,...] [--page=FILE]

For every CPU and weight format a small model is compiled to assembly; of its decode
and prefill functions the innermost loops with the most products are taken, the slowest
of them by llvm-mca. A model of a CPU knows units and latencies, but no cache misses:
what memory allows stands beside it.
"""

import argparse
import dataclasses
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from typing import Optional

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "test"))
import small_models  # noqa: E402
from asm_loops import loops, simulate, stack_moves  # noqa: E402

TRIPLE = "aarch64-linux"

# Products of one instruction; for pairs of bf16, weights: each meets two parts of its activation.
PRODUCTS = [
    {r"smopa\s": 1024},
    {r"[su]s?dot\s+v.*\.4s": 16, r"smmla\s": 32, r"sm(ull|lal)2?\s+v.*\.8h": 8},
    {r"bfdot\s+v": 4},
    {r"fmla\s+v.*\.4s": 4},
]


@dataclasses.dataclass(frozen=True)
class Cpu:
    """A CPU of llvm-mca; with the clock and the memory's peak of a machine that has it."""
    name: str
    machine: str
    ghz: float
    gb_per_s: float


CPUS = [
    Cpu("cortex-a53", "1.4 GHz, LPDDR2-900 x32", 1.4, 3.6),
    Cpu("cortex-a76", "2.4 GHz, LPDDR4X-4267 x32", 2.4, 17.1),
    Cpu("cortex-a78", "2.4 GHz, LPDDR4X-4267 x64", 2.4, 34.1),
    Cpu("cortex-x4", "3.3 GHz, LPDDR5X-9600 x64", 3.3, 76.8),
    Cpu("apple-m1", "3.2 GHz, LPDDR4X-4267 x128", 3.2, 68.3),
    Cpu("apple-m4", "4.4 GHz, LPDDR5X-7500 x128", 4.4, 120.0),
    Cpu("neoverse-n1", "3.0 GHz, 8 x DDR4-3200", 3.0, 204.8),
    Cpu("neoverse-v2", "3.1 GHz, LPDDR5X, 500 GB/s", 3.1, 500.0),
]

FORMATS = ["q4_0", "q8_0", "q4_k", "q5_k", "q6_k", "bf16"]
BITS = {"q4_0": 4.5, "q8_0": 8.5, "q4_k": 4.5, "q5_k": 5.5, "q6_k": 6.5625, "bf16": 16}
# Bytes that a token of the 350M reads, by format.
MODELS = {
    "Q4_0": {"q4_0": 161611776, "q6_k": 55050240},
    "Q4_K_M": {"q4_k": 143671296, "q6_k": 86876160},
    "Q8_0": {"q8_0": 376569856},
}
CORES = 4

INTRODUCTION = """\
# Hot loops of ARM code by LLVM's models of CPUs

Made by `test/bench/mca.py --page=targets/aarch64/SPEED.md`, measured on no ARM. The tables have, for each CPU and
format, the innermost loop with the most products, as compiled with `--cpu` of that name; where several loops are as
large, the slowest. In decode a weight of each stream meets one token; in prefill it meets four, with SME 16.

What bounds a loop are the units of LLVM's model that are busy for nine tenths of its cycles, by LLVM's names, behind
how many there are. `dispatch of 3` says that the CPU takes three operations a cycle; `latency` is neither.

A model knows no cache misses. And it is not always the CPU's own: the names of units show which one LLVM 22 takes, A57
for the Cortex-A76 and A78, Cyclone of 2013 (`CyUnit`) for all of Apple's, the Neoverse V3 for the Cortex-X4. The Oryon
is missing, since its model lacks `sdot`; no model has SME's `smopa`. Loops of BF16 are `bfdot` where the CPU has it,
else products of f32."""


@dataclasses.dataclass
class Loop:
    instructions: float  # a weight in decode, a product in prefill
    cycles: Optional[float]  # for 1024 of them, where LLVM has a model
    moves: float  # of vectors to or from the stack, for 1024
    bound: str

    @property
    def rate(self):
        return 1024 / self.cycles

    def __str__(self):
        return f"{self.cycles:.0f}: {self.rate:.1f}, {self.bound}" if self.cycles else "no model"


def products(body):
    """Of one round of a loop: of the most special instruction in it."""
    for words in PRODUCTS:
        count = sum(value for line in body for word, value in words.items() if re.match(word, line))
        if count:
            return count
    return 0


def bound_of(report, cycles, rounds):
    """What fills nine tenths of the cycles: the units by name, dispatch, or nothing."""
    names = dict(re.findall(r"^(\[[\d.]+\])\s+- (\w+)$", report, re.MULTILINE))
    table = report[report.index("Resource pressure per iteration:"):].splitlines()
    pressure = dict(zip(table[1].split(), table[2].split()))
    groups = {}
    for index, name in names.items():
        value = pressure.get(index, "-")
        if value != "-":
            # V3UnitV0 to V3UnitV3 are units of one kind.
            groups.setdefault(re.sub(r"\d+$", "", name), []).append(float(value))
    full = [name if len(values) == 1 else f"{len(values)} {name}" for name, values in groups.items() if max(values) > 0.9 * cycles]
    width = int(re.search(r"Dispatch Width:\s+(\d+)", report).group(1))
    operations = int(re.search(r"Total uOps:\s+(\d+)", report).group(1)) / rounds
    if operations / width > 0.9 * cycles:
        full.append(f"dispatch of {width}")
    return " + ".join(full) or "latency"


def measure(text, entry, cpu):
    """The slowest of the loops with the most products of the convolution's layer, which has
    none but those with weights."""
    found = [body for function, _, body in loops(text, None, entry)
             if re.fullmatch(rf"(tiles_\d+_)?conv_ffn_{entry}", function)]
    most = max(map(products, found))
    measured = []
    for body in {tuple(body) for body in found if products(body) == most}:
        length, moves = len(body) / most, 1024 * len(stack_moves(body)) / most
        if any(line.startswith("smopa") for line in body):
            measured.append(Loop(length, None, moves, ""))
            continue
        rounds = 100
        report, cycles = simulate(body, TRIPLE, cpu, "-instruction-info=false", rounds=rounds)
        measured.append(Loop(length, 1024 * cycles / most, moves, bound_of(report, cycles, rounds)))
    return max(measured, key=lambda loop: (loop.cycles or 0, loop.instructions, loop.moves, loop.bound))


def assembly(options, folder, cpu, name):
    model = f"tiny-{name}.gguf"
    models = os.path.join(options.build, "test", "models")
    if not os.path.exists(os.path.join(models, model)):
        subprocess.run([sys.executable, small_models.__file__, models, model], check=True)
    out = os.path.join(folder, f"{cpu}-{name}.s")
    done = subprocess.run([os.path.join(options.build, "bin", "lfm2-compile"), os.path.join(models, model),
                           "--target=aarch64-linux", f"--cpu={cpu}", "--emit=asm", "-o", out],
                          capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"mca: {done.stderr.strip()}")
    with open(out, encoding="utf-8") as file:
        return file.read()


def row(*words):
    return "| " + " | ".join(map(str, words)) + " |"


def loop_table(cells, formats, cpus):
    yield row("", *(name.upper() for name in formats))
    yield row(*["---"] * (1 + len(formats)))
    for cpu in cpus:
        yield row(cpu.name, *(cells(cpu, name) for name in formats))


def loop_tables(found, formats, cpus):
    for entry, what in [("decode", "Decode"), ("prefill", "Prefill")]:
        unit = "weights" if entry == "decode" else "products"
        yield f"\n## {what}: cycles for 1024 {unit}, {unit} a cycle, bound by what"
        # What bounds two of them is a line of a page.
        for first in range(0, len(formats), 2):
            yield ""
            yield from loop_table(lambda cpu, name: found[cpu.name, name, entry], formats[first:first + 2], cpus)
        yield f"\n{what}: instructions for each of them, and how many of 1024 move vectors to or from the stack\n"
        yield from loop_table(lambda cpu, name: "{0.instructions:.3f}, {0.moves:.0f}".format(found[cpu.name, name, entry]),
                              formats, cpus)


def implied_table(found, formats, cpus):
    models = {name: sizes for name, sizes in MODELS.items() if set(sizes) <= set(formats)}
    if not models:
        return
    yield f"\n## Implied tokens/s of the 350M: {CORES} cores, and what memory allows\n"
    yield ("By the loops alone, without attention: of decode, what memory allows for it, and prefill. Of the first two the\n"
           "smaller is the bound. Clock and memory's peak are of machines that have such CPUs.\n")
    yield row("", "clock, memory", *(f"{name}: decode, memory, prefill" for name in models))
    yield row(*["---"] * (2 + len(models)))
    for cpu in cpus:
        cells = []
        for sizes in models.values():
            speeds = []
            weights = {name: 8 * size / BITS[name] for name, size in sizes.items()}
            for entry in ("decode", "prefill"):
                if not all(found[cpu.name, name, entry].cycles for name in weights):
                    speeds.append("no model")
                    continue
                # Only a prompt's last token needs the head; it counts for all here.
                cycles = sum(count * found[cpu.name, name, entry].cycles / 1024 for name, count in weights.items())
                speeds.append(f"{CORES * cpu.ghz * 1e9 / cycles:.0f}")
            speeds.insert(-1, f"{cpu.gb_per_s * 1e9 / sum(sizes.values()):.0f}")
            cells.append(", ".join(speeds))
        yield row(cpu.name, cpu.machine, *cells)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--build", default=os.path.join(ROOT, "build"))
    parser.add_argument("--cpu", default=",".join(cpu.name for cpu in CPUS))
    parser.add_argument("--format", default=",".join(FORMATS))
    parser.add_argument("--page", help="write the tables to this file too")
    options = parser.parse_args()
    words = options.cpu.split(",")
    cpus = [cpu for cpu in CPUS if cpu.name in words]
    unknown = set(words) - {cpu.name for cpu in cpus}
    if unknown:
        parser.error(f"unknown CPU {', '.join(sorted(unknown))}; expected some of "
                     + ", ".join(cpu.name for cpu in CPUS))
    formats = options.format.split(",")

    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(os.cpu_count()) as pool:
        keys = [(cpu.name, name) for cpu in cpus for name in formats]
        texts = list(pool.map(lambda key: assembly(options, folder, *key), keys))
        keys = [(*key, entry, text) for key, text in zip(keys, texts) for entry in ("decode", "prefill")]
        found = dict(zip([key[:3] for key in keys], pool.map(lambda key: measure(key[3], key[2], key[0]), keys)))
    lines = [INTRODUCTION, *loop_tables(found, formats, cpus), *implied_table(found, formats, cpus)]
    text = "\n".join(lines) + "\n"
    print(text, end="")
    if options.page:
        with open(options.page, "w", encoding="utf-8") as file:
            file.write(text)


if __name__ == "__main__":
    main()
