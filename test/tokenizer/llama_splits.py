"""Random texts split by GGUF's names of pre-tokenizers and by llama.cpp:

    llama_splits.py LLAMA_CPP PROBE [--texts 3000] [--only NAME]

LLAMA_CPP is a folder with llama.cpp's sources, PROBE <build>/test/unit/TokenizerProbe; the environment has tokenizers
and gguf. Patterns are taken from llama.cpp's own table, and its splitting code is compiled. What it leaves is merged
by `tokenizers`, so that ids are compared.
"""

import argparse
import json
import os
import re
import struct
import subprocess
import sys
import tempfile
import unicodedata

import gguf
from tokenizers import Tokenizer, pre_tokenizers

import differential
import kinds

HERE = os.path.dirname(os.path.abspath(__file__))


def read_table(source):
    """(name, patterns, whether merges are ignored) of every name, in the order of the file."""
    with open(os.path.join(source, "src", "llama-vocab.cpp"), encoding="utf-8") as file:
        text = file.read()
    patterns, labels, inside = {}, [], False
    for line in text[text.index("switch (vocab.get_pre_type())") :].splitlines():
        line = line.strip()
        if line.startswith("//"):
            continue
        if label := re.match(r"case (LLAMA_VOCAB_PRE_TYPE_\w+):|(default):", line):
            labels.append(label[1] or label[2])
        elif line.startswith("regex_exprs = {"):
            inside, found = True, []
        elif inside and line.startswith("}"):
            patterns |= {name: found for name in labels}
            if "default" in labels:
                break
            inside, labels = False, []
        elif inside:
            found += [json.loads(f'"{p}"') for p in re.findall(r'"((?:[^"\\]|\\.)*)"', line.split(", //")[0].split(",  //")[0])]
    names = []
    for branch in re.findall(r'((?:tokenizer_pre == "[^"]+"\s*(?:\|\|\s*)?)+)\) \{(.*?)\}', text, re.S):
        kind = re.search(r"pre_type = (\w+)", branch[1])
        for name in re.findall(r'"([^"]+)"', branch[0]):
            if kind:
                names.append((name, patterns.get(kind[1], patterns["default"]), "ignore_merges = true" in branch[1]))
    return names


def llama_words(program, patterns, texts):
    data = b"".join(struct.pack("<I", len(raw)) + raw for raw in (text.encode() for text in texts))
    out = subprocess.run([program, *patterns], input=data, stdout=subprocess.PIPE, check=True).stdout
    at = 0

    def take():
        nonlocal at
        at += 4
        return struct.unpack_from("<I", out, at - 4)[0]

    for _ in texts:
        words = []
        for _ in range(take()):
            length = take()
            words.append(out[at : at + length].decode())
            at += length
        yield words


def write_gguf(path, pre, outline):
    vocab, merges = outline["model"]["vocab"], outline["model"]["merges"]
    writer = gguf.GGUFWriter(path, "lfm2")
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(pre)
    writer.add_token_list(sorted(vocab, key=vocab.get))
    writer.add_token_types([gguf.TokenType.NORMAL] * len(vocab))
    writer.add_token_merges([" ".join(merge) for merge in merges])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("source")
    parser.add_argument("probe")
    parser.add_argument("--texts", type=int, default=3000)
    parser.add_argument("--only", default="")
    options = parser.parse_args()

    outline = kinds.train(kinds.KINDS["gemma"], 3000)
    outline["added_tokens"], outline["normalizer"] = [], None
    vocab = outline["model"]["vocab"]
    outline["model"]["vocab"] = vocab = {token: i for i, token in enumerate(sorted(vocab, key=vocab.get))}
    merger = Tokenizer.from_str(json.dumps(outline | {"pre_tokenizer": None, "post_processor": None}))
    words_judge = Tokenizer.from_str(json.dumps(outline))
    words_judge.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    texts = list(kinds.fixed_texts())
    texts += list(differential.make_texts(options.texts, 1, differential.words_of(words_judge)))
    # llama.cpp's tables are of an older Unicode, and Python's of one older still.
    texts = ["".join(c for c in text if unicodedata.category(c) != "Cn") for text in texts]
    texts = [text for text in texts if text]  # Of nothing it splits nothing, and one name ends it.
    merged = {}

    def ids_of(words, ignore):
        for word in words:
            if word and (ignore, word) not in merged:
                merged[ignore, word] = [vocab[word]] if ignore and word in vocab else merger.encode(word).ids
        return [i for word in words if word for i in merged[ignore, word]]

    different = 0
    with tempfile.TemporaryDirectory() as folder:
        program, file = os.path.join(folder, "llama_splits"), os.path.join(folder, "t.gguf")
        sources = [os.path.join(options.source, "src", name) for name in ("unicode.cpp", "unicode-data.cpp")]
        here = os.path.join(HERE, "llama_splits.cpp")
        subprocess.run(["c++", "-O2", "-std=c++17", f"-I{options.source}/src", here, *sources, "-o", program], check=True)
        answers = {}
        for name, patterns, ignore in read_table(options.source):
            if options.only not in name:
                continue
            write_gguf(file, name, outline)
            found = subprocess.run([options.probe, file, "0"], input=b"", capture_output=True, check=False)
            if found.returncode:
                print(f"{name}: {found.stderr.decode().strip()}", flush=True)
                continue
            key = tuple(patterns)
            if key not in answers:
                answers[key] = list(llama_words(program, patterns, texts))
            wrong = 0
            for text, ids, words in zip(texts, differential.probe([options.probe, file, "0"], texts), answers[key]):
                if ids != (expected := ids_of(words, ignore)):
                    wrong += 1
                    if wrong <= 2:
                        print(f"  {text!r}\n    expected {expected}\n    found    {ids}")
            print(f"{name}: {len(texts)} texts, {wrong} different", flush=True)
            different += wrong
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
