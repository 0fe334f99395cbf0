#!/usr/bin/env python3
"""Makes the adapters of test_adapters.py, and what PEFT makes of them.

    make_adapter_goldens.py [NAME...]      all, or the named ones

Needs PyTorch, transformers and PEFT, which no test needs (made with torch 2.15,
transformers 5.24 and PEFT 0.21.2; the files convert_lora_to_gguf.py of llama.cpp
made are written by LLAMA=FOLDER). Each golden is a folder adapters/NAME: the
adapters, as PEFT saves them, and logits.npz, which says what they belong to.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile

import numpy
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import AutoModelForCausalLM
from transformers.models.lfm2_moe.modeling_lfm2_moe import Lfm2MoeExperts

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(HERE, "adapters")
TEST = os.path.dirname(HERE)
sys.path.insert(0, TEST)
import small_models  # noqa: E402  (the folder above is no package)

POSITIONS, COLUMNS = 16, 61
DENSE, MOE = "lora-f32-hf", "lora-moe-f32-hf"
LINEAR = ["in_proj", "out_proj", "q_proj", "k_proj", "v_proj", "w1", "w2", "w3"]
EXPERTS = ["feed_forward.experts.gate_up_proj", "feed_forward.experts.down_proj", "feed_forward.gate.weight"]
PATTERNS = {
    "r": 4, "lora_alpha": 6, "target_modules": LINEAR,
    "rank_pattern": {"layers.1.self_attn.q_proj": 2, "w1": 6, r"feed_forward\.w[23]": 3},
    "alpha_pattern": {r".*\.in_proj": 3, r"layers\.\d\.self_attn\.(k|v)_proj": 11},
}  # fmt: skip
# Of each golden the base, the adapters with their scales, and whether PEFT may
# merge them: of a tied model it merges an update of one table into both, and
# then the logits are others than those of the adapter that was trained.
GOLDENS = {
    "plain": (DENSE, [({"r": 4, "lora_alpha": 8, "target_modules": LINEAR}, 1)], True),
    "patterns": (DENSE, [(PATTERNS, 1)], True),
    "rslora": (DENSE, [({**PATTERNS, "use_rslora": True}, 1)], True),
    "dora": (DENSE, [({**PATTERNS, "use_dora": True}, 1)], True),
    "saved": (DENSE, [({"r": 2, "lora_alpha": 4, "target_modules": ["q_proj"],
                        "modules_to_save": ["embed_tokens", "operator_norm", "conv.conv"]}, 1)], True),
    "embedding": (DENSE, [({"r": 3, "lora_alpha": 2, "target_modules": ["embed_tokens", "w2"]}, 1)], False),
    "embedding-dora": (DENSE, [({"r": 3, "lora_alpha": 2, "target_modules": ["embed_tokens", "w2"],
                                 "use_dora": True}, 1)], False),
    "embedding-tied": (DENSE, [({"r": 3, "lora_alpha": 2, "target_modules": ["embed_tokens"],
                                 "ensure_weight_tying": True}, 1)], False),
    "head": (DENSE, [({"r": 2, "lora_alpha": 1, "target_modules": ["lm_head", "w1"]}, 1)], False),
    "several": (DENSE, [({"r": 4, "lora_alpha": 8, "target_modules": LINEAR}, 1),
                        ({"r": 2, "lora_alpha": 3, "target_modules": ["q_proj", "w1"], "use_dora": True}, 0.5),
                        ({"r": 3, "lora_alpha": 3, "target_modules": ["w1", "in_proj"]}, -0.25)], True),
    "moe": (MOE, [({"r": 2, "lora_alpha": 3, "target_modules": ["q_proj", "w2"], "target_parameters": EXPERTS,
                    "rank_pattern": {"experts.down_proj": 3}}, 1)], True),
    "moe-down": (MOE, [({"r": 2, "lora_alpha": 3, "target_modules": [], "target_parameters": EXPERTS[1:2]}, 1)], True),
    "moe-transposed": (MOE, [({"r": 2, "lora_alpha": 3, "target_modules": [],
                               "target_parameters": EXPERTS[:2]}, 1)], True),
}  # fmt: skip


def fill(model, name, generator):
    """Random adapters that change the logits as much as the weights do."""
    for key, parameter in sorted(model.named_parameters()):
        if f".{name}" not in key or not any(mark in key for mark in ("lora_", "modules_to_save")):
            continue
        noise = torch.from_numpy(generator.standard_normal(tuple(parameter.shape)).astype(numpy.float32))
        if "magnitude" in key:
            parameter.data *= 1 + 0.2 * noise
        elif "modules_to_save" in key:
            parameter.data += 0.3 * noise * parameter.data.abs().mean()
        else:
            parameter.data = 0.15 * noise
    if model.peft_config[name].ensure_weight_tying:
        table, head = model.get_input_embeddings(), model.get_output_embeddings()
        head.lora_A[name].weight.data = table.lora_embedding_B[name].data.t().contiguous()
        head.lora_B[name].weight.data = table.lora_embedding_A[name].data.t().contiguous()


def transpose(model, name, value=True):
    """Has PEFT take experts as it took all before 0.19: for [experts, in, out]."""
    for module in model.modules():
        if isinstance(module, Lfm2MoeExperts) and name == "moe-transposed":
            module.is_transposed = value
    return model


def load(source):
    return AutoModelForCausalLM.from_pretrained(source, dtype=torch.float32)


@torch.no_grad()
def make(name, work):
    base, adapters, merges = GOLDENS[name]
    arguments = small_models.read_list()[base]
    source = os.path.join(work, base)
    subprocess.run([sys.executable, os.path.join(TEST, "models", "make_checkpoint.py"), source, *arguments],
                   check=True, stdout=subprocess.DEVNULL)
    generator = numpy.random.default_rng(sum(name.encode()))
    folder = os.path.join(FOLDER, name)
    shutil.rmtree(folder, ignore_errors=True)
    words = []
    for number, (config, scale) in enumerate(adapters):
        model = get_peft_model(transpose(load(source), name), LoraConfig(init_lora_weights=False, **config)).eval()
        fill(model, "default", generator)
        model.save_pretrained(os.path.join(folder, str(number)))
        os.remove(os.path.join(folder, str(number), "README.md"))
        path = os.path.join(folder, str(number), "adapter_config.json")
        with open(path) as file:
            saved = json.load(file)
        saved["base_model_name_or_path"] = "some/model"
        with open(path, "w") as file:
            json.dump(saved, file, indent=1, sort_keys=True)
        words.append(str(number) if scale == 1 else f"{number}:{scale}")
    model = load(source)
    tokens = [int(token) for token in generator.integers(0, model.config.vocab_size, POSITIONS)]
    ids = torch.tensor([tokens])
    before = model(input_ids=ids, use_cache=False).logits[0].numpy()
    model = PeftModel.from_pretrained(transpose(model, name), os.path.join(folder, "0"), adapter_name="0").eval()
    for number in range(1, len(adapters)):
        model.load_adapter(os.path.join(folder, str(number)), adapter_name=str(number))
    for module in model.modules():
        if hasattr(module, "set_scale"):
            for number, (_, scale) in enumerate(adapters):
                if str(number) in module.scaling:
                    module.set_scale(str(number), scale)
    if merges:
        model = model.merge_and_unload(adapter_names=[str(number) for number in range(len(adapters))])
    transpose(model, name, False)
    logits = model(input_ids=ids, use_cache=False).logits[0].numpy()
    columns = numpy.sort(generator.permutation(logits.shape[1])[:COLUMNS]).astype(numpy.int32)
    numpy.savez_compressed(
        os.path.join(folder, "logits.npz"), base=base, arguments=json.dumps(arguments), lora=json.dumps(words),
        tokens=numpy.array(tokens, numpy.int32), columns=columns, logits=logits[:, columns])
    change = numpy.linalg.norm(logits - before) / numpy.linalg.norm(before)
    print(f"{name}: {len(adapters)} adapters, logits changed by {change:.2f}")


def convert(name, llama, work):
    """As llama.cpp has the first adapter of a golden."""
    base = os.path.join(work, GOLDENS[name][0])
    subprocess.run([sys.executable, os.path.join(llama, "convert_lora_to_gguf.py"), "--base", base,
                    "--outtype", "f32", "--outfile", os.path.join(FOLDER, name, "0.gguf"),
                    os.path.join(FOLDER, name, "0")], check=True, stderr=subprocess.DEVNULL)


def main():
    with tempfile.TemporaryDirectory() as work:
        for name in sys.argv[1:] or GOLDENS:
            make(name, work)
            if name in ("plain", "embedding") and "LLAMA" in os.environ:
                convert(name, os.environ["LLAMA"], work)


if __name__ == "__main__":
    main()
