#!/usr/bin/env python3
"""Writes RopeGolden.inc: frequencies and magnitude of scaled rotary positions as
transformers computes them from config.json's keys.

    python3 make_rope_golden.py > RopeGolden.inc      # needs torch and transformers 5
"""

import json

import torch  # noqa: F401  (without it transformers has no functions)
from transformers import Lfm2Config
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

HEAD_SIZE = 32  # of the tiny checkpoint
# max_position_embeddings, rope_theta, the other parameters; keys beside them.
CASES = [
    (4096, 1e6, {"rope_type": "linear", "factor": 2.0}, {}),
    (4096, 1e6, {"rope_type": "linear", "factor": 3.7}, {}),
    (4096, 1e6, {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 1024}, {}),
    (4096, 1e6, {"rope_type": "yarn", "factor": 4.0}, {}),
    (4096, 1e6, {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 1024},
     {"original_max_position_embeddings": 512}),
    (4096, 1e4, {"rope_type": "yarn", "factor": None, "original_max_position_embeddings": 512}, {}),
    (128000, 5e6, {"rope_type": "yarn", "factor": 2.5, "original_max_position_embeddings": 32768,
                   "attention_factor": 1.25}, {}),
    (128000, 1e7, {"rope_type": "yarn", "factor": 8.0, "original_max_position_embeddings": 16384,
                   "beta_fast": 64.0, "beta_slow": 2.0, "truncate": False}, {}),
    (128000, 1e4, {"rope_type": "yarn", "factor": 40.0, "original_max_position_embeddings": 4096,
                   "mscale": 0.707, "mscale_all_dim": 1.5}, {}),
    (128000, 1e6, {"rope_type": "yarn", "factor": 0.5, "original_max_position_embeddings": 4096}, {}),
    (128000, 1e6, {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
                   "original_max_position_embeddings": 8192}, {}),
]  # fmt: skip


def lines_of(values):
    texts = [f"{value:.9g}" for value in values]
    return ",\n      ".join(", ".join(texts[i:i + 6]) for i in range(0, len(texts), 6))


def main():
    print("// Made by make_rope_golden.py out of transformers; do not edit.")
    print("const RopeGolden ropeGoldens[] = {")
    for context, theta, parameters, beside in CASES:
        config = Lfm2Config(hidden_size=2 * HEAD_SIZE, num_attention_heads=2, num_hidden_layers=1,
                            layer_types=["full_attention"], max_position_embeddings=context,
                            rope_parameters={"rope_theta": theta, **parameters}, **beside)
        frequencies, magnitude = ROPE_INIT_FUNCTIONS[parameters["rope_type"]](config)
        keys = {"max_position_embeddings": context, **beside,
                "rope_parameters": {"rope_theta": theta, **parameters}}
        text = json.dumps(keys, indent=1)[1:-1].replace("\n", "\n        ").strip()
        print(f'    {{R"({text})",\n     {magnitude:.17g},\n     {{{lines_of(frequencies.tolist())}}}}},')
    print("};")


if __name__ == "__main__":
    main()
