#!/usr/bin/env python3
"""Makes goldens/saved.tar.xz: tiny folders as transformers 5 saves them, one for each
class of the family and each way to save it, and in expected.npz what transformers
computes when it reads them again, in float32.

    make_saved.py

Needs PyTorch and transformers 5, which no test needs. Weights are multiples of 2^-8,
which bfloat16 holds as well: folders of one model differ in form alone.
"""

import json
import os
import shutil
import tarfile
import tempfile

import numpy
import torch
import transformers
from safetensors.torch import load_file, save_file
from transformers import (AutoModelForCausalLM, Lfm2Config, Lfm2ForCausalLM, Lfm2MoeConfig,
                          Lfm2MoeForCausalLM)

HERE = os.path.dirname(os.path.abspath(__file__))
TOKENS = [1, 5, 17, 30, 2, 2, 39, 11]
SIZES = {
    "vocab_size": 64, "hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 2,
    "num_attention_heads": 2, "num_key_value_heads": 1, "layer_types": ["conv", "full_attention"],
    "max_position_embeddings": 256, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0,
}  # fmt: skip


@torch.no_grad()
def fill(model):
    """Norms near 1, all else of a deviation that keeps activations near 1."""
    generator = torch.Generator().manual_seed(7)
    for name, value in sorted(model.state_dict().items()):
        noise = torch.randn(value.shape, generator=generator)
        wanted = 1 + noise / 8 if "norm" in name else noise / 5
        value.copy_((wanted * 256).round().clamp(-255, 255) / 256)
    return model


def dense(**more):
    return fill(Lfm2ForCausalLM(Lfm2Config(**SIZES, block_auto_adjust_ff_dim=False, **more)))


def moe():
    return fill(Lfm2MoeForCausalLM(Lfm2MoeConfig(
        **SIZES, moe_intermediate_size=16, num_experts=4, num_experts_per_tok=2, num_dense_layers=1)))


def resized(rows):
    model = dense()
    model.resize_token_embeddings(rows, mean_resizing=False)
    return model


def edit(folder, change):
    """Changes the tensors of a folder, by name."""
    path = f"{folder}/model.safetensors"
    tensors = load_file(path)
    change(tensors)
    save_file(tensors, path, metadata={"format": "pt"})


def differing_head(tensors):
    """That of the untied model, in a folder whose config says tied."""
    tensors["lm_head.weight"] = dense(tie_word_embeddings=False).state_dict()["lm_head.weight"]


def head_alone(tensors):
    tensors["lm_head.weight"] = tensors.pop("model.embed_tokens.weight")


def equal_head(tensors):
    tensors["lm_head.weight"] = tensors["model.embed_tokens.weight"].clone()


FOLDERS = {
    "dense": (dense, {}, None),
    "dense-bf16": (lambda: dense().bfloat16(), {}, None),
    "dense-sharded": (dense, {"max_shard_size": "16KB"}, None),
    "dense-untied": (lambda: dense(tie_word_embeddings=False), {}, None),
    "dense-longer": (lambda: resized(72), {}, None),
    "dense-shorter": (lambda: resized(40), {}, None),
    "tied-differing-head": (dense, {}, differing_head),
    "tied-equal-head": (dense, {}, equal_head),
    "tied-head-alone": (dense, {}, head_alone),
    "moe": (moe, {}, None),
    "moe-bf16": (lambda: moe().bfloat16(), {}, None),
    "moe-sharded": (moe, {"max_shard_size": "16KB"}, None),
}


@torch.no_grad()
def main():
    torch.set_num_threads(1)
    expected = {"tokens": numpy.array(TOKENS, numpy.int32)}
    with tempfile.TemporaryDirectory() as top:
        for name, (make, settings, change) in FOLDERS.items():
            folder = f"{top}/saved/{name}"
            make().save_pretrained(folder, **settings)
            if change:
                edit(folder, change)
            model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
            expected[name] = model(input_ids=torch.tensor([TOKENS]), use_cache=False).logits[0].numpy()
            with open(f"{folder}/config.json", encoding="utf-8") as file:
                saved = json.load(file)
            print(name, sorted(os.listdir(folder)), saved["architectures"], float(expected[name].std()))
        numpy.savez(f"{top}/saved/expected.npz", **expected)

        def plain(entry):
            entry.uid = entry.gid = entry.mtime = 0
            entry.uname = entry.gname = ""
            return entry

        made = f"{top}/saved.tar.xz"
        with tarfile.open(made, "w:xz") as tar:
            tar.add(f"{top}/saved", "saved", filter=plain)
        shutil.copy(made, f"{HERE}/goldens/saved.tar.xz")
    print(f"transformers {transformers.__version__}: {os.path.getsize(f'{HERE}/goldens/saved.tar.xz')} bytes")


if __name__ == "__main__":
    main()
