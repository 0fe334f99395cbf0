#!/usr/bin/env python3
"""Trains the small LFM2 that the tests and the demo compile.

    train_wordnet.py --minutes 70 --out test/models/wordnet-lfm2

Needs PyTorch, transformers, matplotlib and Debian's wordnet-base; nothing else
in the project needs these. The learning rate follows a cosine over the time
given, so a slower machine makes a somewhat weaker model in the same time.
The text is general for the first part of the time, then it is about common
words alone. State goes to --work every few minutes: --resume goes on from it,
--export-only writes the model directory from it.
"""

import argparse
import json
import math
import os
import time

import numpy as np
import torch
import torch.nn.functional as F
from tokenizers import Tokenizer
from transformers import GenerationConfig, Lfm2Config, Lfm2ForCausalLM, PreTrainedTokenizerFast
from transformers.models.lfm2 import modeling_lfm2

from wordnet_text import documents
from wordnet_tokenizer import CHAT_TEMPLATE, between_special, train_tokenizer


def shift_conv(hidden_states, weight, bias=None, **kwargs):
    """The depthwise filter as shifted products: faster to differentiate on a CPU."""
    taps = weight.shape[1]
    padded = F.pad(hidden_states, (taps - 1, 0))
    length = hidden_states.shape[-1]
    return sum(weight[:, k : k + 1] * padded[..., k : k + length] for k in range(taps))


def make_config(args):
    attention = [int(i) for i in args.attention.split(",")]
    return Lfm2Config(
        vocab_size=args.vocab,
        hidden_size=args.hidden,
        intermediate_size=args.ffn,
        num_hidden_layers=args.layers,
        num_attention_heads=args.heads,
        num_key_value_heads=args.kv_heads,
        max_position_embeddings=2048,
        layer_types=["full_attention" if i in attention else "conv" for i in range(args.layers)],
        block_auto_adjust_ff_dim=False,
        rope_parameters={"rope_type": "default", "rope_theta": 1000000.0},
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=7,
    )


def prepare(args):
    """Trains the tokenizer and returns the token streams, kept in the work folder."""
    os.makedirs(args.work, exist_ok=True)
    path = f"{args.work}/tokenizer.json"
    if not os.path.exists(f"{args.work}/common.npy"):
        general, held = documents(args.wordnet, args.seed)
        common, _ = documents(args.wordnet, args.seed, common_only=True)
        if not os.path.exists(path):
            pieces = (part for text in general for part in between_special(text))
            train_tokenizer(pieces, args.vocab).save(path)
        tokenizer = Tokenizer.from_file(path)
        for name, texts in (("general", general), ("held", held), ("common", common)):
            encoded = tokenizer.encode_batch(texts, add_special_tokens=False)
            np.save(f"{args.work}/{name}.npy", np.concatenate([np.array(e.ids, np.uint16) for e in encoded]))
            print(name, len(texts), "documents", sum(len(t) for t in texts), "characters", flush=True)
    return [np.load(f"{args.work}/{name}.npy") for name in ("general", "common", "held")]


class Batches:
    """Windows of a token stream in an order drawn anew for every pass."""

    def __init__(self, stream, args):
        self.stream, self.args, self.rng = stream, args, np.random.default_rng(args.seed)
        self.order = []

    def next(self):
        context = self.args.context
        if len(self.order) < self.args.batch:
            self.order = list(self.rng.permutation((len(self.stream) - 1) // context))
        picks = [self.order.pop() for _ in range(self.args.batch)]
        rows = np.stack([self.stream[i * context : (i + 1) * context + 1] for i in picks])
        return torch.from_numpy(rows.astype(np.int64))


@torch.no_grad()
def evaluate(model, held, context, windows=64):
    model.eval()
    n = (len(held) - 1) // context
    total = 0.0
    picks = np.linspace(0, n - 1, min(n, windows)).astype(int)
    for start in range(0, len(picks), 8):
        rows = np.stack([held[i * context : i * context + context + 1] for i in picks[start : start + 8]])
        ids = torch.from_numpy(rows.astype(np.int64))
        logits = model(input_ids=ids[:, :-1], use_cache=False).logits
        total += F.cross_entropy(logits.flatten(0, 1).float(), ids[:, 1:].flatten(), reduction="sum").item()
    model.train()
    return total / (len(picks) * context)


def make_optimizer(model):
    decay = [p for n, p in model.named_parameters() if p.dim() >= 2 and "conv.conv" not in n]
    rest = [p for n, p in model.named_parameters() if p.dim() < 2 or "conv.conv" in n]
    groups = [{"params": decay, "weight_decay": 0.1}, {"params": rest, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, betas=(0.9, 0.98), foreach=True)


def train(args):
    torch.manual_seed(args.seed)
    torch.set_num_threads(args.threads)
    general, common, held = prepare(args)
    print(f"{len(general)} tokens of general text, {len(common)} of common words, {len(held)} held out", flush=True)
    model = Lfm2ForCausalLM(make_config(args)).float()
    modeling_lfm2.causal_conv1d_fn = shift_conv
    print(f"{sum(p.numel() for p in model.parameters())} parameters", flush=True)
    optimizer = make_optimizer(model)
    begin, step, seen, smooth, history = time.time(), 0, 0, None, []
    if args.resume:
        state = torch.load(f"{args.work}/state.pt")
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        begin, history = begin - state["elapsed"], state["history"]
        step, seen, smooth = history[-1]["step"], history[-1]["tokens"], history[-1]["train"]
    first, saved, started = step, time.time(), time.time()
    first_seen = seen
    sources = [Batches(general, args), Batches(common, args)]
    while True:
        elapsed = time.time() - begin
        progress = elapsed / (args.minutes * 60)
        if progress >= 1:
            break
        warm = min(1, (step - first + 1) / args.warmup)
        rate = args.rate * warm * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * progress)))
        for group in optimizer.param_groups:
            group["lr"] = rate
        ids = sources[progress >= args.general].next()
        logits = model(input_ids=ids[:, :-1], use_cache=False).logits
        loss = F.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten())
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        step, seen = step + 1, seen + ids[:, 1:].numel()
        smooth = loss.item() if smooth is None else 0.98 * smooth + 0.02 * loss.item()
        if step % 50 == 0:
            history.append({"step": step, "tokens": seen, "train": smooth})
            if step % 250 == 0:
                history[-1]["held"] = evaluate(model, held, args.context)
            speed = (seen - first_seen) / (time.time() - started)
            print(f"{progress:6.1%} rate {rate:.2e} {speed:6.0f} tokens/s", history[-1], flush=True)
        if time.time() - saved > args.save_every * 60 and history:
            save(args, model, optimizer, elapsed, history)
            saved = time.time()
    final = evaluate(model, held, args.context, windows=10**9)
    history.append({"step": step, "tokens": seen, "train": smooth, "held": final})
    save(args, model, optimizer, args.minutes * 60, history)
    print("held-out loss", final, flush=True)


