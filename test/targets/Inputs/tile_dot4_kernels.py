"""Writes functions of one exec.tile_dot4 each, and a table of them for
tile_dot4_exact.c.

    tile_dot4_kernels.py OUT.mlir OUT.h [sections]

Each is void(i32 *sums, const i8 *x, const i8 *w), with the attributes in the table. In
sections, sums need not be written to memory: all of their rows are loaded, and stored
to where they came from.
"""

import sys

from kernel_files import Kernel, write

# (count, dots, lanes, tokens, x_stride)
SIZES = [(2, 8, 16, 16, 128), (4, 4, 16, 16, 64), (1, 8, 16, 16, 96), (3, 16, 16, 5, 1000)]


def section(op, rows, lanes):
    lines = ["exec.tile_section {", f"  {op}"]
    for row in range(rows):
        lines += [f"  %c{row} = arith.constant {row * lanes * 4} : index", f"  %at{row} = arith.addi %o, %c{row} : index",
                  f"  %v{row} = exec.load %s[%at{row}] : vector<{lanes}xi32> in scratch",
                  f"  exec.store %v{row}, %s[%at{row}] : vector<{lanes}xi32> in scratch"]
    return "\n  ".join(lines + ["}"])


def main():
    sections = sys.argv[3:] == ["sections"]
    kernels = []
    for count, dots, lanes, tokens, stride in SIZES:
        name = f"tile_{count}_{dots}_{lanes}_{tokens}"
        op = (f"exec.tile_dot4 %s[%o] = %x[%o] * %w[%o] {{count = {count} : i64, dots = {dots} : i64, lanes = {lanes} : i64, "
              f"tokens = {tokens} : i64, x_stride = {stride} : i64}} from weights")
        if sections:
            op = section(op, count * tokens, lanes)
        function = f"""func.func @{name}(%s: !exec.ptr<scratch>, %x: !exec.ptr<scratch>, %w: !exec.ptr<weights>) {{
  %o = arith.constant 0 : index
  {op}
  return
}}
"""
        kernels.append(Kernel(name, function, (count, dots, lanes, tokens, stride)))
    write(sys.argv[1], sys.argv[2], kernels)


if __name__ == "__main__":
    main()
