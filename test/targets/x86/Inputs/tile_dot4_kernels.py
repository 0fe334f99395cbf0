"""Writes functions of one exec.tile_dot4 each, and a table of them for
tile_dot4_exact.c.

    tile_dot4_kernels.py OUT.mlir OUT.h

Each is void(i32 *sums, const i8 *x, const i8 *w), with the attributes in the table.
"""

import sys

# (count, dots, lanes, tokens, x_stride)
SIZES = [(2, 8, 16, 16, 128), (4, 4, 16, 16, 64), (1, 8, 16, 16, 96), (3, 16, 16, 5, 1000)]


def main():
    functions, declarations, table = [], [], []
    for count, dots, lanes, tokens, stride in SIZES:
        name = f"tile_{count}_{dots}_{lanes}_{tokens}"
        functions.append(f"""func.func @{name}(%s: !exec.ptr, %x: !exec.ptr, %w: !exec.ptr) {{
  %o = arith.constant 0 : index
  exec.tile_dot4 %s[%o] = %x[%o] * %w[%o] {{count = {count} : i64, dots = {dots} : i64, lanes = {lanes} : i64, tokens = {tokens} : i64, x_stride = {stride} : i64}}
  return
}}
""")
        declarations.append(f"void {name}(int32_t *, const int8_t *, const int8_t *);")
        table.append(f'  {{"{name}", {name}, {count}, {dots}, {lanes}, {tokens}, {stride}}},')
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        file.write("\n".join(functions))
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        file.write("\n".join(declarations + ["static const struct kernel kernels[] = {"] + table + ["};"]) + "\n")


if __name__ == "__main__":
    main()
