"""Writes functions of chains of exec.dot4, one for each kind of weights and each
width of packed layouts, and a table of them for dot4_exact.c.

    dot4_kernels.py OUT.mlir OUT.h

Each is void(i32 *sums, const i8 *w, const i8 *x): sums[lane] += 8 dots, whose
bytes follow each other.
"""

import sys

from kernel_files import Kernel, write

KINDS = [("u1", 1), ("u4", 4), ("u5", 5), ("u6", 6), ("u7", 7), ("u8", 8), ("s8", 8)]
LENGTH = 8


def function(kind, bits, lanes):
    sums, data = f"vector<{lanes}xi32>", f"vector<{4 * lanes}xi8>"
    flags = f"{{bits = {bits} : i64{', signed_w' if kind[0] == 's' else ''}}}"
    lines = [
        f"func.func @dot_{kind}_{lanes}(%s: !exec.ptr<scratch>, %w: !exec.ptr<weights>, %x: !exec.ptr<scratch>) {{",
        "  %o0 = arith.constant 0 : index",
        f"  %a0 = exec.load %s[%o0] : {sums} in scratch",
    ]
    for i in range(LENGTH):
        if i:
            lines.append(f"  %o{i} = arith.constant {4 * lanes * i} : index")
        lines += [
            f"  %w{i} = exec.load %w[%o{i}] : {data} in weights",
            f"  %x{i} = exec.load %x[%o{i}] : {data} in scratch",
            f"  %a{i + 1} = exec.dot4 %a{i}, %w{i}, %x{i} {flags} : {sums}, {data}",
        ]
    lines += [f"  exec.store %a{LENGTH}, %s[%o0] : {sums} in scratch", "  return", "}"]
    return "\n".join(lines) + "\n"


def main():
    kernels = []
    for kind, bits in KINDS:
        for lanes in (4, 8, 16, 32):
            fields = (lanes, bits, int(kind[0] == "s"))
            kernels.append(Kernel(f"dot_{kind}_{lanes}", function(kind, bits, lanes), fields))
    write(sys.argv[1], sys.argv[2], kernels)


if __name__ == "__main__":
    main()