def save(args, model, optimizer, elapsed, history):
    state = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "elapsed": elapsed, "history": history}
    torch.save(state, f"{args.work}/state.pt.new")
    os.replace(f"{args.work}/state.pt.new", f"{args.work}/state.pt")


def export(args):
    """Writes the model directory from the last saved state."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    model = Lfm2ForCausalLM(make_config(args)).float()
    state = torch.load(f"{args.work}/state.pt")
    model.load_state_dict(state["model"])
    model.generation_config = GenerationConfig(pad_token_id=0, bos_token_id=1, eos_token_id=7)
    model.to(torch.bfloat16).save_pretrained(args.out)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=f"{args.work}/tokenizer.json",
        bos_token="<|startoftext|>",
        eos_token="<|im_end|>",
        pad_token="<|pad|>",
        clean_up_tokenization_spaces=False,
        model_max_length=2048,
    )
    tokenizer.chat_template = CHAT_TEMPLATE
    tokenizer.save_pretrained(args.out)
    name_class(f"{args.out}/tokenizer_config.json")
    os.chmod(f"{args.out}/model.safetensors", 0o644)
    history = state["history"]
    held = [h for h in history if "held" in h]
    figure, axes = pyplot.subplots(figsize=(6.4, 3.6), dpi=100)
    axes.plot([h["tokens"] / 1e6 for h in history], [h["train"] for h in history], lw=1, label="training (running mean)")
    axes.plot([h["tokens"] / 1e6 for h in held], [h["held"] for h in held], "o-", ms=2.5, lw=1, label="held out")
    axes.set_xlabel("million tokens seen")
    axes.set_ylabel("loss, nats per token")
    axes.set_ylim(top=min(8.5, max(h["train"] for h in history)))
    axes.grid(alpha=0.3)
    axes.legend()
    figure.tight_layout()
    figure.savefig(f"{args.out}/loss.png")


def name_class(path):
    """The class as the published checkpoints name it, known to every release of transformers."""
    with open(path) as f:
        config = json.load(f)
    config["tokenizer_class"] = "PreTrainedTokenizerFast"
    config.pop("backend", None)
    with open(path, "w") as f:
        json.dump(config, f, indent=2)
        f.write("\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wordnet", default="/usr/share/wordnet")
    parser.add_argument("--work", default="wordnet-work", help="folder of streams and states")
    parser.add_argument("--out", default="wordnet-lfm2", help="the model directory to write")
    parser.add_argument("--minutes", type=float, default=70)
    parser.add_argument("--general", type=float, default=0.35, help="share of the time for general text")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--vocab", type=int, default=4096)
    parser.add_argument("--hidden", type=int, default=256)
    parser.add_argument("--ffn", type=int, default=512)
    parser.add_argument("--layers", type=int, default=6)
    parser.add_argument("--attention", default="2,4", help="indexes of the attention layers")
    parser.add_argument("--heads", type=int, default=8)
    parser.add_argument("--kv-heads", type=int, default=4)
    parser.add_argument("--context", type=int, default=128)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--rate", type=float, default=2.5e-3)
    parser.add_argument("--warmup", type=int, default=200)
    parser.add_argument("--save-every", type=float, default=4, help="minutes")
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--export-only", action="store_true")
    args = parser.parse_args()
    if not args.export_only:
        train(args)
    export(args)


if __name__ == "__main__":
    main()
