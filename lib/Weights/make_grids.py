"""Writes GridTables.inc: the points of the grids of GGUF's formats, out of the gguf
package, where they are facts of the format as decoders have to know them.

    python3 make_grids.py > GridTables.inc      # needs numpy and gguf

A point is one word: numbers of magnitudes (the places in the class's grid_map), the
first lowest; eight of two bits, or four of four bits.
"""

import numpy as np
from gguf import quants

GRIDS = {"iq2_xxs": quants.IQ2_XXS, "iq2_xs": quants.IQ2_XS, "iq2_s": quants.IQ2_S,
         "iq3_xxs": quants.IQ3_XXS, "iq3_s": quants.IQ3_S, "iq1": quants.IQ1_S}  # fmt: skip


def words(cls):
    cls.init_grid()
    points = cls.grid.reshape(cls.grid_shape).astype(int)
    numbers = np.array([list(cls.grid_map).index(value) for value in points.reshape(-1)])
    numbers = numbers.reshape(cls.grid_shape)
    shifts = np.arange(cls.grid_shape[1]) * (16 // cls.grid_shape[1])
    return (numbers << shifts).sum(axis=1)


def main():
    print("// Made by make_grids.py out of the gguf package; do not edit.")
    for name, cls in GRIDS.items():
        values = words(cls)
        print(f"constexpr uint16_t points{name.upper()}[{len(values)}] = {{")
        for i in range(0, len(values), 14):
            print("    " + ", ".join(f"0x{value:04x}" for value in values[i:i + 14]) + ",")
        print("};")


if __name__ == "__main__":
    main()
