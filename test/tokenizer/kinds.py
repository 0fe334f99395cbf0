"""Kinds of byte-level tokenizers, as published files have them, for goldens and for random texts:

    kinds.py goldens                         writes small/kinds.json, in an environment with tokenizers 0.23.3
    kinds.py random PROBE [--texts 20000]    trains each kind on the bundled model's text, and compares ids

A kind is what it changes in a tokenizer.json: members of the whole, and of "model" and of added tokens. Goldens
are of small/tokenizer.json with these changes: what differs is how texts are split, not what merges are there.
"""

import argparse
import json
import os
import random
import sys
import tempfile

from tokenizers import Tokenizer, trainers

import differential
import make_goldens

HERE = os.path.dirname(os.path.abspath(__file__))
FAMILY = make_goldens.PATTERN
CONTRACTIONS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)"
TAIL = r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
UPPER, LOWER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
CASED = r"[^\r\n\p{{L}}\p{{N}}]?{u}*{l}+{c}|[^\r\n\p{{L}}\p{{N}}]?{u}+{l}*{c}"
PATHS = r"| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
BYTES = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}
GPT2 = BYTES | {"use_regex": True}
DEEPSEEK = (
    r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+"
    r"| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def split(pattern, behavior="Isolated", invert=False, form="Regex"):
    return {"type": "Split", "pattern": {form: pattern}, "behavior": behavior, "invert": invert}


def digits(individual):
    return {"type": "Digits", "individual_digits": individual}


def steps(*items):
    return {"pre_tokenizer": {"type": "Sequence", "pretokenizers": list(items)}}


def by(pattern, **more):
    return steps(split(pattern), BYTES) | more


NFC = {"normalizer": {"type": "NFC"}}

KINDS = {
    "family": by(FAMILY),
    "family, contractions behind the apostrophe": by(r"'(?i:[sdmt]|ll|ve|re)" + FAMILY[len(CONTRACTIONS) :]),
    "family, possessive": by(
        r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+"
    ),
    "llama3": by(FAMILY, model={"ignore_merges": True}),
    "qwen2": by(CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}" + TAIL, **NFC),
    "qwen3.5": by(
        CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        normalizer={"type": "Sequence", "normalizers": [{"type": "NFC"}]},
    ),
    "gpt2": {"pre_tokenizer": GPT2},
    "gemma": steps(split(" ", "MergedWithPrevious", form="String"), BYTES),
    "deepseek-v3": steps(split(r"\p{N}{1,3}"), split("[一-龥぀-ゟ゠-ヿ]+"), split(DEEPSEEK), BYTES),
    "deepseek-coder": steps(
        split("[\r\n]"), split(r"\s?\p{L}+"), split(r"\s?\p{P}+"), split("[一-龥ࠀ-一가-퟿]+"), digits(True), BYTES
    ),
    "falcon": steps(
        {"type": "Punctuation", "behavior": "Contiguous"}, GPT2, digits(False), split("[0-9][0-9][0-9]")
    ),
    "starcoder": steps(digits(True), GPT2),
    "gpt-4o": by(CASED.format(u=UPPER, l=LOWER, c=CONTRACTIONS + "?") + r"|\p{N}{1,3}" + PATHS),
    "tekken": by(CASED.format(u=UPPER, l=LOWER, c="") + r"|\p{N}" + PATHS, model={"ignore_merges": True}),
    "nested": steps(steps(digits(False), split("'", "MergedWithNext", form="String"))["pre_tokenizer"], GPT2),
    "whitespace": steps({"type": "Whitespace"}, BYTES),
    "whitespace split": steps({"type": "WhitespaceSplit"}, {"type": "Punctuation", "behavior": "MergedWithNext"}, BYTES),
    "delimiter": steps({"type": "CharDelimiterSplit", "delimiter": " "}, BYTES),
    "removed": steps(split(r"\s+", "Removed"), BYTES),
    "inverted": steps(split(r"\p{L}+", "Removed", invert=True), split("e", "MergedWithPrevious", invert=True), BYTES),
    "contiguous": steps(split(r"\p{L}", "Contiguous"), BYTES),
    "strips": by(FAMILY, added=[("<think>", {"lstrip": True}), ("</think>", {"rstrip": True}), ("python", {"single_word": True})]),
    "normalized": by(FAMILY, **NFC, added=[("Mathias", {"normalized": True}), ("</think>", {"lstrip": True, "rstrip": True})]),
}  # fmt: skip

SCRIPTS = [
    "Latin", "Ελληνικά", "Кириллица", "Հայերեն", "עברית", "العربية ١٢٣", "ܣܘܪܝܝܐ", "ދިވެހި", "ߒߞߏ", "हिन्दी १२३", "বাংলা", "ਪੰਜਾਬੀ",
    "ગુજરાતી", "ଓଡ଼ିଆ", "தமிழ்", "తెలుగు", "ಕನ್ನಡ", "മലയാളം", "සිංහල", "ภาษาไทย ๑๒๓", "ພາສາລາວ", "བོད་ཡིག", "မြန်မာ", "ქართული", "한국어 조선말",
    "አማርኛ", "ᏣᎳᎩ", "ᐃᓄᒃᑎᑐᑦ", "ᚁᚂᚃ", "ᚠᚢᚦ", "ᜀᜁᜂ", "ខ្មែរ", "ᠮᠣᠩᠭᠣᠯ", "ᥖᥭᥰ", "ᨅᨔ", "ᬩᬮᬶ", "ᮞᮥᮔ᮪ᮓ", "ᰛᰩᰵ", "ⴰⵎⴰⵣⵉⵖ", "ひらがな カタカナ",
    "漢字 〇一二", "ㄅㄆㄇ", "ꆈꌠ", "ꓡꓲꓢꓴ", "ꕙꔤ", "ꦗꦮ", "ꯃꯤꯇꯩ", "𐎀𐎁", "𐌰𐌱𐌲", "𒀀𒀁", "𓀀𓀁", "𞤀𞤣",
]  # fmt: skip


def apply(outline, kind):
    outline = json.loads(json.dumps(outline))
    for key, value in kind.items():
        if key == "model":
            outline["model"] |= value
        elif key == "added":
            for content, flags in value:
                next(token for token in outline["added_tokens"] if token["content"] == content).update(flags)
        else:
            outline[key] = value
    return outline


def fixed_texts():
    yield from make_goldens.TEXTS
    yield from make_goldens.random_texts()
    for script in SCRIPTS:
        yield f"{script} {script}, ({script}) 1234567 x{script}1 <think>{script}</think> \n{script}"
    yield "".join(map(chr, range(0x100)))
    yield "xpython python_ python! épython ¹python pythonⅧ python\u0301 \n <think> \t\n</think> \u3000\u00a0x</think>"
    yield "e\u0301\u0302 \u1100\u1161\u11a8 \uac00\u11a8 \u212b \u0958 \u2126 a\u0323\u0307 a\u0307\u0323 \u0344 \ufb1d \U0001d15e"
    yield "a\u166db\u2e52c\u061dd e\u00b2f\u00bdg h\u200di\u200c! 1\U00011de023 4\U00016ff45 6\u0bf27"
    yield "Mathias Mathi\u00e1s Mathia\u0301s <think\u0338> </think\u0338>"


def goldens():
    with open(os.path.join(HERE, "small", "tokenizer.json"), encoding="utf-8") as file:
        outline = json.load(file)
    rng = random.Random(13)
    texts = list(fixed_texts())
    lines = []
    for name, kind in KINDS.items():
        judge = Tokenizer.from_str(json.dumps(apply(outline, kind)))
        some = sorted(rng.sample(range(len(texts)), 24)) + list(range(len(texts) - 5, len(texts)))
        pairs = [[texts[i], judge.encode(texts[i], add_special_tokens=False).ids] for i in dict.fromkeys(some)]
        lines.append(json.dumps({"name": name, "change": kind, "goldens": pairs}, ensure_ascii=False, separators=(",", ":")))
    with open(os.path.join(HERE, "small", "kinds.json"), "w", encoding="utf-8") as file:
        file.write("[\n" + ",\n".join(lines) + "\n]\n")


def training_texts():
    folder = os.path.join(HERE, "..", "models")
    for path, _, names in sorted(os.walk(folder)):
        for name in sorted(names):
            if name.endswith((".txt", ".md", ".py", ".jsonl")):
                with open(os.path.join(path, name), encoding="utf-8", errors="replace") as file:
                    yield file.read()
    yield from fixed_texts()


def train(kind, tokens):
    with open(os.path.join(HERE, "small", "tokenizer.json"), encoding="utf-8") as file:
        outline = apply(json.load(file), kind)
    tokenizer = Tokenizer.from_str(json.dumps(outline))
    special = [token for token in tokenizer.get_added_tokens_decoder().values() if token.special]
    alphabet = sorted(c for c in json.loads(tokenizer.to_str())["model"]["vocab"] if len(c) == 1)
    trainer = trainers.BpeTrainer(vocab_size=tokens, special_tokens=special, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(training_texts(), trainer)
    trained = json.loads(tokenizer.to_str())
    # Training forgets the model's flags and puts only special tokens into the vocabulary.
    trained["model"] |= kind.get("model", {})
    vocab = trained["model"]["vocab"]
    trained["added_tokens"] = outline["added_tokens"]
    ids = vocab | {}
    for token in outline["added_tokens"]:
        token["id"] = ids.setdefault(token["content"], len(ids))
    trained["added_tokens"].sort(key=lambda token: token["id"])
    return trained


def compare(options):
    different = 0
    for name, kind in KINDS.items():
        if options.only not in name:
            continue
        outline = train(kind, options.tokens)
        judge = Tokenizer.from_str(json.dumps(outline))
        texts = list(fixed_texts()) + list(differential.make_texts(options.texts, options.seed, differential.words_of(judge)))
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(outline, file)
            file.flush()
            found = list(differential.probe([options.probe, file.name, str(differential.PARSE_SPECIAL)], texts))
        wrong = [
            (text, expected, ids)
            for text, ids in zip(texts, found)
            if ids != (expected := judge.encode(text, add_special_tokens=False).ids)
        ]
        for text, expected, ids in wrong[:3]:
            print(f"  {text!r}\n    expected {expected}\n    found    {ids}")
        print(f"{name}: {len(texts)} texts, {judge.get_vocab_size()} tokens, {len(wrong)} different", flush=True)
        different += len(wrong)
    return 1 if different else 0


def main():
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("goldens")
    run = commands.add_parser("random")
    run.add_argument("probe")
    run.add_argument("--texts", type=int, default=20000)
    run.add_argument("--tokens", type=int, default=3000)
    run.add_argument("--seed", type=int, default=1)
    run.add_argument("--only", default="", help="kinds with this in their name")
    options = parser.parse_args()
    return goldens() if options.command == "goldens" else compare(options)


if __name__ == "__main__":
    sys.exit(main())
