"""Weights into GGUF's block formats, with NumPy: from floats, or at random.

Q8_0, Q4_0 and the floats come from the gguf package. The package only decodes
Q4_K, Q5_K and Q6_K, so these three have a plain quantiser here: every group
gets its own range, the scales then six or eight bits, and the weights are
rounded against the decoded scales. `random_blocks` fills blocks directly, for
shapes whose floats would take minutes, and for what no package here can quantise.
"""

import numpy as np
from gguf import GGMLQuantizationType as Type
from gguf import GGML_QUANT_SIZES, quants

import grid_blocks

TYPES = {
    "f32": Type.F32, "f16": Type.F16, "bf16": Type.BF16, "q8_0": Type.Q8_0,
    "q4_0": Type.Q4_0, "q4_k": Type.Q4_K, "q5_k": Type.Q5_K, "q6_k": Type.Q6_K,
}  # fmt: skip
TYPES |= {name: Type[name.upper()] for name in grid_blocks.NAMES}
FLOATS = ("f32", "f16", "bf16")


def block_of(name):
    """(elements, bytes) of one block."""
    return GGML_QUANT_SIZES[TYPES[name]]


def byte_shape(dims, name):
    elements, size = block_of(name)
    return (*dims[:-1], dims[-1] // elements * size)


def half_bytes(values):
    return values.astype(np.float16).reshape(-1, 1).view(np.uint8)


def pack_six_bits(sc, m):
    """Eight 6-bit scales and eight 6-bit minima into the twelve bytes of a block."""
    sc, m = sc.astype(np.uint8), m.astype(np.uint8)
    low = sc[:, :4] | ((sc[:, 4:] >> 4) << 6)
    middle = m[:, :4] | ((m[:, 4:] >> 4) << 6)
    high = (sc[:, 4:] & 15) | ((m[:, 4:] & 15) << 4)
    return np.concatenate([low, middle, high], axis=1)


def pack_nibbles(q):
    """[n, 256] values below 16: two neighbouring groups of 32 share their bytes."""
    q = q.reshape(len(q), 4, 2, 32)
    return (q[:, :, 0] | (q[:, :, 1] << 4)).reshape(len(q), 128)


def quantize_k_with_min(x, bits):
    """Q4_K (bits 4) and Q5_K (bits 5): w = d*sc*q - dmin*m, groups of 32."""
    top = (1 << bits) - 1
    groups = x.reshape(-1, 8, 32)
    low = np.minimum(groups.min(axis=2), 0)
    scale = (groups.max(axis=2).clip(min=0) - low) / top
    d = (scale.max(axis=1) / 63).astype(np.float16)
    dmin = ((-low).max(axis=1) / 63).astype(np.float16)
    d32, dmin32 = d.astype(np.float32)[:, None], dmin.astype(np.float32)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        sc = np.where(d32 > 0, np.rint(scale / d32), 0).clip(0, 63)
        m = np.where(dmin32 > 0, np.rint(-low / dmin32), 0).clip(0, 63)
        step = (d32 * sc)[..., None]
        q = np.where(step > 0, np.rint((groups + (dmin32 * m)[..., None]) / step), 0)
    q = q.clip(0, top).astype(np.uint8).reshape(-1, 256)
    head = [half_bytes(d), half_bytes(dmin), pack_six_bits(sc, m)]
    if bits == 4:
        return np.concatenate([*head, pack_nibbles(q)], axis=1)
    fifth = (q >> 4).reshape(-1, 8, 32) << np.arange(8, dtype=np.uint8)[None, :, None]
    return np.concatenate([*head, np.bitwise_or.reduce(fifth, axis=1), pack_nibbles(q & 15)], axis=1)


def pack_q6(q, sc, d):
    """q [n, 256] in 0..63, sc [n, 16] int8, d [n] -> [n, 210]."""
    q = q.reshape(-1, 2, 4, 32)
    low, high = q & 15, q >> 4
    ql = np.stack([low[:, :, 0] | (low[:, :, 2] << 4), low[:, :, 1] | (low[:, :, 3] << 4)], axis=2)
    qh = high[:, :, 0] | (high[:, :, 1] << 2) | (high[:, :, 2] << 4) | (high[:, :, 3] << 6)
    return np.concatenate(
        [ql.reshape(-1, 128), qh.reshape(-1, 64), sc.astype(np.int8).view(np.uint8), half_bytes(d)], axis=1
    )


def quantize_q6_k(x):
    """Q6_K: w = d*sc*(q - 32), groups of 16; the largest weight becomes q = 0."""
    groups = x.reshape(-1, 16, 16)
    at = np.abs(groups).argmax(axis=2)[..., None]
    scale = np.take_along_axis(groups, at, axis=2)[..., 0] / -32
    d = (np.abs(scale).max(axis=1) / 127).astype(np.float16)
    d32 = d.astype(np.float32)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        sc = np.where(d32 > 0, np.rint(scale / d32), 0).clip(-128, 127)
        step = (d32 * sc)[..., None]
        q = np.where(step != 0, np.rint(groups / step), 0).clip(-32, 31) + 32
    return pack_q6(q.astype(np.uint8).reshape(-1, 256), sc, d)


def quantize(values, name):
    """float32 of any shape -> bytes of the same outer shape."""
    values = np.ascontiguousarray(values, np.float32)
    if name == "f32":
        return values
    if name == "f16":
        return values.astype(np.float16)
    if name in ("q4_k", "q5_k", "q6_k"):
        x = values.reshape(-1, 256)
        chunks = []
        for start in range(0, len(x), 1 << 14):
            part = x[start : start + (1 << 14)]
            chunks.append(quantize_q6_k(part) if name == "q6_k" else quantize_k_with_min(part, int(name[1])))
        return np.concatenate(chunks).reshape(byte_shape(values.shape, name))
    return quants.quantize(values, TYPES[name])


def dequantize(data, name):
    return quants.dequantize(data, TYPES[name])


def random_bytes(rng, rows, columns):
    words = rng.integers(0, 1 << 64, (rows * columns + 7) // 8, dtype=np.uint64)
    return words.view(np.uint8)[: rows * columns].reshape(rows, columns)


def random_blocks(rng, dims, name, std):
    """Blocks of weights with mean 0 and about the standard deviation `std`."""
    elements, size = block_of(name)
    n = int(np.prod(dims)) // elements
    raw = random_bytes(rng, n, size)
    jitter = rng.uniform(0.7, 1.3, n).astype(np.float32) * std
    sign = np.where(rng.integers(0, 2, n), 1, -1).astype(np.float32)
    if name in grid_blocks.NAMES:
        grid_blocks.fill(raw, name, TYPES[name], jitter * sign)
    elif name == "q4_0":  # q uniform in -8..7: deviation 4.61
        raw[:, :2] = half_bytes(jitter * sign / 4.61)
    elif name == "q8_0":  # q uniform in -127..127: deviation 73.3
        raw[:, :2] = half_bytes(jitter * sign / 73.3)
        raw[:, 2:][raw[:, 2:] == 128] = 129
    elif name == "q6_k":  # q uniform in -32..31: deviation 18.5; scales 64..127, either sign
        sc = (raw[:, 192:208] & 63) + 64
        raw[:, 192:208] = np.where(raw[:, 192:208] & 64, sc, -sc.astype(np.int8)).astype(np.int8).view(np.uint8)
        raw[:, 208:] = half_bytes(jitter * sign / (18.5 * 97))
    else:  # q4_k, q5_k: the minimum takes away the middle of the range, about
        top = 15 if name == "q4_k" else 31
        sc = 32 + rng.integers(0, 32, (n, 8), dtype=np.uint8)
        d = jitter / (0.289 * (top + 1) * 48)
        raw[:, :2], raw[:, 2:4] = half_bytes(d), half_bytes(d * (top / 2))
        raw[:, 4:16] = pack_six_bits(sc, sc ^ (raw[:, 4:12] & 1))
    return raw.reshape(byte_shape(dims, name))
