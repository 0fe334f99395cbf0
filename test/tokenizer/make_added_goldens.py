"""Makes added.json: random sets of added tokens on top of the small tokenizer, and
what the `tokenizers` package makes of texts with them.

    make_added_goldens.py [--probe PROBE --sets 200 --texts 100 --seed 2]

In an environment with tokenizers 0.23.3. With --probe, which is
<build>/test/unit/TokenizerProbe, nothing is written: as many sets and texts go
through both, and what differs is printed.

A set is {"nfc", "ignoreMerges", "parseSpecial", "added", "texts"}; "added" has
[content, flags] by id from the end of the small vocabulary on, with the bits of
FLAGS in their order; "texts" has [text, ids].
"""

import argparse
import json
import os
import random
import tempfile
import unicodedata

from tokenizers import Tokenizer

from differential import PARSE_SPECIAL, probe

HERE = os.path.dirname(os.path.abspath(__file__))
FLAGS = ["special", "lstrip", "rstrip", "single_word", "normalized"]
# Borders of words, white space, marks that compose, move or stay, Hangul in parts,
# characters that become more than one, characters of Unicode 10 and later.
CHARACTERS = list("abcAB12_ .,'<>|\n\t\r") + [
    "  ", "\u00a0", "\u3000", "\u2028", "\u0085", "\u200b", "\u200c", "\u200d", "é", "e\u0301", "\u0301", "\u0323", "\u0316",
    "ä", "a\u0308", "Å", "\u212b", "世", "한", "\u1112\u1161", "\u11ab", "\u1161", "\u0958", "\u0915\u093c", "🙂", "\U0001d160",
    "\u0344", "ß", "Я", "\u0f73", "\u0f72\u0f71", "²", "½", "\u0663", "\u2160", "\u203f", "\u0903", "ⓐ", "\u0345", "\u1ab0",
    "\u08d5", "\u1e0b\u0323", "\u05b0", "\u0897", "\uac00", "\u09c7\u09be", "\u09d7", "\U00011935\U00011930",
]  # fmt: skip
WORDS = ["the", " cat", "python", "unbuildable", " Python", "слова"]


def make_contents(rng, taken):
    """Some begin with, end in or normalise like others."""
    contents = []
    for _ in range(rng.randint(1, 14)):
        piece = "".join(rng.choice(CHARACTERS) for _ in range(rng.randint(1, 4)))
        kind = rng.random()
        if kind < 0.3 and contents:
            piece = rng.choice(contents) + piece[:2]
        elif kind < 0.4 and contents:
            piece = rng.choice(contents)[: rng.randint(1, 3)]
        elif kind < 0.5:
            piece = rng.choice(WORDS)
        elif kind < 0.6:
            piece = rng.choice([" ", "  ", "\n", " a", "b ", "\u00a0"])
        # Of two that are equal when normalised `tokenizers` takes one by chance.
        normal = unicodedata.normalize("NFC", piece)
        if piece not in taken and normal not in [unicodedata.normalize("NFC", other) for other in contents]:
            contents.append(piece)
    return contents


def make_text(rng, contents):
    parts = []
    for _ in range(rng.randint(1, 25)):
        parts.append(rng.choice(rng.choice([contents, CHARACTERS, WORDS])))
        if rng.random() < 0.03:
            parts.append(rng.choice(CHARACTERS) * rng.randint(2, 20))
    text = "".join(parts)
    return unicodedata.normalize(rng.choice(["NFC", "NFD"]), text) if rng.random() < 0.2 else text


def encode(judge, text):
    """None where the package itself fails: a token of white space that another
    one has taken, and that would take some more before it."""
    try:
        return judge.encode(text, add_special_tokens=False).ids
    except BaseException as error:  # A panic is no Exception.
        if "bad split" not in str(error):
            raise
        return None


def make_set(rng, base, count):
    """The set, and the outline of its tokenizer.json."""
    outline = json.loads(json.dumps(base))
    made = {"nfc": rng.random() < 0.6, "ignoreMerges": rng.random() < 0.5, "parseSpecial": rng.random() < 0.7}
    outline["normalizer"] = {"type": "NFC"} if made["nfc"] else None
    outline["model"]["ignore_merges"] = made["ignoreMerges"]
    old = outline["added_tokens"]
    contents = make_contents(rng, {token["content"] for token in old} | set(outline["model"]["vocab"]))
    first = 1 + max([token["id"] for token in old] + list(outline["model"]["vocab"].values()))
    made["added"] = [[content, sum((rng.random() < 0.35) << i for i in range(5))] for content in contents]
    for i, (content, flags) in enumerate(made["added"]):
        old.append({"id": first + i, "content": content, **{name: bool(flags >> bit & 1) for bit, name in enumerate(FLAGS)}})
    judge = Tokenizer.from_str(json.dumps(outline))
    judge.encode_special_tokens = not made["parseSpecial"]
    contents = contents * 2 + [token["content"] for token in old[:6]]
    texts = [make_text(rng, contents) for _ in range(count)]
    made["texts"] = [[text, ids] for text in texts if (ids := encode(judge, text)) is not None]
    return made, outline


def compare(options, base):
    rng = random.Random(options.seed)
    total = wrong = 0
    for _ in range(options.sets):
        made, outline = make_set(rng, base, options.texts)
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(outline, file)
            file.flush()
            command = [options.probe, file.name, str(PARSE_SPECIAL if made["parseSpecial"] else 0)]
            for (text, ids), found in zip(made["texts"], probe(command, [text for text, _ in made["texts"]])):
                total += 1
                if ids != found:
                    wrong += 1
                    print(f"text {text!r} with {made['added']}\n  expected {ids}\n  found    {found}")
    print(f"{total} texts with {options.sets} sets of added tokens, {wrong} different")
    return 1 if wrong else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--probe")
    parser.add_argument("--sets", type=int, default=200)
    parser.add_argument("--texts", type=int, default=100)
    parser.add_argument("--seed", type=int, default=2)
    options = parser.parse_args()
    with open(os.path.join(HERE, "small", "tokenizer.json"), encoding="utf-8") as file:
        base = json.load(file)
    if options.probe:
        return compare(options, base)
    rng = random.Random(1)
    sets = [make_set(rng, base, 8)[0] for _ in range(24)]
    with open(os.path.join(HERE, "small", "added.json"), "w", encoding="utf-8") as file:
        file.write("[\n" + ",\n".join(json.dumps(made, separators=(",", ":")) for made in sets) + "\n]\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
