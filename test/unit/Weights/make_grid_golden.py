"""Writes GridGolden.inc: what the gguf package decodes from blocks of grid and ternary
formats: of many blocks a checksum for each format, of one block all values.

    python3 make_grid_golden.py > GridGolden.inc      # needs numpy and gguf

GridsTest.cpp makes the same blocks. Their bytes are those of a generator; the first
three are extreme instead. Every point of every grid is in them, and every d that is a
finite number may be.
"""

import zlib

import gguf
import numpy as np

BLOCKS = 1024
# The first byte of d; -1: in the upper four bits of four words from byte 48 on.
D_OFFSETS = {"IQ1_S": 0, "IQ1_M": -1, "IQ2_XXS": 0, "IQ2_XS": 0, "IQ2_S": 0,
             "IQ3_XXS": 0, "IQ3_S": 0, "TQ1_0": 52, "TQ2_0": 64}  # fmt: skip


def generated(count):
    """Upper bytes of a linear congruential generator's numbers."""
    out, state = np.empty(count, np.uint8), 1
    for i in range(count):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        out[i] = state >> 24
    return out


def set_d(block, offset, bits):
    if offset >= 0:
        block[offset:offset + 2] = [bits & 255, bits >> 8]
        return
    for i in range(4):
        block[49 + 2 * i] = block[49 + 2 * i] & 15 | (bits >> 4 * i & 15) << 4


def main():
    print("// Made by make_grid_golden.py out of the gguf package; do not edit.")
    for name, offset in D_OFFSETS.items():
        kind = gguf.GGMLQuantizationType[name]
        size = gguf.GGML_QUANT_SIZES[kind][1]
        numbers = generated(BLOCKS * (size + 2)).reshape(BLOCKS, size + 2)
        blocks = np.ascontiguousarray(numbers[:, :size])
        blocks[0], blocks[1:3] = 0, 255
        for block, (low, high) in zip(blocks, numbers[:, size:].astype(int)):
            bits = low | high << 8
            set_d(block, offset, bits ^ 0x4000 if bits & 0x7C00 == 0x7C00 else bits)
        for block, bits in zip(blocks[:3], [0x7BFF, 0x7BFF, 0x8001]):
            set_d(block, offset, bits)
        values = gguf.dequantize(blocks.reshape(-1), kind).astype("<f4").reshape(BLOCKS, 256)
        print(f"const uint32_t checksum{name} = 0x{zlib.crc32(values.tobytes()):08x};")
        print(f"const uint32_t values{name}[] = {{")
        last = values[-1].view("<u4")
        for i in range(0, 256, 8):
            print("    " + ", ".join(f"0x{value:08x}" for value in last[i:i + 8]) + ",")
        print("};")


if __name__ == "__main__":
    main()
