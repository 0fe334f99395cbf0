"""Runs the commands of a page that follows a module through the compiler.

    check_page.py PAGE.md -- LFM2_OPT [ARGUMENT...]

The first block of code is the input. Each later one begins with comments that hold the
command that makes it of the output of the block before, and shows that output as
examples of passes do: test/passes/Inputs/check_examples.py says how.
"""

import os
import re
import shlex
import subprocess
import sys

sys.path.append(os.path.join(os.path.dirname(__file__), *[os.pardir] * 3, "passes", "Inputs"))
from check_examples import Mismatch, compare  # pylint: disable=wrong-import-position

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
COMMENT = {"mlir": "//", "llvm": ";", "asm": "#"}


def split(text, mark):
    """The words of the comments that a block begins with, and what follows."""
    lines = text.split("\n")
    n = next(i for i, line in enumerate(lines) if not line.startswith(mark))
    return " ".join(line[len(mark):].strip() for line in lines[:n]), "\n".join(lines[n:])


def without_comments(text, mark):
    return re.sub(rf"(^|\s){re.escape(mark)} .*", "", text, flags=re.MULTILINE)


def check(path, lfm2_opt):
    """The number of commands that were run; ends with a message where one prints something else."""
    with open(path, encoding="utf-8") as file:
        page = file.read()
    tool = " ".join(shlex.quote(word) for word in lfm2_opt)
    output, count = None, 0
    for block in BLOCK.finditer(page):
        where = f"{path}:{page.count(chr(10), 0, block.start()) + 1}"
        mark = COMMENT.get(block.group(1))
        if mark is None:
            sys.exit(f"{where}: expected a block of one of {', '.join(COMMENT)}, found {block.group(1)}")
        if output is None:
            output = block.group(2)
            continue
        command, shown = split(block.group(2), mark)
        if not command:
            sys.exit(f"{where}: expected '{mark} COMMAND' first, which makes the block of the one before")
        run = subprocess.run(["bash", "-o", "pipefail", "-c", re.sub(r"\blfm2-opt\b", tool, command)],
                             input=output, text=True, capture_output=True, check=False)
        if run.returncode:
            sys.exit(f"{where}: {command} fails:\n{run.stderr.strip()}")
        output = run.stdout
        try:
            compare(without_comments(shown, mark), without_comments(output, mark))
        except Mismatch as mismatch:
            sys.exit(f"{where}: {command} does not print (here, or after what is above)\n"
                     f"    {mismatch}\nbut, as a whole,\n{output}")
        count += 1
    return count


def main():
    at = sys.argv.index("--")
    for path in sys.argv[1:at]:
        count = check(path, sys.argv[at + 1:])
        if not count:
            sys.exit(f"{path}: expected an input and commands, found {count} commands")
        print(f"{path}: {count} commands print what is shown")


if __name__ == "__main__":
    main()
