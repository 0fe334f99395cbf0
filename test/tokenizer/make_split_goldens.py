"""How the `tokenizers` package splits texts by the patterns of known tokenizers, and by random ones.

    make_split_goldens.py OUT.json [--texts N] [--random N] [--depth D] [--seed S]

OUT is a list of {"steps": [[pattern, behaviour, invert], ...], "texts": [text, ...], "pieces": [[piece, ...], ...]}.
Without options it writes test/tokenizer/splits.json as it is committed; with more texts and patterns,
`TokenizerProbe --splits OUT.json` compares them all. Needs the package tokenizers 0.23.
"""

import argparse
import json
import random

from tokenizers import Regex, pre_tokenizers

CONTRACTIONS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)"
LLAMA3 = CONTRACTIONS + (r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
UPPER, LOWER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
O200K = (rf"[^\r\n\p{{L}}\p{{N}}]?{UPPER}*{LOWER}+{CONTRACTIONS}?|[^\r\n\p{{L}}\p{{N}}]?{UPPER}+{LOWER}*{CONTRACTIONS}?"
         r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+")

ISOLATED = ("Isolated", False)
NAMED = {
    "lfm2": [(LLAMA3, *ISOLATED)],
    "lfm2 newer": [(LLAMA3.replace(CONTRACTIONS, "'(?i:[sdmt]|ll|ve|re)"), *ISOLATED)],
    "lfm2 possessive": [(LLAMA3.replace(CONTRACTIONS, "'(?i:[sdmt]|ll|ve|re)").replace("]?", "]?+")
                         .replace("+(?!", "@(?!").replace("+", "++").replace("+++", "++").replace("@", "+"), *ISOLATED)],
    "llama3 removed inverted": [(LLAMA3, "Removed", True)],
    "qwen2": [(LLAMA3.replace("{1,3}", ""), *ISOLATED)],
    "gpt2": [(GPT2, *ISOLATED)],
    "o200k": [(O200K, *ISOLATED)],
    "tekken": [(O200K.replace(CONTRACTIONS + "?", "").replace("{1,3}", ""), *ISOLATED)],
    "deepseek": [(r"\p{N}{1,3}", *ISOLATED), ("[一-龥\u3040-ゟ゠-ヿ]+", *ISOLATED),
                 (r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+"
                  r"| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+", *ISOLATED)],
    "deepseek coder": [(r"[\r\n]", *ISOLATED), (r"\s?\p{L}+", *ISOLATED), (r"\s?\p{P}+", *ISOLATED),
                       ("[一-龥\u0800-一가-퟿]+", *ISOLATED), (r"\p{N}", *ISOLATED), (GPT2, *ISOLATED)],
    "falcon": [(r"[\p{P}\$\+<=>\^~\|`]+", "Contiguous", False), (GPT2, *ISOLATED),
               (r"[0-9][0-9][0-9]", *ISOLATED)],
    "superbpe": [(r"\p{N}{1,3}(?=(?:\p{N}{3})*(?:\P{N}|$))", *ISOLATED),
                 (r"(?=(\d{3})+(?!\d))", *ISOLATED), (r" ?[^\s\p{L}\p{N}]{2,}[\r\n/]*| +(?!\S)", *ISOLATED)],
    "starcoder": [(r"\p{N}", *ISOLATED), (GPT2, *ISOLATED)],
    "kimi": [(r"[\p{Han}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]*"
              r"[\p{Ll}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}"
              r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+", *ISOLATED)],
    "bloom": [(r" ?[^(\s|[.,!?…。，、।۔،])]+", *ISOLATED)],
    "spaces": [(" ", "MergedWithNext", False)],
    "exponential": [(r"(\p{L}+)+\d|(?:a|aa)+$", *ISOLATED)],
    "boundaries": [(r"(?<word>\w+)|\W+?(?=\w|\z)", *ISOLATED)],
    "classes": [(r"[[:alpha:]&&[^aeiou]]+|[[:punct:]]++|\h{2,}|[^\W\d_]|\R", "Removed", False)],
}
BEHAVIOURS = ["Isolated", "Removed", "MergedWithPrevious", "MergedWithNext", "Contiguous"]

ALPHABETS = [
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", "aaabst  '", "0123456789", "0123456789 .,",
    "    \t\n\r\r\n\u00a0\u2028\u3000\x85\x0b\x0c", " \n", ".,;:!?'\"()[]{}<>/\\|@#$%^&*-+=_`~",
    "éèêßıİſKǅﬁﬆµ²½Ⅷ①", "абвгдАБВГД", "αβγδΑΒΓ", "漢字仮名交じり文テスト々〆", "한국어", "العربية٠١٢", "עברית",
    "हिन्दीक्षि०१", "ไทย๑๒", "தமிழ்", "\u0301\u0300\u20dd\u200d\u200c\ufe0f", "😀🎉👩👨🏽🇩🇪❤",
    "\x00\x01\x07\x1b\x7f\x80\x9f\u200b\ufeff\ufffd\ufffe", "\ue000\U000f0000\u0378\U000e0001\U0001f9ff",
    "\u1c89\ua7cb\U00010d40\U0002ebf0\U00016ea0\U0001171e\U0001fae9", "𝒜𝟘𐐀𐐨𞤀"]
WORDS = ["it's", "WE'LL", "d'Re", "don'T", "I'm", "'\u017f", "x'S", "'ll", "Hello, world!", "3.14159", "1,234,567",
         "for (int i = 0; i < n; ++i) {\n    x[i] += 1;\n}\n", "https://example.org/a?b=c&d=%20", "  \n\n  ", "\r\n\r\n",
         "naïve café", "CamelCaseWord", "snake_case", "日本語のテキスト", "<|im_start|>", "\t\treturn", "a\u0301e\u0300"]


def random_text(rng):
    pieces = []
    for _ in range(rng.choice([1, 1, 2, 3, 5, 8])):
        kind = rng.random()
        if kind < 0.3:
            pieces.append(rng.choice(WORDS))
        elif kind < 0.93:
            alphabet = rng.choice(ALPHABETS)
            pieces.append("".join(rng.choice(alphabet) for _ in range(rng.choice([1, 1, 2, 3, 4, 7, 12]))))
        else:
            code = rng.choice([rng.randrange(0x110000), rng.randrange(0x3000)])
            pieces.append(chr(code) if not 0xd800 <= code < 0xe000 else " ")
        if rng.random() < 0.3:
            pieces.append(" " * rng.randrange(1, 4))
    return "".join(pieces)


def random_pattern(rng, depth):
    """Over a, b, c, 1 and a space, with all that is supported."""
    def atom(d):
        kind = rng.random()
        if d == 0 or kind < 0.45:
            return rng.choice(["a", "b", "c", ".", "[ab]", "[^a]", r"\w", r"\d", r"\s", "[^bc]", " ", r"\S", "(?i:A)"])
        if kind < 0.75:
            return rng.choice(["(?:%s)", "(%s)", "(?:%s)"]) % alternates(d - 1)
        return alone(d)

    def alone(d):
        return rng.choice(["(?=%s)", "(?!%s)"]) % alternates(d - 1)

    def item(d):
        if d > 0 and rng.random() < 0.12:
            return alone(d) + atom(0)
        if rng.random() < 0.1:
            return rng.choice("abc1") + rng.choice(["++", "*+", "?+"])
        base = atom(d)
        if base.startswith(("(?=", "(?!")) or rng.random() < 0.5:
            return base
        return base + rng.choice(["*", "+", "?", "*?", "+?", "??", "{2}", "{1,2}", "{,2}", "{2,}", "{0,2}?"])

    def alternates(d):
        return "|".join("".join(item(d) for _ in range(rng.choice([1, 1, 2, 3]))) for _ in range(rng.choice([1, 1, 2, 3])))

    return alternates(depth)


def entry(steps, texts):
    names = {"MergedWithPrevious": "merged_with_previous", "MergedWithNext": "merged_with_next"}
    splitter = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(pattern), names.get(behaviour, behaviour.lower()), invert)
        for pattern, behaviour, invert in steps])
    kept, pieces = [], []
    for text in texts:
        try:
            pieces.append([piece for piece, _ in splitter.pre_tokenize_str(text)])
            kept.append(text)
        except BaseException:  # Oniguruma gives up where it would take exponential time.
            pass
    return {"steps": steps, "texts": kept, "pieces": pieces}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out")
    parser.add_argument("--texts", type=int, default=25)
    parser.add_argument("--random", type=int, default=60)
    parser.add_argument("--depth", type=int, default=2)
    parser.add_argument("--seed", type=int, default=13)
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    entries = [entry(steps, [random_text(rng) for _ in range(arguments.texts)]) for steps in NAMED.values()]
    for behaviour in BEHAVIOURS:
        for invert in (False, True):
            for pattern in (r"\d", r"\s+", r"(?=[A-Z])", "a|b*"):
                entries.append(entry([(pattern, behaviour, invert)], [random_text(rng) for _ in range(arguments.texts // 8 + 1)]))
    for _ in range(arguments.random):
        pattern = random_pattern(rng, arguments.depth)
        texts = ["".join(rng.choice("aaabbc1 A\n") for _ in range(rng.choice([1, 3, 6, 12]))) for _ in range(10)]
        try:
            entries.append(entry([(pattern, rng.choice(BEHAVIOURS), rng.random() < 0.3)], texts))
        except Exception:  # No pattern of Oniguruma's.
            pass
    with open(arguments.out, "w", encoding="utf-8") as file:
        file.write("[\n" + ",\n".join(json.dumps(e, ensure_ascii=False, separators=(",", ":")) for e in entries) + "\n]\n")


if __name__ == "__main__":
    main()
