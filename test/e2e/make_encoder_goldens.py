#!/usr/bin/env python3
"""Computes in float32 what bidirectional models give: goldens/encoders/NAME.npz for models that the tests have too.

    make_encoder_goldens.py [NAME...]      all, or the named ones

Needs PyTorch, transformers and sentence-transformers, which no test needs. transformers 5.24 has no bidirectional
class: the model is its causal one, dense or of experts, with attention that sees all tokens and convolutions whose
filter stands centred on a token. What stands behind it are the modules of sentence-transformers themselves. PyLate's projection is a
matrix product of each token's hidden state.

An .npz holds texts and the names of their prompts as JSON; `tokens`, those of all texts one after the other, and
`counts` of them; `hidden`, the hidden states behind the last norm, in `columns`; `vectors`, as they are before they
get the length 1, of texts or of tokens; `kept`, which tokens' vectors a search has; `logits`, in `columns`.
"""

import json
import os
import subprocess
import sys
import tempfile

import numpy
import torch
from safetensors.torch import load_file
from sentence_transformers.base.modules.dense import Dense
from sentence_transformers.sentence_transformer.modules.pooling import Pooling
from transformers import AutoConfig, AutoModel, AutoTokenizer, Lfm2Model

HERE = os.path.dirname(os.path.abspath(__file__))
TEST = os.path.dirname(HERE)
sys.path.insert(0, TEST)
import small_models  # noqa: E402  (the folder above is no package)

NAMES = ["embed-f32.gguf", "mean-odd-f32.gguf", "last-f32-hf", "colbert-f32.gguf", "mlm-f32.gguf",
         "moe-embed-f32.gguf", "moe-mean-odd-f32.gguf"]
COLUMNS = 61
TEXTS = [
    ("What is a river?", "query"),
    ("A river is a large stream of water that flows to the sea; it has two banks, and a mouth.", "document"),
    ("a", None),
    ("", None),
    ("Hello, world! (Once again: naïve – 北京, 12345.)", "document"),
    ("kitchen (noun): a room used for cooking", "query"),
]


def centred(conv):
    """The forward pass of a short convolution that sees as far behind a token as before it."""

    def forward(hidden_states, **_):
        gates, others, x = conv.in_proj(hidden_states).transpose(-1, -2).chunk(3, dim=-2)
        taps = conv.conv.weight.shape[-1]
        mixed = torch.nn.functional.conv1d(gates * x, conv.conv.weight, padding=taps // 2,
                                           groups=conv.conv.weight.shape[0])
        return conv.out_proj((others * mixed).transpose(-1, -2))

    return forward


def load_model(folder):
    config = AutoConfig.from_pretrained(folder)
    config._attn_implementation = "eager"
    if config.model_type == "lfm2_moe":  # Which joins the weights of its experts as it reads them.
        model = AutoModel.from_pretrained(folder, config=config, dtype=torch.float32).eval()
    else:
        model = Lfm2Model(config).float().eval()
        tensors = load_file(f"{folder}/model.safetensors")
        model.load_state_dict({name.removeprefix("lfm2."): tensor for name, tensor in tensors.items()})
    for layer in model.layers:
        if layer.is_attention_layer:
            layer.self_attn.is_causal = False
        else:
            layer.conv.forward = centred(layer.conv)
    return model


@torch.no_grad()
def hidden_of(model, tokens):
    everything = {"full_attention": None, "conv": None}
    return model(input_ids=torch.tensor([tokens]), attention_mask=everything, use_cache=False).last_hidden_state[0]


def read_json(folder, name):
    path = f"{folder}/{name}"
    if not os.path.exists(path):
        return {}
    with open(path, encoding="utf-8") as file:
        return json.load(file)


@torch.no_grad()
def vectors_of(folder, hidden):
    """[1, width] of a text, or [tokens, width]; None where the model gives none."""
    modules = read_json(folder, "modules.json")
    features = {"token_embeddings": hidden[None], "sentence_embedding": None}
    tokens = True
    for module in modules[1:]:
        kind, place = module["type"].rsplit(".")[-1], module["path"]
        if kind == "Pooling":
            features, tokens = Pooling.load(folder, subfolder=place)(features), False
        elif kind == "Dense" and tokens:
            weight = load_file(f"{folder}/{place}/model.safetensors")["linear.weight"].float()
            features["token_embeddings"] = features["token_embeddings"] @ weight.T
        elif kind == "Dense":
            features = Dense.load(folder, subfolder=place).float()(features)
    return features["token_embeddings"][0] if tokens else features["sentence_embedding"]


def kept_tokens(settings, tokenizer, tokens, prompt):
    words = settings.get("skiplist_words", []) if prompt != "query" else []
    skipped = {tokenizer.convert_tokens_to_ids(word) for word in words}
    return [token not in skipped for token in tokens]


def tokenize(settings, tokenizer, text, prompt):
    """As sentence-transformers and, of models with a prefix, PyLate do."""
    prompt = prompt or settings.get("default_prompt_name")
    text = settings.get("prompts", {}).get(prompt, "") + text
    tokens = tokenizer(text)["input_ids"]
    prefix = settings.get(f"{prompt}_prefix")
    return tokens[:1] + [tokenizer.convert_tokens_to_ids(prefix)] + tokens[1:] if prefix else tokens


def make(name):
    arguments = small_models.read_list()[name]
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, small_models.GENERATOR, folder, *arguments], check=True,
                       stdout=subprocess.DEVNULL)
        model, tokenizer = load_model(folder), AutoTokenizer.from_pretrained(folder)
        settings = read_json(folder, "config_sentence_transformers.json")
        rows = [tokenize(settings, tokenizer, *text) for text in TEXTS]
        hidden = [hidden_of(model, tokens) for tokens in rows]
        out = {}
        if os.path.exists(f"{folder}/modules.json"):
            out["vectors"] = torch.cat([vectors_of(folder, states) for states in hidden]).numpy()
            out["kept"] = numpy.array([kept for tokens, (_, prompt) in zip(rows, TEXTS)
                                       for kept in kept_tokens(settings, tokenizer, tokens, prompt)])
        states = torch.cat(hidden)
        if "vectors" not in out:
            out["logits"] = (states @ model.embed_tokens.weight.T).detach().numpy()
    # A bidirectional model: the first token sees the last.
    other = hidden_of(model, rows[1][:-1] + [3])
    assert (other[0] - hidden[1][0]).abs().max() > 1e-3
    columns = {key: numpy.arange(0, width, max(1, width // COLUMNS), dtype=numpy.int32)
               for key, width in (("hidden", states.shape[1]), ("logits", model.config.vocab_size))}
    path = f"{HERE}/goldens/encoders/{name}.npz"
    if "logits" in out:
        out["logits"] = out["logits"][:, columns["logits"]]
    numpy.savez_compressed(
        path, arguments=numpy.array(json.dumps(arguments)), texts=numpy.array(json.dumps(TEXTS)),
        tokens=numpy.array(sum(rows, []), numpy.int32), counts=numpy.array([len(r) for r in rows], numpy.int32),
        columns=columns["hidden"], logit_columns=columns["logits"], hidden=states.numpy()[:, columns["hidden"]], **out)
    print(f"{name}: {[len(r) for r in rows]} tokens, {[(k, v.shape) for k, v in out.items()]}, "
          f"{os.path.getsize(path)} bytes")


def main():
    torch.set_num_threads(1)
    os.makedirs(f"{HERE}/goldens/encoders", exist_ok=True)
    for name in sys.argv[1:] or NAMES:
        make(name)


if __name__ == "__main__":
    main()
