#!/usr/bin/env python3
"""Quality of the bundled model in every format, on text it was not trained on.

    measure_wordnet.py                 a table in Markdown
    measure_wordnet.py --write-text    held_out.jsonl again, from Debian's wordnet-base

held_out.jsonl has one document a line. The weights are taken through the format
and back, all arithmetic is float32 in PyTorch: what the format costs, nothing
else. Needs PyTorch and transformers.
"""

import json
import math
import os
import subprocess
import sys
import tempfile

import gguf
import torch
import torch.nn.functional as F
from transformers import AutoModelForCausalLM, AutoTokenizer

import hf_folder
from wordnet_text import documents

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = f"{HERE}/wordnet-lfm2"
TEXT = f"{FOLDER}/held_out.jsonl"
SCHEMES = ["bf16", "q8_0", "q6_k", "q5_k_m", "q4_k_m", "q4_0_mix", "q4_0"]


def write_text():
    _, held = documents("/usr/share/wordnet")
    with open(TEXT, "w") as file:
        for text in held[::4]:
            file.write(json.dumps(text) + "\n")


@torch.no_grad()
def loss_of(model, encoded):
    """Nats summed over all tokens but the first of each document, and their number."""
    total, count = 0.0, 0
    for ids in encoded:
        ids = torch.tensor([ids])
        logits = model(input_ids=ids[:, :-1], use_cache=False).logits[0]
        total += F.cross_entropy(logits, ids[0, 1:], reduction="sum").item()
        count += ids.shape[1] - 1
    return total, count


def through(model, scheme, folder):
    """Puts the weights as `scheme` keeps them into the model; the file's bytes."""
    path = f"{folder}/{scheme}.gguf"
    subprocess.run([sys.executable, f"{HERE}/make_checkpoint.py", path, "--from-hf", FOLDER, "--type", scheme],
                   check=True, stdout=subprocess.DEVNULL)
    state, size = model.state_dict(), 0
    for tensor in gguf.GGUFReader(path).tensors:
        name = hf_folder.name_of(tensor.name)
        values = gguf.quants.dequantize(tensor.data, tensor.tensor_type)
        state[name].copy_(torch.from_numpy(values.copy()).reshape(state[name].shape))
        size += tensor.n_bytes
    return size


def main():
    if "--write-text" in sys.argv:
        write_text()
    torch.set_num_threads(1)
    tokenizer = AutoTokenizer.from_pretrained(FOLDER)
    model = AutoModelForCausalLM.from_pretrained(FOLDER, dtype=torch.float32)
    with open(TEXT) as file:
        texts = [json.loads(line) for line in file]
    encoded = [tokenizer(text, add_special_tokens=False)["input_ids"] for text in texts]
    size = sum(len(text.encode()) for text in texts)
    print("| format | MB of tensors | loss, nats per token | perplexity | bits per byte |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for scheme in SCHEMES:
            nbytes = through(model, scheme, folder)
            total, count = loss_of(model, encoded)
            loss = total / count
            print(f"| {scheme} | {nbytes / 1e6:.2f} | {loss:.4f} | {math.exp(loss):.2f} | {total / math.log(2) / size:.3f} |")


if __name__ == "__main__":
    main()
