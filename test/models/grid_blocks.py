"""Random blocks of GGUF's grid and ternary formats.

Any bytes are a block of them, and what its weights spread over is known when the
package has decoded some: so only d is chosen.
"""

import numpy as np
from gguf import quants

NAMES = ("iq1_s", "iq1_m", "iq2_xxs", "iq2_xs", "iq2_s", "iq3_xxs", "iq3_s", "tq1_0", "tq2_0")
D_OFFSETS = {"tq1_0": 52, "tq2_0": 64}  # the others have d first


def set_d(raw, name, d):
    """d of every block, of which IQ1_M has four bits in each of four words."""
    bits = d.astype(np.float16).view(np.uint16)
    if name == "iq1_m":
        for i in range(4):
            high = (bits >> 4 * i & 15).astype(np.uint8) << 4
            raw[:, 49 + 2 * i] = raw[:, 49 + 2 * i] & 15 | high
        return
    at = D_OFFSETS.get(name, 0)
    raw[:, at : at + 2] = bits.reshape(-1, 1).view(np.uint8)


def fill(raw, name, kind, scale):
    """Gives the random bytes `raw` weights of the standard deviations |scale|."""
    if name == "tq2_0":  # -1, 0 or 1, never 2, which no quantiser writes
        raw[:, :64] &= ~((raw[:, :64] & raw[:, :64] >> 1 & 0x55) << 1)
    sample = raw[:256].copy()
    set_d(sample, name, np.ones(len(sample)))
    set_d(raw, name, scale / quants.dequantize(sample, kind).std())
