"""Looks through the assembly of a model compiled for Hexagon.

    check_hexagon.py loops FILE.s N ENTRY MOST
        runs of instructions without a label or a branch that multiply bytes (vrmpy), in
        functions of ENTRY (decode, prefill): at least one has N products, none calls
        anything, and those with N take at most MOST packets
"""

import re
import sys


def main():
    _, _, path, products, entry, most = sys.argv
    products, most = int(products), int(most)
    with open(path, encoding="utf-8") as file:
        text = file.read()
    function, found, worst = "", 0, 0
    ends = r"\n(?=[.\w$]+:)|(?<=:endloop0)\n|(?<=:endloop1)\n|(?<=:endloop01)\n"
    for block in re.split(ends, re.sub(r"(\tif \(!?p\d\) jump[^}]*\})\n", r"\1 :endloop0\n", text)):
        label = re.match(r"([.\w$]+):", block)
        if label and not label.group(1).startswith(".L"):
            function = label.group(1)
        if not function.endswith("_" + entry) or block.count("vrmpy") != products:
            continue
        if re.search(r"\bcallr?\b", block):
            sys.exit(f"{function} calls something where it multiplies:\n{block}")
        found += 1
        worst = max(worst, len(re.findall(r"^\t\{", block, re.MULTILINE)))
    if not found:
        sys.exit(f"no run of {products} products in {entry}")
    if worst > most:
        sys.exit(f"{products} products take {worst} packets, expected at most {most}")
    print(f"{found} runs of {products} products, {worst} packets at most")


if __name__ == "__main__":
    main()
