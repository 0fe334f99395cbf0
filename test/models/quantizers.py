"""Matrices as the quantisers of Hugging Face folders write them, with NumPy.

A scheme takes a float matrix and gives the tensors that stand for it, and the values that these have. Rounding is
to nearest, plain and quick: what is tested is how they are read. `make_quantized_goldens.py` holds the readers
against the libraries themselves.
"""

import numpy as np

I32 = "I32"


def bit_stream(q, bits):
    """[rows, n] integers as [rows, n * bits / 8] bytes, the lowest bit first."""
    expanded = (q[..., None] >> np.arange(bits)) & 1
    return np.packbits(expanded.astype(np.uint8).reshape(len(q), -1), axis=1, bitorder="little")


def words(q, bits):
    stream = bit_stream(q, bits)
    stream = np.pad(stream, ((0, 0), (0, -stream.shape[1] % 4)))
    return np.ascontiguousarray(stream).view(np.uint32)


def bfloat(x):
    """The bits of the nearest, and its value."""
    bits = x.astype(np.float32).view(np.uint32).astype(np.uint64)
    bits = ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)
    return bits, (bits.astype(np.uint32) << 16).view(np.float32)


def stored(x, word):
    """(dtype, bits), value of numbers in a small type."""
    if word == "bf16":
        bits, value = bfloat(x)
        return ("BF16", bits), value
    if word == "f16":
        half = x.astype(np.float16)
        return ("F16", half), half.astype(np.float32)
    return ("F32", x.astype(np.float32)), x.astype(np.float32)


def grouped(x, group):
    return x.reshape(len(x), -1, group)


def ranges(x, bits, word):
    """Scales and minima of groups on the last axis."""
    low, high = x.min(axis=-1), x.max(axis=-1)
    scale, value = stored(np.maximum(high - low, 1e-6) / ((1 << bits) - 1), word)
    return scale, value, low


def mlx(x, bits, group, word="bf16"):
    g = grouped(x, group)
    scales, s, low = ranges(g, bits, word)
    biases, b = stored(low, word)
    q = np.clip(np.rint((g - b[..., None]) / s[..., None]), 0, (1 << bits) - 1).astype(np.int64)
    parts = {"weight": ("U32", words(q.reshape(x.shape), bits)), "scales": scales, "biases": biases}
    return parts, (s[..., None] * q.astype(np.float32) + b[..., None]).reshape(x.shape)


FP4 = np.array([0, 0.5, 1, 1.5, 2, 3, 4, 6, 0, -0.5, -1, -1.5, -2, -3, -4, -6], np.float32)


def mxfp4(x):
    g = grouped(x, 32)
    exponent = np.clip(np.ceil(np.log2(np.maximum(np.abs(g).max(axis=-1), 1e-30) / 6)), -100, 100).astype(int)
    scale = np.exp2(exponent.astype(np.float32))
    q = np.abs(g[..., None] / scale[..., None, None] - FP4).argmin(axis=-1)
    parts = {"weight": ("U32", words(q.reshape(x.shape), 4)), "scales": ("U8", (exponent + 127).astype(np.uint8))}
    return parts, (FP4[q] * scale[..., None]).reshape(x.shape)


def zero_points(x, group, bits, symmetric, word="f16", order=None):
    """q, zeros, scales and values of a weight with zero points; `order` says the group of each column."""
    top = (1 << bits) - 1
    columns = np.argsort(order, kind="stable") if order is not None else np.arange(x.shape[1])
    g = grouped(x[:, columns], group)
    if symmetric:
        scales, s = stored(np.abs(g).max(axis=-1) / (top / 2), word)
        z = np.full(s.shape, (top + 1) // 2)
    else:
        scales, s, low = ranges(g, bits, word)
        z = np.clip(np.rint(-low / s), 1, top).astype(np.int64)
    q = np.clip(np.rint(g / s[..., None]) + z[..., None], 0, top).astype(np.int64)
    values = (s[..., None] * (q - z[..., None]).astype(np.float32)).reshape(x.shape)
    back = np.argsort(columns)
    return q.reshape(x.shape)[:, back], z, scales, values[:, back]


def transposed(pair):
    return pair[0], np.ascontiguousarray(pair[1].T)


def gptq(x, bits, group, symmetric=False, act_order=False):
    order = np.arange(x.shape[1]) // group
    if act_order:
        order = np.random.Generator(np.random.SFC64(x.shape[1])).permutation(order)
    q, z, scales, values = zero_points(x, group, bits, symmetric, order=order)
    parts = {
        "qweight": (I32, np.ascontiguousarray(words(q, bits).T)), "qzeros": (I32, words(z.T - 1, bits)),
        "scales": transposed(scales), "g_idx": (I32, order.astype(np.int32)),
    }  # fmt: skip
    return parts, values


AWQ_ORDER = [0, 2, 4, 6, 1, 3, 5, 7]


def awq(x, group):
    q, z, scales, values = zero_points(x, group, 4, False)

    def interleaved(ints):
        eights = ints.T.reshape(ints.shape[1], -1, 8)[:, :, AWQ_ORDER]
        return I32, words(eights.reshape(ints.shape[1], -1), 4)

    return {"qweight": interleaved(q), "qzeros": interleaved(z), "scales": transposed(scales)}, values


def packed(x, bits, group, symmetric=True, word="bf16"):
    q, z, scales, values = zero_points(x, group or x.shape[1], bits, symmetric, word)
    parts = {"weight_packed": (I32, words(q, bits)), "weight_scale": scales,
             "weight_shape": ("I64", np.array(x.shape, np.int64))}
    if not symmetric:
        parts["weight_zero_point"] = (I32, np.ascontiguousarray(words(z.T, bits).T))
    return parts, values


def int8(x):
    scales, s = stored(np.abs(x).max(axis=1, keepdims=True) / 127, "f32")
    q = np.clip(np.rint(x / s), -127, 127)
    return {"weight": ("I8", q.astype(np.int8)), "weight_scale": scales}, s * q.astype(np.float32)


def fp8_values():
    code = np.arange(256)
    exponent, mantissa = code >> 3 & 15, code & 7
    value = np.where(exponent == 0, mantissa / 512, (8 + mantissa) * np.exp2(exponent - 10.0))
    value[(code & 127) == 127] = np.nan
    return np.where(code & 128, -value, value).astype(np.float32)


FP8 = fp8_values()
_ORDER = np.argsort(FP8[:127])  # Magnitudes rise with their codes.


def to_fp8(x):
    magnitudes = FP8[:127]
    middles = (magnitudes[1:] + magnitudes[:-1]) / 2
    code = np.searchsorted(middles, np.abs(x))
    return (code | np.where(np.signbit(x), 128, 0)).astype(np.uint8)


def fp8(x, rows, columns, word="f32", part="weight_scale"):
    """A scale for so many rows and columns; 0: all."""
    size, (rows, columns) = x.shape, (rows or len(x), columns or x.shape[1])
    x = np.pad(x, [(0, -size[0] % rows), (0, -size[1] % columns)])
    blocks = x.reshape(len(x) // rows, rows, x.shape[1] // columns, columns)
    scales, s = stored(np.abs(blocks).max(axis=(1, 3)) / 448, word)
    if s.size == 1:
        scales = (scales[0], scales[1].reshape(1))
    code = to_fp8(blocks / s[:, None, :, None])
    values = FP8[code] * s[:, None, :, None]
    code, values = (a.reshape(x.shape)[: size[0], : size[1]] for a in (code, values))
    return {"weight": ("F8_E4M3", code), part: scales}, values
