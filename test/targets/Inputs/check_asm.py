"""Looks through the assembly of a compiled model.

    check_asm.py calls FILE.s             calls go to functions of the file, through
                                          pointers, or to what the runtime has
    check_asm.py loops FILE.s WORD N ENTRY MOST
                                          innermost loops with the instruction WORD
                                          in functions of ENTRY (decode, prefill): at
                                          least N of them, and none in which more than
                                          MOST vectors go to or come from the stack
    check_asm.py short FILE.s WORD ENTRY MOST
                                          the loops with the most of WORD, one for 16
                                          weights, take at most MOST instructions for
                                          1024 weights
    check_asm.py mca FILE.s WORD ENTRY TRIPLE CPU LEAST
                                          by llvm-mca, the loops with the most of
                                          WORD, one for 16 weights, take at least
                                          LEAST weights a cycle on that CPU
"""

import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
from asm_loops import architecture, loops, simulate, stack_moves  # noqa: E402

ALLOWED = {"memcpy", "memset", "memmove", "__arm_tpidr2_save"}


def check_calls(text):
    own = set(re.findall(r"^([A-Za-z_]\w*):", text, re.MULTILINE))
    seen, call = 0, architecture(text)["call"]
    for line in text.splitlines():
        match = re.match(call, line)
        if not match:
            continue
        seen += 1
        name = match.group(1)
        if name not in own and name not in ALLOWED:
            sys.exit(f"a call to {name}, which nothing provides: {line.strip()}")
    print(f"{seen} calls by name")


def check_loops(text, word, least, entry, most):
    found, worst, arch = 0, 0, architecture(text)
    for function, label, body in loops(text, word, entry):
        found += 1
        moves = stack_moves(body, arch)
        worst = max(worst, len(moves))
        if len(moves) > most:
            sys.exit(f"{function}, {label}: {len(moves)} vectors to or from the stack, such as {moves[0]}")
    if found < least:
        sys.exit(f"{found} loops of {entry} have {word}, expected at least {least}")
    print(f"{found} loops, {worst} moves of vectors to or from the stack in one")


def largest_loops(text, word, entry):
    """The weights of the loops of `entry` with the most of `word`, and these loops."""
    found = [body for _, _, body in loops(text, word, entry)]
    words = [sum(line.split()[0] == word for line in body) for body in found]
    return 16 * max(words), {tuple(body) for body, count in zip(found, words) if count == max(words)}


def check_short(text, word, entry, most):
    weights, bodies = largest_loops(text, word, entry)
    longest = 1024 * max(map(len, bodies)) / weights
    if longest > most:
        sys.exit(f"{longest:.0f} instructions for 1024 weights, expected at most {most}")
    print(f"{longest:.0f} instructions for 1024 weights")


def check_cycles(text, word, entry, triple, cpu, least):
    most, bodies = largest_loops(text, word, entry)
    slowest = None
    for body in bodies:
        _, cycles = simulate(body, triple, cpu)
        slowest = min(slowest or 1e9, most / cycles)
    if slowest < least:
        sys.exit(f"{slowest:.1f} weights a cycle on {cpu}, expected at least {least}")
    print(f"{slowest:.1f} weights a cycle on {cpu}, in loops of {most} weights")


def main():
    with open(sys.argv[2], encoding="utf-8") as file:
        text = file.read()
    if sys.argv[1] == "calls":
        check_calls(text)
    elif sys.argv[1] == "short":
        check_short(text, *sys.argv[3:5], int(sys.argv[5]))
    elif sys.argv[1] == "mca":
        check_cycles(text, *sys.argv[3:7], float(sys.argv[7]))
    else:
        check_loops(text, sys.argv[3], int(sys.argv[4]), sys.argv[5], int(sys.argv[6]))


if __name__ == "__main__":
    main()
