"""Tokenizers for checkpoints of any vocabulary size.

The bundled model's merges come first, cut where the vocabulary is smaller;
where it is larger, further merges are made up by joining known pieces at
random, which is a valid (if senseless) byte-level BPE of any size.
"""

import copy
import json
import os
import random

BUNDLED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "wordnet-lfm2")
NORMAL, CONTROL, USER_DEFINED, UNUSED = 1, 3, 4, 5
FIRST_SPECIAL_BOS, FIRST_SPECIAL_EOS = 1, 7  # relative to <|pad|>
PREFIXES = ["[Q] ", "[D] "]  # which PyLate adds to a model of late interaction


class Vocabulary:
    """tokens, types, merges as GGUF wants them, and a tokenizer.json to match."""

    def __init__(self, outline, tokens, types, merges, special_base, chat_template, bos, eos, pad):
        self.outline, self.tokens, self.types, self.merges = outline, tokens, types, merges
        self.special_base, self.chat_template = special_base, chat_template
        self.bos, self.eos, self.pad = bos, eos, pad

    def tokenizer_json(self):
        out = copy.deepcopy(self.outline)
        ids = {t: i for i, t in enumerate(self.tokens) if self.types[i] != UNUSED}
        for entry in out["added_tokens"]:
            entry["id"] = ids[entry["content"]]
        out["added_tokens"].sort(key=lambda entry: entry["id"])
        out["model"]["vocab"] = ids
        out["model"]["merges"] = [list(pair) for pair in self.merges]
        start = "<|startoftext|>"
        for processor in out["post_processor"]["processors"]:
            if processor["type"] == "TemplateProcessing":
                processor["special_tokens"][start]["ids"] = [ids[start]]
        return json.dumps(out, ensure_ascii=False)


def read_folder(folder, rows):
    """The tokenizer of a transformers directory, `rows` tokens in all."""
    with open(f"{folder}/tokenizer.json", encoding="utf-8") as file:
        outline = json.load(file)
    with open(f"{folder}/config.json", encoding="utf-8") as file:
        config = json.load(file)
    vocab = dict(outline["model"]["vocab"])
    special = {e["content"]: e["id"] for e in outline["added_tokens"] if e["special"]}
    vocab.update({e["content"]: e["id"] for e in outline["added_tokens"]})
    tokens, types = [f"[PAD{i}]" for i in range(rows)], [UNUSED] * rows
    for content, i in vocab.items():
        tokens[i], types[i] = content, CONTROL if content in special else NORMAL
    merges = [tuple(m.split(" ")) if isinstance(m, str) else tuple(m) for m in outline["model"]["merges"]]
    template = None
    if os.path.exists(f"{folder}/chat_template.jinja"):
        with open(f"{folder}/chat_template.jinja", encoding="utf-8") as file:
            template = file.read()
    return Vocabulary(
        outline, tokens, types, merges, min(special.values()), template,
        config["bos_token_id"], config["eos_token_id"], config["pad_token_id"],
    )  # fmt: skip


def added_token(content):
    """As add_tokens() of transformers makes it; the id comes later."""
    return {
        "id": 0, "content": content, "single_word": False, "lstrip": False, "rstrip": False, "normalized": True,
        "special": False,
    }  # fmt: skip


def made_up_merges(pieces, count, rng):
    known = set(pieces)
    words = [p for p in pieces if p.strip("Ġ").isalpha() and p.isascii() or p[:1] == "Ġ" and p[1:].isalpha()]
    inner = [w for w in words if not w.startswith("Ġ")]
    while count:
        left, right = rng.choice(words), rng.choice(inner)
        joined = left + right
        if len(joined) > 14 or joined in known:
            continue
        known.add(joined)
        words.append(joined)
        if not joined.startswith("Ġ"):
            inner.append(joined)
        count -= 1
        yield left, right


def make(shape):
    with open(f"{BUNDLED}/tokenizer.json", encoding="utf-8") as file:
        outline = json.load(file)
    with open(f"{BUNDLED}/chat_template.jinja", encoding="utf-8") as file:
        template = file.read()
    special = [e["content"] for e in sorted(outline["added_tokens"], key=lambda e: e["id"])]
    by_id = sorted(outline["model"]["vocab"].items(), key=lambda item: item[1])
    letters = [t for t, _ in by_id if t not in special][:256]
    rows, real = shape.vocab, shape.real_vocab or shape.vocab
    prefixes = PREFIXES if shape.gives == "tokens" else []
    wanted = real - len(special) - len(letters) - len(prefixes)
    if wanted < 0:
        raise SystemExit(f"a vocabulary of {real} is too small: {len(special) + len(letters)} tokens are always there")
    merges = [tuple(m) for m in outline["model"]["merges"]][:wanted]
    pieces = letters + ["".join(m) for m in merges]
    if len(merges) < wanted:
        more = list(made_up_merges(pieces, wanted - len(merges), random.Random(1)))
        merges += more
        pieces += ["".join(m) for m in more]
    base = shape.special_base
    tokens = pieces[:base] + special + pieces[base:]
    types = [NORMAL] * base + [CONTROL] * len(special) + [NORMAL] * (len(pieces) - base)
    tokens += prefixes
    types += [USER_DEFINED] * len(prefixes)
    outline["added_tokens"] += [added_token(content) for content in prefixes]
    template = None if shape.gives else template
    tokens += [f"[PAD{i}]" for i in range(real, rows)]
    types += [UNUSED] * (rows - real)
    return Vocabulary(outline, tokens, types, merges, base, template, base + 1, base + 7, base)
