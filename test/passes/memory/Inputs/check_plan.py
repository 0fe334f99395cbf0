"""Checks a planned module: nothing that is alive at the same time overlaps.

    check_plan.py MODULE.mlir
"""

import re
import sys


def attributes(text):
    return {name: int(value) for name, value in re.findall(r"(\w+) = (-?\d+) : i64", text)}


def overlap(a, b):
    return a["offset"] < b["offset"] + b["bytes"] and b["offset"] < a["offset"] + a["bytes"]


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        text = file.read()
    weights = [attributes(m) for m in re.findall(r"exec\.weight .*?\] (\{.*?\})", text)]
    buffers = {}
    for line in re.findall(r"exec\.buffer .*", text):
        buffers.setdefault(re.search(r'entry = "(\w+)"', line).group(1), []).append(attributes(line))
    scratch = {name: int(size) for name, size in re.findall(r'#exec\.entry<name = "(\w+)".*?scratch = (\d+)', text)}
    total = int(re.search(r"exec\.weights_bytes = (\d+)", text).group(1))

    assert weights and buffers, "nothing was planned"
    for before, after in zip(weights, weights[1:]):
        assert before["offset"] + before["bytes"] <= after["offset"] < before["offset"] + before["bytes"] + 64
    assert weights[-1]["offset"] + weights[-1]["bytes"] <= total
    for entry, placed in buffers.items():
        for i, a in enumerate(placed):
            assert a["offset"] % 64 == 0 and a["offset"] + a["bytes"] <= scratch[entry], (entry, a)
            for b in placed[:i]:
                alive = a["first"] <= b["last"] and b["first"] <= a["last"]
                assert not (alive and overlap(a, b)), (entry, a, b)
        # The plan is worth having: less than the sum, where lives do not touch.
        print(f"{entry}: {scratch[entry]} of {sum(b['bytes'] for b in placed)} bytes")


if __name__ == "__main__":
    main()
