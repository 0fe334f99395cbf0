"""Runs the examples of passes' descriptions and compares what comes out.

    check_examples.py PASSES.td... -- LFM2_OPT [ARGUMENT...]

Each pass of a Passes.td has an example at least: an ```mlir block whose first line is

    // lfm2-opt --the-pass

and, as the next ```mlir block, what that command makes of it. There `...` stands for
any text, white space is as one likes, and a value's name for the same value throughout
a function, whatever it is called in the output.
"""

import re
import shlex
import subprocess
import sys

COMMAND = "// lfm2-opt "
PASS = re.compile(r'^def \w+\s*:\s*Pass<"([\w-]+)"', re.MULTILINE)
BLOCK = re.compile(r"```mlir\n(.*?)```", re.DOTALL)
VALUE = re.compile(r"%[\w.$-]+")


def squeeze(text):
    """One space between words; no comments, which say who comes before a block."""
    return " ".join(re.sub(r" //.*", "", text).split())


class Mismatch(Exception):
    pass


class Matcher:
    """Finds the parts of an example, between its `...`, one behind the other."""

    def __init__(self, output):
        self.output = output
        self.at = 0
        self.names = {}  # What a value of the example is called in the output.

    def pattern(self, part):
        """The part as a regular expression, and the values that it names first."""
        pieces, new, at = [], {}, 0
        for value in VALUE.finditer(part):
            pieces.append(re.escape(part[at:value.start()]))
            name = value.group()
            if name in self.names:
                pieces.append(re.escape(self.names[name]) + r"(?![\w.$-])")
            elif name in new:
                pieces.append(f"(?P={new[name]})" + r"(?![\w.$-])")
            else:
                new[name] = f"value{len(new)}"
                pieces.append(f"(?P<{new[name]}>{VALUE.pattern})")
            at = value.end()
        return "".join(pieces) + re.escape(part[at:]), new

    def match(self, part, here, last):
        """The part comes next (`here`) or somewhere further on, and at the end (`last`)."""
        pattern, new = self.pattern(part)
        compiled = re.compile(" ?" + pattern + ("$" if last else ""))
        find = compiled.match if here else compiled.search
        found = find(self.output, self.at)
        if not found:
            raise Mismatch(part)
        self.at = found.end()
        self.names.update((name, found.group(group)) for name, group in new.items())


def compare(example, output):
    """Raises Mismatch with the first part of the example that is not in the output."""
    output = squeeze(output)
    example = squeeze(example)
    if not example.startswith("module"):
        output = re.sub(r"^module \{ (.*) \}$", r"\1", output)
    matcher = Matcher(output)
    # A function's values are its own.
    functions = re.split(r" (?=(?:func\.func|exec\.layer) )", example)
    anywhere = False
    for number, function in enumerate(functions):
        matcher.names = {}
        parts = [part.strip() for part in function.split("...")]
        for i, part in enumerate(parts):
            anywhere = anywhere or i > 0
            if part:
                last = number + 1 == len(functions) and i + 1 == len(parts)
                matcher.match(part, not anywhere, last)
                anywhere = False


def check_file(path, lfm2_opt):
    """The number of examples; prints what is wrong with the others."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    starts = [(m.start(), m.group(1)) for m in PASS.finditer(text)]
    if not starts:
        sys.exit(f"{path}: no passes found")
    wrong = good = 0

    def complain(at, message):
        nonlocal wrong
        wrong += 1
        print(f"{path}:{text.count(chr(10), 0, at) + 1}: {message}")

    for (start, name), (end, _) in zip(starts, starts[1:] + [(len(text), "")]):
        blocks = list(BLOCK.finditer(text, start, end))
        shown = 0
        for block, after in zip(blocks[::2], blocks[1::2] + [None] * (len(blocks) % 2)):
            first, _, source = block.group(1).strip().partition("\n")
            if not first.startswith(COMMAND) or after is None:
                complain(block.start(), f"expected '{COMMAND}--{name}', its input, and a block of its output")
                break
            arguments = shlex.split(first[len(COMMAND):])
            if not any(re.split("=", argument)[0] == "--" + name for argument in arguments):
                complain(block.start(), f"the example of {name} does not run it")
                continue
            run = subprocess.run([*lfm2_opt, "-", *arguments], input=source, text=True,
                                 capture_output=True, check=False)
            if run.returncode:
                complain(block.start(), f"{first[3:]} fails:\n{run.stderr.strip()}")
                continue
            try:
                compare(after.group(1), run.stdout)
                shown += 1
            except Mismatch as mismatch:
                complain(after.start(), f"{first[3:]} does not print (here, or after what is above)\n"
                         f"    {mismatch}\nbut, as a whole,\n{run.stdout}")
        if not blocks:
            complain(start, f"{name} has no example of what it does")
        good += shown
    return good, wrong


def main():
    split = sys.argv.index("--")
    results = [check_file(path, sys.argv[split + 1:]) for path in sys.argv[1:split]]
    print(f"{sum(good for good, _ in results)} examples are what comes out")
    sys.exit(1 if any(wrong for _, wrong in results) else 0)


if __name__ == "__main__":
    main()
