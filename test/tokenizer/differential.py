"""Random texts through the runtime's tokenizer and through `tokenizers`:

    differential.py PROBE TOKENIZER.json [--texts 20000] [--seed 1] [--ignore-merges]

PROBE is <build>/test/unit/TokenizerProbe. Texts mix characters of all planes,
kinds that the split tells apart, words of the vocabulary, special tokens whole
and cut. Every assigned and unassigned code point occurs at least once.
"""

import argparse
import json
import random
import struct
import subprocess
import tempfile

from tokenizers import Tokenizer

ADD_BOS, PARSE_SPECIAL = 1, 2
TRICKY = list(" \n\t\r'aAsStTdlLvVrReEmMzß1239½.,-!_<|>世é") + [
    "  ", "\n\n", "\r\n", "'s", "'LL", "'\u017f", "\u017f", "🙂", "👍🏽", "e\u0301", "\u00a0", "\u3000", "\u2028", "\u0085", "\u000b",
]  # fmt: skip


def character(rng):
    while True:
        limit = rng.choice([0x80, 0x250, 0x800, 0x3100, 0x10000, 0x20000, 0x32000, 0x110000])
        c = rng.randrange(limit)
        if not 0xD800 <= c < 0xE000:
            return chr(c)


def make_texts(count, seed, words):
    rng = random.Random(seed)
    every = [chr(c) for c in range(0x110000) if not 0xD800 <= c < 0xE000]
    rng.shuffle(every)
    for i in range(0, len(every), 64):  # each code point, between different neighbours
        yield "".join(c + rng.choice(["", "", "a", " ", "1", ".", "\n", "'"]) for c in every[i : i + 64])
    for _ in range(count):
        kind = rng.random()
        length = rng.randint(1, 60)
        if kind < 0.4:
            yield "".join(rng.choice(TRICKY) for _ in range(length))
        elif kind < 0.6:
            yield "".join(character(rng) for _ in range(length))
        elif kind < 0.8:
            yield "".join(rng.choice(words) for _ in range(length))
        elif kind < 0.95:
            sources = [lambda: rng.choice(TRICKY), lambda: character(rng), lambda: rng.choice(words)]
            yield "".join(rng.choice(sources)() for _ in range(length))
        else:
            yield rng.choice(TRICKY + words) * rng.randint(1, 200)


def words_of(tokenizer):
    decode = tokenizer.decoder.decode
    words = [decode([token]) for token, i in sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])]
    words = [word for word in words if "\ufffd" not in word]
    special = [token.content for token in tokenizer.get_added_tokens_decoder().values()]
    words += special * max(1, len(words) // (8 * max(1, len(special))))
    words += [token[:cut] for token in special for cut in (2, len(token) - 1)]
    return words


def probe(command, texts):
    data = b"".join(struct.pack("<I", len(raw)) + raw for raw in (text.encode() for text in texts))
    out = subprocess.run(command, input=data, stdout=subprocess.PIPE, check=True).stdout
    at = 0
    for _ in texts:
        (count,) = struct.unpack_from("<I", out, at)
        yield list(struct.unpack_from(f"<{count}i", out, at + 4))
        at += 4 + 4 * count
    assert at == len(out)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("probe")
    parser.add_argument("tokenizer")
    parser.add_argument("--texts", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--ignore-merges", action="store_true")
    parser.add_argument("--plain-special", action="store_true")
    options = parser.parse_args()

    with open(options.tokenizer, encoding="utf-8") as file:
        outline = json.load(file)
    outline["model"]["ignore_merges"] = options.ignore_merges
    judge = Tokenizer.from_str(json.dumps(outline))
    judge.encode_special_tokens = options.plain_special
    texts = list(make_texts(options.texts, options.seed, words_of(judge)))
    flags = 0 if options.plain_special else PARSE_SPECIAL

    wrong = 0
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(outline, file)
        file.flush()
        found = probe([options.probe, file.name, str(flags)], texts)
        for text, ids in zip(texts, found):
            expected = judge.encode(text, add_special_tokens=False).ids
            if ids != expected:
                wrong += 1
                if wrong <= 10:
                    print(f"text {text!r}\n  expected {expected}\n  found    {ids}")
    total = sum(map(len, texts))
    print(f"{len(texts)} texts, {total} characters, {wrong} different")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
