"""Looks through the assembly of a compiled model.

    check_asm.py calls FILE.s             calls go to functions of the file, through
                                          pointers, or to memcpy and memset
    check_asm.py loops FILE.s WORD N ENTRY MOST
                                          innermost loops with the instruction WORD
                                          in functions of ENTRY (decode, prefill): at
                                          least N of them, and none in which more than
                                          MOST vectors go to or come from the stack
    check_asm.py mca FILE.s WORD ENTRY TRIPLE CPU LEAST
                                          by llvm-mca, the loops with the most of
                                          WORD, one for 16 weights, take at least
                                          LEAST weights a cycle on that CPU
"""

import re
import subprocess
import sys

ALLOWED = {"memcpy", "memset", "memmove"}

X86 = {
    "call": r"\s+(?:callq?|jmpq?)\s+([A-Za-z_][\w.]*)",
    "branch": r"j\w+\s+",
    # The shape alone: a vector register moved to or from the stack.
    "spill": r"\S*mov\S*\s(?=.*\((?:%rsp|%rbp)\))(?=.*%[xyz]mm)",
}
AARCH64 = {
    "call": r"\s+bl?\s+([A-Za-z_][\w.]*)",
    "branch": r"(?:b\.?\w*|cbn?z|tbn?z)\s+(?:.*,\s*)?",
    "spill": r"(?:str|ldr|stp|ldp|stur|ldur)\s+[qdvz]\d+\b.*\[(?:sp|x29)\b",
}


def architecture(text):
    return X86 if re.search(r"%r[a-d]x\b|%rsp\b", text) else AARCH64


def blocks(text):
    """[(function, label, [lines])]: runs of instructions from label to label."""
    function, label, lines, out = None, None, [], []
    for line in text.splitlines():
        match = re.match(r"([.\w$]+):", line)
        if match:
            out.append((function, label, lines))
            label, lines = match.group(1), []
            if not label.startswith(".L"):
                function = label
        elif re.match(r"\s+[{a-z]", line):
            lines.append(line.strip())
    return out + [(function, label, lines)]


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


def loops(text, word, entry):
    """(function, label, lines) of innermost loops of `entry` with `word`."""
    arch = architecture(text)
    for function, label, lines in blocks(text):
        ends = [i for i, line in enumerate(lines) if re.match(arch["branch"] + re.escape(str(label)) + "$", line)]
        body = lines[: ends[-1] + 1] if ends else []
        if (function or "").endswith("_" + entry) and any(word in line.split() for line in body):
            yield function, label, body


def check_loops(text, word, least, entry, most):
    found, worst, arch = 0, 0, architecture(text)
    for function, label, body in loops(text, word, entry):
        found += 1
        moves = [line for line in body if re.match(arch["spill"], line)]
        worst = max(worst, len(moves))
        if len(moves) > most:
            sys.exit(f"{function}, {label}: {len(moves)} vectors to or from the stack, such as {moves[0]}")
    if found < least:
        sys.exit(f"{found} loops of {entry} have {word}, expected at least {least}")
    print(f"{found} loops, {worst} moves of vectors to or from the stack in one")


def check_cycles(text, word, entry, triple, cpu, least):
    def weights(body):
        return 16 * sum(line.split()[0] == word for line in body)

    found = [body for _, _, body in loops(text, word, entry)]
    most = max(map(weights, found))
    slowest = None
    for body in {"\n".join(body) for body in found if weights(body) == most}:
        # The branch itself leads out of what llvm-mca sees.
        done = subprocess.run(["llvm-mca", f"-mtriple={triple}", f"-mcpu={cpu}", "-iterations=100"],
                              input=body[: body.rindex("\n")] + "\n", capture_output=True, text=True, check=True)
        cycles = int(re.search(r"Total Cycles:\s+(\d+)", done.stdout).group(1)) / 100
        slowest = min(slowest or 1e9, most / cycles)
    if slowest < least:
        sys.exit(f"{slowest:.1f} weights a cycle on {cpu}, expected at least {least}")
    print(f"{slowest:.1f} weights a cycle on {cpu}, in loops of {most} weights")


def main():
    with open(sys.argv[2], encoding="utf-8") as file:
        text = file.read()
    if sys.argv[1] == "calls":
        check_calls(text)
    elif sys.argv[1] == "mca":
        check_cycles(text, *sys.argv[3:7], float(sys.argv[7]))
    else:
        check_loops(text, sys.argv[3], int(sys.argv[4]), sys.argv[5], int(sys.argv[6]))


if __name__ == "__main__":
    main()
