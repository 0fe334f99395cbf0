"""Random weights under which a model behaves like a model.

Every tensor has its own generator, seeded by the seed and the tensor's name, so
its values depend on nothing else. Linear layers keep the size of what passes
through, the embedding is small beside what the layers add, and so the logits
spread over a few units without any token standing out.
"""

import math
import zlib

import numpy as np

from blocks import random_blocks

# Stored as F32 in GGUF and in the file's type by transformers: drawn among the
# values that every type holds exactly, so that all forms of a model are equal.
EXACT = ("_norm.weight", "shortconv.conv.weight", "ffn_gate_inp.weight")


def generator(seed, name):
    return np.random.Generator(np.random.SFC64([seed, zlib.crc32(name.encode())]))


def deviation(name, dims):
    if name.startswith(("token_embd.", "output.")):
        return 2.5 / math.sqrt(dims[-1])
    if name.endswith("shortconv.conv.weight"):
        return 1 / math.sqrt(dims[-1])
    if name.endswith("exp_probs_b.bias"):
        return 0.1
    return 1 / math.sqrt(dims[-1])


def exact_everywhere(values):
    """The nearest values with eight significant bits and no tiny exponent."""
    bits = values.view(np.uint32)
    bits = (bits + 0x7FFF + ((bits >> 16) & 1)) & np.uint32(0xFFFF0000)
    values = bits.view(np.float32)
    return np.where(np.abs(values) < 2.0**-14, np.float32(0), values)


def floats(seed, name, dims):
    values = generator(seed, name).standard_normal(dims, np.float32)
    values *= np.float32(deviation(name, dims)) if not name.endswith("_norm.weight") else np.float32(0.1)
    if name.endswith("_norm.weight"):
        values += np.float32(1)
    return exact_everywhere(values) if name.endswith(EXACT) else values


def blocks(seed, name, dims, kind):
    return random_blocks(generator(seed, name), dims, kind, deviation(name, dims))
