"""Makes the small tokenizer and the goldens of this folder with the `tokenizers`
package: `make_goldens.py`, in an environment with tokenizers 0.23.3.

The tokenizer has the form of the family (byte-level BPE, the same split, the
same first ids) and a few hundred tokens, trained on the texts below. Beyond what
training gives it has what published ones have: tokens that no merges lead to,
tokens that are matched literally but are not special, and rows without a token.

A golden is [text, ids, ids with ignore_merges, ids with special tokens as plain
text]. Texts are valid Unicode: broken UTF-8 is not something a Python string can
hold, so it is tested elsewhere.
"""

import json
import os
import random

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers

HERE = os.path.dirname(os.path.abspath(__file__))
PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
SPECIAL = [
    "<|pad|>", "<|startoftext|>", "<|endoftext|>", "<|fim_pre|>", "<|fim_mid|>", "<|fim_suf|>",
    "<|im_start|>", "<|im_end|>", "<|tool_list_start|>", "<|tool_list_end|>",
    "<|tool_call_start|>", "<|tool_call_end|>", "<|tool_response_start|>",
    "<|tool_response_end|>", "<|reserved_4|>", "<|reserved_5|>",
    # Prefixes of each other, so that the longest must be found.
    "<|reserved_1|>", "<|reserved_1|>0", "<|reserved_1|>00",
]  # fmt: skip
LITERAL = ["<think>", "</think>", "Mathias", "python"]  # added, not special

TRAINING = """
The small cat sat on the mat, and the other cat didn't. We've seen that they're here; I'm sure he'll say it's late.
What the model reads is text; what the model writes is text. There are words, and there are numbers: 12, 345, 2024.
Die Größe der Straße ist nicht über dem Maß. Der Hund und die Katze schlafen; das Haus ist groß und schön.
L'été est déjà fini, où êtes-vous allés ? Les enfants jouent dans la rue, et le chat dort.
El niño comió una manzana en la mañana. ¿Dónde está la biblioteca?
Привет, мир! Это маленький текст на русском языке, и в нём есть слова, слова и слова.
你好，世界！今天天气很好，我们去公园。世界很大，天气很好。
こんにちは、世界。これは小さなテストです。カタカナとひらがなと漢字です。
안녕하세요 세계, 안녕하세요 여러분. مرحبا بالعالم، كيف حالك؟ नमस्ते दुनिया, आप कैसे हैं?
🙂👍🏽 👨‍👩‍👧‍👦 🇩🇪 ❤️ 🙂🙂 👍 👍🏽
for (int i = 0; i < n; ++i) {\n    a[i] += b[i] * c; // sum\n}\n\nint main(void) {\n\treturn 0;\n}
def f(x):\n    if x == 'y':\n        return {"k": [1, 2, 3]}\n    return None\n\n\nclass A:\n    pass
======== -------- ........ ######## !!!! ???? <<<< >>>>
"""

