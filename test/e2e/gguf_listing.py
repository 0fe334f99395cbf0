"""What is in a GGUF file, as the gguf package reads it, short enough to be
committed; and the folders that files are made of, here and by llama.cpp's own
converter (make_gguf_goldens.py)."""

import hashlib
import json
import os
import shutil

from gguf import GGUFReader

# Folders that the converter reads, and the type it is asked for.
SMALL = {
    "tiny-f32-hf": "f32", "tiny-bf16-hf": "bf16", "moe-f32-hf": "f32", "yarn-f32-hf": "f32", "linear-f32-hf": "f32",
    "embed-f32-hf": "f32", "colbert-f32-hf": "f32",
}  # fmt: skip
BUNDLED, ADDED = "wordnet-lfm2", "added"
LONGEST = 200  # Characters of a value that stands in the listing.


def digest(data):
    return hashlib.sha256(data).hexdigest()[:16]


def listing(path):
    """{"keys": {key: [type, value or its hash]}, "tensors": {name: [type, shape, hash]}}"""
    reader = GGUFReader(path)
    keys, tensors = {}, {}
    for key, field in reader.fields.items():
        if key.startswith("GGUF."):
            continue
        kind, value = "/".join(t.name.lower() for t in field.types), field.contents()
        text = json.dumps(value, ensure_ascii=False)
        keys[key] = [kind, value if len(text) <= LONGEST else f"sha256 {digest(text.encode())}"]
    for tensor in reader.tensors:
        shape = [int(n) for n in tensor.shape]
        tensors[tensor.name] = [tensor.tensor_type.name.lower(), shape, digest(tensor.data.tobytes())]
    return {"keys": keys, "tensors": tensors}


def make_added(source, folder):
    """A copy of the tiny folder whose tokenizer has added tokens of all kinds, and
    rows of the embedding without a token behind them."""
    shutil.copytree(source, folder)
    path = os.path.join(folder, "tokenizer.json")
    with open(path, encoding="utf-8") as file:
        tokenizer = json.load(file)
    vocabulary = tokenizer["model"]["vocab"]
    first = 480
    gone = {token for token, number in vocabulary.items() if number >= first}
    tokenizer["model"]["vocab"] = {token: number for token, number in vocabulary.items() if token not in gone}
    tokenizer["model"]["merges"] = [pair for pair in tokenizer["model"]["merges"] if not gone & {*pair, "".join(pair)}]
    flags = {"single_word": False, "lstrip": False, "rstrip": False}
    for number, (content, special, normalized) in enumerate([
            ("<|tool_call|>", False, False), ("Mathias", False, True), ("<end of it>", True, False),
            ("two words", False, False)]):  # fmt: skip
        tokenizer["added_tokens"].append(
            {"id": first + number, "content": content, **flags, "normalized": normalized, "special": special})
    with open(path, "w", encoding="utf-8") as file:
        json.dump(tokenizer, file, ensure_ascii=False)
    with open(os.path.join(folder, "generation_config.json"), "w", encoding="utf-8") as file:
        json.dump({"temperature": 0.5, "top_k": 20, "top_p": 0.75, "min_p": 0.125, "repetition_penalty": 1.5,
                   "do_sample": True}, file)
    return folder
