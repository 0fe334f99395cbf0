#!/usr/bin/env python3
"""Makes the goldens: what transformers computes, in float32, for models that the
tests have too.

    make_goldens.py [NAME...]      all, or the named ones

Needs PyTorch and transformers, which no test needs. A golden of a random model
is made from the directory that the generator writes with the same arguments as
the small checkpoint of that name (test/small_models.txt).
"""

import json
import os
import subprocess
import sys
import tempfile

import numpy
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

HERE = os.path.dirname(os.path.abspath(__file__))
TEST = os.path.dirname(HERE)
sys.path.insert(0, TEST)
import small_models  # noqa: E402  (the folder above is no package)

RANDOM = [
    "tiny-f32.gguf", "untied-f32.gguf", "all-conv-f32.gguf", "all-att-f32.gguf", "odd-f32.gguf",
    "odd-bf16.gguf", "odd-taps2-f32.gguf", "odd-taps7-f16.gguf", "odd-head-f32.gguf", "moe-f32.gguf",
    "moe-bf16.gguf", "moe-odd-f32.gguf", "yarn-f32.gguf", "linear-f32-hf",
]  # fmt: skip
POSITIONS, COLUMNS, GREEDY = 24, 61, 64
# Far beyond the context before the stretch; more than a chunk.
STRETCHED = 160
# Plain continuations and, last, questions in the chat form.
PROMPTS = {
    "wordnet-adverb": "slowly (adverb): in a",
    "wordnet-lines": "kitchen (noun): a room used for cooking.\nbedroom (noun): a room",
    "wordnet-unicode": "café, naïve – 北京 🙂 12345 (noun):",
    "wordnet-chat": [{"role": "user", "content": "What is a bird?"}],
    "wordnet-turns": [
        {"role": "user", "content": "What is a river?"},
        {"role": "assistant", "content": "A river is a large stream of water."},
        {"role": "user", "content": "What does it mean to walk?"},
    ],
}


def tokens_for(name, vocabulary):
    generator = numpy.random.default_rng(sum(name.encode()))
    count = STRETCHED if name.startswith(("yarn", "linear")) else POSITIONS
    return [int(token) for token in generator.integers(0, vocabulary, count)]


@torch.no_grad()
def logits_of(model, tokens):
    return model(input_ids=torch.tensor([tokens]), use_cache=False).logits[0].numpy()


def greedy(model, tokens):
    """GREEDY ids one after the other, and the smallest lead of a choice."""
    tokens, made, lead = list(tokens), [], numpy.inf
    for _ in range(GREEDY):
        row = logits_of(model, tokens)[-1]
        second, first = numpy.sort(row)[-2:]
        lead = min(lead, float(first - second))
        made.append(int(row.argmax()))
        tokens.append(made[-1])
    return made, lead


def save(name, model, tokens, **more):
    logits = logits_of(model, tokens)
    step = max(1, logits.shape[1] // COLUMNS)
    columns = numpy.arange(0, logits.shape[1], step, dtype=numpy.int32)
    path = f"{HERE}/goldens/{name}.npz"
    numpy.savez_compressed(path, tokens=numpy.array(tokens, numpy.int32), columns=columns,
                           logits=logits[:, columns], **more)
    print(f"{name}: {len(tokens)} positions, {os.path.getsize(path)} bytes", end="")


def random_model(name):
    arguments = small_models.read_list()[name]
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, small_models.GENERATOR, folder, *arguments],
                       check=True, stdout=subprocess.DEVNULL)
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    tokens = tokens_for(name, model.config.vocab_size)
    save(name, model, tokens, arguments=numpy.array(json.dumps(arguments)))
    print()


def bundled(name):
    folder = f"{TEST}/models/wordnet-lfm2"
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    prompt = PROMPTS[name]
    if isinstance(prompt, str):
        tokens = tokenizer(prompt)["input_ids"]
    else:
        text = tokenizer.apply_chat_template(prompt, add_generation_prompt=True, tokenize=False)
        tokens = tokenizer(text, add_special_tokens=False)["input_ids"]
    made, lead = greedy(model, tokens)
    save(name, model, tokens, greedy=numpy.array(made, numpy.int32), prompt=numpy.array(json.dumps(prompt)))
    print(f", lead {lead:.4f}: {tokenizer.decode(made)!r}")


def main():
    torch.set_num_threads(1)
    os.makedirs(f"{HERE}/goldens", exist_ok=True)
    for name in sys.argv[1:] or RANDOM + list(PROMPTS):
        bundled(name) if name in PROMPTS else random_model(name)


if __name__ == "__main__":
    main()