TEXTS = [
    "", " ", "  ", "\n", "\r\n", "\t", "a", " a", "hello world", "The cat didn't sit.",
    "I'm sure they've said it's John's; WE'LL see, DON'T you'd THINK? 'S 'T 'RE 'vE 'M 'lL 'D",
    "it'\u017f odd, 's' 'st 're're 'rex 'l 'v '\u017f 'tis ''s x's's '' ' s",
    "1 12 123 1234 12345 1234567890 3.14159 2024-10-31 1,000,000 ½ ² ٣٤٥ Ⅷ ①②③④ 〇一二三 १२३४५ 𝟏𝟐𝟑𝟒",
    "  two  three   four    \t tab\t\ttabs \n\n\nlines \r\n windows\r\n\r\n end   ",
    "a\n b\n  c\n\n   d \n \n e\r\rf\r\n\n\rg\n   ", "   \n   \n   x", "x   \n", "x \t \u00a0 \u3000 y", "\u2028\u2029x\u0085y\u000b\u000cz",
    "x\u200by\u200dz\ufeffw\u00adv\u180eu", "\u1680a\u2000b\u202fc\u205fd", "end with spaces    ", "end with tab\t",
    "for (int i = 0; i < n; ++i) {\n    a[i] += b[i]*c; // sum\n}\n\tif x == 'y': return {\"k\": [1,2]}",
    "foo_bar fooBar foo-bar foo.bar __init__ $HOME C++ C# @user #tag a=b;c:d/e\\f",
    "!!! ??? ... --- ### $$$ %%% ^^^ &&& *** ((())) [[]] {{}} <<>> ~~ `` \\ / | _ __",
    "...\n...\r\n\n!!!\n \n???", " !a !1 ! a.b .b 1.b -1 _a a_", "a,b , c ,d",
    "Die Größe der Straße ist Übermaß — „naïve“ Äpfel.", "L'été, c'est déjà fini; où êtes-vous allés ?",
    "¿Dónde está la biblioteca? ¡Aquí!", "Привет, мир! Съешь ещё этих мягких французских булок.",
    "Γειά σου Κόσμε", "שלום עולם", "مرحبا بالعالم، كيف حالك؟ ١٢٣٤", "नमस्ते दुनिया, आप कैसे हैं?", "สวัสดีชาวโลก", "ສະບາຍດີ",
    "你好，世界！今天天气很好。", "こんにちは、世界。カタカナとひらがなと漢字。ｶﾀｶﾅ ＡＢＣ １２３", "안녕하세요 세계", "ጤና ይስጥልኝ ዓለም", "བཀྲ་ཤིས་བདེ་ལེགས",
    "🙂👍🏽 family: 👨‍👩‍👧‍👦 flag: 🇩🇪 heart: ❤️ end", "🙂🙂🙂a🙂1🙂 🙂\n🙂", "1️⃣2️⃣ ©®™ №℃ ∑∫√ ←→ ☃ 𝄞",
    "e\u0301 a\u0308 o\u0302\u0323 Z\u0335\u0321 \u0301 x", "𝒳𝓎𝔷 𐍈 𠜎 🜁 \U0002ebf0 \U00013460 \U00010d40\U00010d41",
    "ǅ ʰ ª º ﬁ ﬆ ß ẞ İ ı K Å", "\u0378\u0379 \ue000\uf8ff \U000e0001 \U0010ffff \ufffd \u0000 \u0001 \u007f",
    "<|startoftext|><|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n",
    "<|im_start|>system\nBe short.<|im_end|>\n<|im_start|>user\n  spaces \n<|im_end|>\n<|im_start|>assistant\n<think>",
    "<|im_start <|im_end| |> <|notoken|> <| im_end |> <|<|im_end|>|>", "a<|im_end|>b <|im_end|> c\n<|im_end|>\nd",
    "<|reserved_1|>000 <|reserved_1|>0 <|reserved_1|> <|reserved_1<|reserved_1|>1<|reserved_4|>5",
    "<think>a</think>b <think></think><think", "Mathias pythonic Pythonpython python3 xMathiasy mathias", "unbuildable unbuildable's xunbuildable",
    "a" * 300 + "b" * 100 + " " + "xyz" * 60, " " * 100 + "x", "\n" * 50, "=" * 70, "ab" * 33 + "<|im_end|>" + "ba" * 33, "1" * 31,
    "世界" * 40, "🙂" * 17,
]  # fmt: skip


def train():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PATTERN), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train_from_iterator(
        [TRAINING],
        trainers.BpeTrainer(vocab_size=700, special_tokens=SPECIAL, initial_alphabet=alphabet, show_progress=False),
    )
    tokenizer.post_processor = processors.Sequence(
        [
            processors.ByteLevel(trim_offsets=False),
            processors.TemplateProcessing(single="<|startoftext|> $A", special_tokens=[("<|startoftext|>", 1)]),
        ]
    )
    # What merges cannot build, as published vocabularies have it.
    outline = json.loads(tokenizer.to_str())
    vocab = outline["model"]["vocab"]
    for token in ["Ġunbuildable", "unbuildable", "ĠPython"]:
        vocab[token] = len(vocab)
    tokenizer = Tokenizer.from_str(json.dumps(outline))
    tokenizer.add_tokens([AddedToken(text, normalized=False) for text in LITERAL])
    return tokenizer


def random_texts():
    """Characters of every kind, mixed: what nobody thinks of."""
    rng = random.Random(7)
    pieces = list(" \n\t\r'aAsStTdlLvVrReEmMzß1239½.,-!_<|>世é") + [
        "  ", "\n\n", "'s", "'LL", "\u017f", "the", " cat", "слова", "🙂", "👍🏽", "e\u0301", "\u00a0", "\u3000", "<|im_end|>", "<think>",
    ]  # fmt: skip
    for _ in range(120):
        yield "".join(rng.choice(pieces) for _ in range(rng.randint(1, 40)))


def main():
    tokenizer = train()
    outline = json.loads(tokenizer.to_str())
    outline["model"]["ignore_merges"] = True
    whole = Tokenizer.from_str(json.dumps(outline))
    plain = Tokenizer.from_str(tokenizer.to_str())
    plain.encode_special_tokens = True
    goldens = []
    for text in TEXTS + list(random_texts()):
        ids = tokenizer.encode(text).ids
        assert tokenizer.decode(ids[1:], skip_special_tokens=False) == text
        goldens.append([text, ids, whole.encode(text).ids, plain.encode(text).ids])
    outline["model"]["ignore_merges"] = False
    with open(os.path.join(HERE, "small", "tokenizer.json"), "w", encoding="utf-8") as file:
        json.dump(outline, file, ensure_ascii=False, separators=(",", ":"))
    with open(os.path.join(HERE, "small", "goldens.json"), "w", encoding="utf-8") as file:
        file.write("[\n" + ",\n".join(json.dumps(g, ensure_ascii=False, separators=(",", ":")) for g in goldens) + "\n]\n")


if __name__ == "__main__":
    main()
