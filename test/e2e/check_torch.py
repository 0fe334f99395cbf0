#!/usr/bin/env python3
"""Models of transformers, compiled out of PyTorch's memory, against PyTorch's own
logits. Run by hand, as frontends/python/README.md says.

    check_torch.py [BUILD]      a build folder; build/ without it

Of each model: random weights in a small shape, the program's logits at all
positions of 40 tokens, and their distance from the module's in float32.
"""

import os
import subprocess
import sys
import tempfile

import numpy
import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer, Lfm2Config, Lfm2ForCausalLM

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "build"))
sys.path.insert(0, os.path.join(BUILD, "python"))
import lfm2_compile  # noqa: E402

SHAPE = {"vocab_size": 512, "hidden_size": 128, "intermediate_size": 256, "num_hidden_layers": 4,
         "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 256,
         "layer_types": ["conv", "full_attention", "conv", "full_attention"], "block_auto_adjust_ff_dim": False}
IDS = torch.randint(3, 500, (1, 40), generator=torch.Generator().manual_seed(7))
# Caches are f32 and products are exact, but that some CPUs split activations in two bf16
# (test/error_bars.py).
EXACT, BF16 = 1e-5, 5e-4


def dense(kind=torch.float32, **changes):
    torch.manual_seed(1)
    return spread(Lfm2ForCausalLM(Lfm2Config(**{**SHAPE, **changes})), kind)


def moe(kind=torch.float32):
    from transformers import Lfm2MoeConfig, Lfm2MoeForCausalLM
    torch.manual_seed(2)
    shape = {key: value for key, value in SHAPE.items() if key != "block_auto_adjust_ff_dim"}
    return spread(Lfm2MoeForCausalLM(Lfm2MoeConfig(
        **shape, num_experts=4, num_experts_per_tok=2, num_dense_layers=1, moe_intermediate_size=64)), kind)


def spread(model, kind):
    """Weights of training's size: those of a fresh model say nothing. Tables of
    frequencies stay in float32, as from_pretrained() has them."""
    for name, weight in model.named_parameters():
        if "norm" not in name:
            weight.data.normal_(0, weight.shape[-1] ** -0.5 if weight.dim() > 1 else 0.1)
        weight.data = weight.data.to(kind)
    return model.eval()


def merged():
    model = get_peft_model(dense(), LoraConfig(r=4, target_modules=["q_proj", "v_proj", "in_proj", "w1"]))
    for name, weight in model.named_parameters():
        if "lora_" in name:
            weight.data.normal_(0, 0.1)
    return model.merge_and_unload().eval()


def fine_tuned():
    """A few steps of SGD, then as it stands in memory."""
    model = dense()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    for _ in range(3):
        model(input_ids=IDS, labels=IDS).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    return model.eval()


def wordnet():
    return AutoModelForCausalLM.from_pretrained(os.path.join(ROOT, "test", "models", "wordnet-lfm2"),
                                                dtype=torch.float32).eval()


def logits_of(module):
    with torch.no_grad():
        return module.float()(input_ids=IDS).logits[0].numpy()


def check(name, module, limit, folder):
    # In its own type first: float() below changes the module.
    made = lfm2_compile.compile(module, os.path.join(folder, name), emit="exe", kv="f32", activations="exact")
    out = os.path.join(folder, "logits.f32")
    subprocess.run([made.path, "--tokens", ",".join(map(str, IDS[0].tolist())), "--logits", out, "-n", "0"],
                   check=True, stdout=subprocess.DEVNULL)
    found = numpy.fromfile(out, "<f4").reshape(IDS.shape[1], -1)
    expected = logits_of(module)
    error = float(numpy.linalg.norm(found - expected) / numpy.linalg.norm(expected))
    print(f"{name:14} {error:.1e}, at most {limit:.0e}: {'ok' if error <= limit else 'WRONG'}")
    return error <= limit


def same_as_folder(folder):
    """With its tokenizer, the program is that of the folder it was loaded from."""
    path = os.path.join(ROOT, "test", "models", "wordnet-lfm2")
    module = AutoModelForCausalLM.from_pretrained(path, dtype=torch.bfloat16)
    live = lfm2_compile.compile(module, os.path.join(folder, "a", "m"), tokenizer=AutoTokenizer.from_pretrained(path))
    saved = lfm2_compile.compile(path, os.path.join(folder, "b", "m"))
    same = live.report.identity == saved.report.identity and live.report.weights_hash == saved.report.weights_hash
    print(f"{'as the folder':14} {'ok' if same else 'WRONG'}")
    return same


def main():
    models = [("dense", dense(), EXACT), ("untied", dense(tie_word_embeddings=False), EXACT),
              ("f16", dense(torch.float16), EXACT), ("bf16", dense(torch.bfloat16), BF16),
              ("experts", moe(), EXACT), ("experts-bf16", moe(torch.bfloat16), BF16),
              ("merged", merged(), EXACT), ("fine-tuned", fine_tuned(), EXACT),
              ("torch.compile", torch.compile(dense()), EXACT), ("wordnet", wordnet(), EXACT)]
    with tempfile.TemporaryDirectory() as folder:
        for name in "ab":
            os.mkdir(os.path.join(folder, name))
        results = [check(name, module, limit, folder) for name, module, limit in models]
        results.append(same_as_folder(folder))
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
