"""Finds the innermost loops in the assembly of a compiled model, for tests of the
code and for test/bench/mca.py."""

import re
import subprocess

X86 = {
    "call": r"\s+(?:callq?|jmpq?)\s+([A-Za-z_][\w.]*)",
    "branch": r"j\w+\s+",
    # The shape alone: a vector register moved to or from the stack.
    "spill": r"\S*mov\S*\s(?=.*\((?:%rsp|%rbp)\))(?=.*%[xyz]mm)",
    "frame": "%rbp",
    "sets frame": r"(?:add|sub|mov|lea)q\s.*,\s*%rbp$",
}
AARCH64 = {
    "call": r"\s+bl?\s+([A-Za-z_][\w.]*)",
    "branch": r"(?:b\.?\w*|cbn?z|tbn?z)\s+(?:.*,\s*)?",
    "spill": r"(?:str|ldr|stp|ldp|stur|ldur)\s+[qdvz]\d+\b.*\[(?:sp|x29)\b",
    "frame": "[x29",
    "sets frame": r"(?:add|mov|sub)\s+x29,",
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


def loops(text, word, entry):
    """(function, label, lines) of innermost loops of `entry` with `word`, or any."""
    arch = architecture(text)
    for function, label, lines in blocks(text):
        ends = [i for i, line in enumerate(lines) if re.match(arch["branch"] + re.escape(str(label)) + "$", line)]
        body = lines[: ends[-1] + 1] if ends else []
        if not body or not (function or "").endswith("_" + entry):
            continue
        if word is None or any(word in line.split() for line in body):
            yield function, label, body


def stack_moves(body, arch=AARCH64):
    """The instructions of a loop that move vectors to or from the stack."""
    # A loop that sets the frame's register has no frame there: it is one like others.
    free = any(re.match(arch["sets frame"], line) for line in body)
    return [line for line in body if re.match(arch["spill"], line) and not (free and arch["frame"] in line)]


def simulate(body, triple, cpu, *options, rounds=100):
    """What llvm-mca says of a loop: its report, and the cycles of a round."""
    # The branch itself leads out of what llvm-mca sees.
    code = "\n".join(body[:-1]) + "\n"
    done = subprocess.run(["llvm-mca-22", f"-mtriple={triple}", f"-mcpu={cpu}", f"-iterations={rounds}", *options],
                          input=code, capture_output=True, text=True, check=True)
    return done.stdout, int(re.search(r"Total Cycles:\s+(\d+)", done.stdout).group(1)) / rounds
