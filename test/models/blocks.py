"""Weights into GGUF's block formats, with NumPy: from floats, or at random.

Floats and the types of 32 weights but IQ4_NL come from the gguf package. It
only decodes the others, so these have a plain quantiser here: every group gets
its own range, the scales then four to eight bits, and the weights are rounded
against the decoded scales. `random_blocks` fills blocks directly, for shapes
whose floats would take minutes, and for what no package here can quantise.
"""

import numpy as np
from gguf import GGMLQuantizationType as Type
from gguf import GGML_QUANT_SIZES, quants

import grid_blocks

TYPES = {
    "f32": Type.F32, "f16": Type.F16, "bf16": Type.BF16, "q8_0": Type.Q8_0,
    "q4_0": Type.Q4_0, "q4_k": Type.Q4_K, "q5_k": Type.Q5_K, "q6_k": Type.Q6_K,
    "q4_1": Type.Q4_1, "q5_0": Type.Q5_0, "q5_1": Type.Q5_1, "q2_k": Type.Q2_K, "q3_k": Type.Q3_K,
    "iq4_nl": Type.IQ4_NL, "iq4_xs": Type.IQ4_XS, "mxfp4": Type.MXFP4,
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


def pack_pairs_of_bits(q):
    """[n, 256] values below 4: four neighbouring groups of 32 share their bytes."""
    q = q.reshape(len(q), 2, 4, 32) << np.array([0, 2, 4, 6], np.uint8)[None, None, :, None]
    return np.bitwise_or.reduce(q, axis=2).reshape(len(q), 64)


def quantize_q2_k(x):
    """Q2_K: w = d*sc*q - dmin*m, groups of 16, scales and minima of four bits."""
    groups = x.reshape(-1, 16, 16)
    low = np.minimum(groups.min(axis=2), 0)
    scale = (groups.max(axis=2).clip(min=0) - low) / 3
    d = (scale.max(axis=1) / 15).astype(np.float16)
    dmin = ((-low).max(axis=1) / 15).astype(np.float16)
    d32, dmin32 = d.astype(np.float32)[:, None], dmin.astype(np.float32)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        sc = np.where(d32 > 0, np.rint(scale / d32), 0).clip(0, 15)
        m = np.where(dmin32 > 0, np.rint(-low / dmin32), 0).clip(0, 15)
        step = (d32 * sc)[..., None]
        q = np.where(step > 0, np.rint((groups + (dmin32 * m)[..., None]) / step), 0).clip(0, 3)
    scales = sc.astype(np.uint8) | (m.astype(np.uint8) << 4)
    return np.concatenate(
        [scales, pack_pairs_of_bits(q.astype(np.uint8).reshape(-1, 256)), half_bytes(d), half_bytes(dmin)], axis=1
    )


def pack_q3(q, sc, d):
    """q [n, 256] in 0..7, sc [n, 16] in -32..31, d [n] -> [n, 110]."""
    fourth = (q >> 2).reshape(-1, 8, 32) << np.arange(8, dtype=np.uint8)[None, :, None]
    sc = (sc.astype(np.int16) + 32).astype(np.uint8)
    high = (sc >> 4).reshape(-1, 4, 4) << np.array([0, 2, 4, 6], np.uint8)[None, :, None]
    low = (sc[:, :8] & 15) | ((sc[:, 8:] & 15) << 4)
    return np.concatenate(
        [np.bitwise_or.reduce(fourth, axis=1), pack_pairs_of_bits(q & 3), low, np.bitwise_or.reduce(high, axis=1),
         half_bytes(d)], axis=1
    )


def with_signed_scales(x, size, largest, most):
    """Scales of `most` at the ends for groups of `size`: the group's largest
    weight is `largest` of its steps. (d, sc, weights in steps)"""
    groups = x.reshape(len(x), -1, size)
    at = np.abs(groups).argmax(axis=2)[..., None]
    scale = np.take_along_axis(groups, at, axis=2)[..., 0] / largest
    d = (np.abs(scale).max(axis=1) / most).astype(np.float16)
    d32 = d.astype(np.float32)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        sc = np.where(d32 > 0, np.rint(scale / d32), 0).clip(-most, most)
        step = (d32 * sc)[..., None]
        return d, sc, np.where(step != 0, groups / step, 0).reshape(len(x), -1)


def quantize_q3_k(x):
    """Q3_K: w = d*sc*(q - 4), groups of 16; the largest weight becomes q = 0."""
    d, sc, steps = with_signed_scales(x, 16, -4, 31)
    return pack_q3((np.rint(steps).clip(-4, 3) + 4).astype(np.uint8), sc, d)


IQ4_CODES = np.array(quants.IQ4_NL.kvalues, np.float32)


def nearest_code(steps):
    return np.searchsorted((IQ4_CODES[1:] + IQ4_CODES[:-1]) / 2, steps).astype(np.uint8)


def pack_halves(q):
    """[n, 32 * k] values below 16: the two halves of each 32 share their bytes."""
    q = q.reshape(len(q), -1, 2, 16)
    return (q[:, :, 0] | (q[:, :, 1] << 4)).reshape(len(q), -1)


def quantize_iq4_nl(x):
    """IQ4_NL: w = d*code[q], 32 weights; the largest becomes the first code."""
    x = x.reshape(-1, 32)
    at = np.abs(x).argmax(axis=1)[:, None]
    d = (np.take_along_axis(x, at, axis=1)[:, 0] / IQ4_CODES[0]).astype(np.float16)
    d32 = d.astype(np.float32)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        q = nearest_code(np.where(d32 != 0, x / d32, 0))
    return np.concatenate([half_bytes(d), pack_halves(q)], axis=1)


def pack_iq4_xs(q, sc, d):
    """q [n, 256] in 0..15, sc [n, 8] in -32..31, d [n] -> [n, 136]."""
    sc = (sc.astype(np.int16) + 32).astype(np.uint8)
    high = np.bitwise_or.reduce((sc >> 4).astype(np.uint16) << np.arange(0, 16, 2, np.uint16), axis=1)
    low = (sc[:, ::2] & 15) | ((sc[:, 1::2] & 15) << 4)
    return np.concatenate([half_bytes(d), high.reshape(-1, 1).view(np.uint8), low, pack_halves(q)], axis=1)


def quantize_iq4_xs(x):
    """IQ4_XS: w = d*sc*code[q], groups of 32."""
    d, sc, steps = with_signed_scales(x, 32, IQ4_CODES[0], 31)
    return pack_iq4_xs(nearest_code(steps), sc, d)


# Those that the gguf package only decodes.
QUANTISERS = {
    "q2_k": quantize_q2_k, "q3_k": quantize_q3_k, "iq4_nl": quantize_iq4_nl, "iq4_xs": quantize_iq4_xs,
    "q4_k": lambda x: quantize_k_with_min(x, 4), "q5_k": lambda x: quantize_k_with_min(x, 5), "q6_k": quantize_q6_k,
}  # fmt: skip


def quantize(values, name):
    """float32 of any shape -> bytes of the same outer shape."""
    values = np.ascontiguousarray(values, np.float32)
    if name == "f32":
        return values
    if name == "f16":
        return values.astype(np.float16)
    if name in QUANTISERS:
        x = values.reshape(-1, block_of(name)[0])
        chunks = []
        for start in range(0, len(x), 1 << 14):
            part = x[start : start + (1 << 14)]
            chunks.append(QUANTISERS[name](part))
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
    elif name in ("q4_1", "q5_1"):  # the least weight is added
        top = 15 if name == "q4_1" else 31
        d = jitter / (0.289 * (top + 1))
        raw[:, :2], raw[:, 2:4] = half_bytes(d), half_bytes(d * (-top / 2))
    elif name == "q5_0":
        raw[:, :2] = half_bytes(jitter * sign / 9.23)
    elif name == "q2_k":  # q uniform in 0..3, the minimum takes away 1.5 of them
        sc = (raw[:, :16] & 7) + 8
        raw[:, :16] = sc | (sc << 4)
        d = jitter / (1.118 * 11.5)
        raw[:, 80:82], raw[:, 82:84] = half_bytes(d), half_bytes(d * 1.5)
    elif name in ("q3_k", "iq4_xs"):  # scales of half their range and more, either sign
        count = 16 if name == "q3_k" else 8
        sc = rng.integers(16, 32, (n, count)).astype(np.int8) * rng.choice(np.array([-1, 1], np.int8), (n, count))
        if name == "q3_k":
            q = rng.integers(0, 8, (n, 256), dtype=np.uint8)
            raw = pack_q3(q, sc, jitter / (2.29 * 24))
        else:
            q = rng.integers(0, 16, (n, 256), dtype=np.uint8)
            raw = pack_iq4_xs(q, sc, jitter / (IQ4_CODES.std() * 24))
    elif name == "iq4_nl":
        raw[:, :2] = half_bytes(jitter * sign / IQ4_CODES.std())
    elif name == "mxfp4":
        d = jitter / np.std(quants.MXFP4.kvalues)
        raw[:, 0] = np.rint(np.log2(d)).astype(np.int16) + 128
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
