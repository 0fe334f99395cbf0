"""Says which examples of TableGen descriptions are not in a test.

    check_examples.py TEST.mlir FOLDER    every ```mlir block of FOLDER/*.td
"""

import glob
import os
import re
import sys


def squeeze(text):
    return " ".join(text.split())


def main():
    test, folder = sys.argv[1:]
    with open(test, encoding="utf-8") as file:
        tested = squeeze(file.read())
    examples = missing = 0
    for path in sorted(glob.glob(os.path.join(folder, "*.td"))):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        for match in re.finditer(r"```mlir\n(.*?)```", text, re.DOTALL):
            examples += 1
            if squeeze(match.group(1)) not in tested:
                missing += 1
                line = text.count("\n", 0, match.start()) + 1
                print(f"{path}:{line}: this example is not in {test}")
        # A description without an example would pass unseen.
        ops = len(re.findall(r'^def \w+ : \w+_\w*Op<"', text, re.MULTILINE))
        blocks = len(re.findall(r"```mlir\n", text))
        if blocks < ops:
            missing += 1
            print(f"{path}: {ops} ops, but only {blocks} examples")
    if not examples:
        sys.exit(f"no examples in {folder}")
    sys.exit(1 if missing else 0)


if __name__ == "__main__":
    main()
