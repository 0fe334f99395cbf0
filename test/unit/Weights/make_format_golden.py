"""Writes FormatGolden.inc: blocks of every weight format and their values as the
gguf package decodes them, and rows of floats with the blocks it encodes.

    python3 make_format_golden.py > FormatGolden.inc      # needs numpy and gguf
"""

import gguf
import numpy as np

TYPES = gguf.GGMLQuantizationType
BLOCKS = {"Q8_0": 3, "Q4_0": 3, "Q4_K": 2, "Q5_K": 2, "Q6_K": 2, "F16": 24, "BF16": 24,
          "Q4_1": 3, "Q5_0": 3, "Q5_1": 3, "Q2_K": 2, "Q3_K": 2, "IQ4_NL": 3, "IQ4_XS": 2, "MXFP4": 6}
# Where a block holds f16 scales: they must be finite, all else may be random.
SCALES = {"Q8_0": [0], "Q4_0": [0], "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208],
          "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q2_K": [80, 82], "Q3_K": [108], "IQ4_NL": [0], "IQ4_XS": [0]}


def array(c_type, name, values, form):
    print(f"const {c_type} {name}[] = {{")
    for i in range(0, len(values), 8):
        print("    " + ", ".join(form.format(v) for v in values[i:i + 8]) + ",")
    print("};")


def random_blocks(rng, name):
    size = gguf.GGML_QUANT_SIZES[TYPES[name]][1]
    blocks = rng.integers(0, 256, (BLOCKS[name], size), dtype=np.uint8)
    for offset in SCALES.get(name, []):
        scales = rng.normal(0, 0.1, BLOCKS[name]).astype(np.float16)
        scales[-1] = np.float16(3e-6)  # a subnormal
        blocks[:, offset:offset + 2] = scales.view(np.uint8).reshape(-1, 2)
    if name == "MXFP4":  # exponents that leave f32's normal numbers, and the ends
        blocks[:5, 0] = [0, 1, 2, 254, 255]
    if name == "F16":  # no NaN: which one comes out is nobody's promise
        halves = blocks.view(np.uint16)
        halves[(halves & 0x7C00) == 0x7C00] &= 0x83FF
        halves[:3, 0] = [0x7C00, 0x8001, 0x8000]
    return blocks.reshape(-1)


def rows(rng):
    x = rng.normal(0, 1, 96).astype(np.float32)
    x[0:4] = [0.5, -0.5, 1e-8, -70000.0]
    x[4:8] = [6e-8, 65519.9, 1.00048828125, 1.00146484375]  # ties of f16
    x[32:64] = 0
    x[64:96] = np.round(x[64:96] * 8) / 4  # many ties of the quantisers
    return x


def main():
    rng = np.random.default_rng(20)
    print("// Made by make_format_golden.py out of the gguf package; do not edit.")
    for name in BLOCKS:
        blocks = random_blocks(rng, name)
        values = gguf.dequantize(blocks, TYPES[name]).astype(np.float32).reshape(-1)
        array("uint8_t", f"blocks{name}", blocks, "0x{:02x}")
        array("uint32_t", f"values{name}", values.view(np.uint32), "0x{:08x}")
    x = rows(rng)
    array("uint32_t", "rowToEncode", x.view(np.uint32), "0x{:08x}")
    for name in ["F32", "F16", "BF16", "Q8_0", "Q4_0"]:
        with np.errstate(over="ignore"):
            encoded = gguf.quantize(x, TYPES[name])
        array("uint8_t", f"encoded{name}", encoded.view(np.uint8).reshape(-1), "0x{:02x}")


if __name__ == "__main__":
    main()
