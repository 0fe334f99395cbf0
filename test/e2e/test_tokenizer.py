"""The compiled program's tokenizer against the `tokenizers` package on the bundled
model's tokenizer.json, in both directions."""

import os
import subprocess

import pytest
from tokenizers import Tokenizer

from conftest import run

TEXTS = {
    "plain": "The quick brown fox jumps over the lazy dog.",
    "contractions": "I'm sure they've said it's John's; WE'LL see, don't you'd THINK?",
    "numbers": "1 12 123 1234 12345 3.14159 2024-10-31 1,000,000 ½ ² ٣٤٥",
    "spaces": "  two  three   four    \t tab\t\ttabs \n\n\nlines \r\n windows\r\n\r\n end   ",
    "code": "for (int i = 0; i < n; ++i) {\n    a[i] += b[i]*c; // sum\n}\n\tif x == 'y': return {\"k\": [1,2]}",
    "german": "Die Größe der Straße ist Übermaß — „naïve“ Äpfel.",
    "french": "L'été, c'est déjà fini; où êtes-vous allés ?",
    "chinese": "你好，世界！今天天气很好。",
    "japanese": "こんにちは、世界。カタカナとひらがなと漢字。",
    "korean": "안녕하세요 세계",
    "arabic": "مرحبا بالعالم، كيف حالك؟",
    "hindi": "नमस्ते दुनिया, आप कैसे हैं?",
    "thai": "สวัสดีชาวโลก",
    "russian": "Привет, мир! Съешь ещё этих мягких французских булок.",
    "emoji": "🙂👍🏽 family: 👨‍👩‍👧‍👦 flag: 🇩🇪 heart: ❤️ end",
    "combining": "e\u0301 a\u0308 o\u0302\u0323 Z\u0335\u0321 \u200d \ufeff \u00a0 \u2003 \u3000x",
    "rare planes": "𝒳𝓎𝔷 𐍈 𠜎 🜁",
    "special": "<|startoftext|><|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n",
    "near special": "<|im_start <|im_end| |> <|notoken|> <| im_end |>",
    "punctuation": "!!! ??? ... --- ### $$$ %%% ^^^ &&& *** ((())) [[]] {{}} <<>> ~~ `` \\ / | _ __",
    "long word": "a" * 300 + "b" * 100 + " " + "xyz" * 60,
    "mixed": "\n \n  a\n\n b \t\n c  \n",
    "one space": " ",
    "newline": "\n",
}


@pytest.fixture(scope="module")
def judge(wordnet):
    return Tokenizer.from_file(os.path.join(wordnet, "tokenizer.json"))


@pytest.mark.parametrize("name", TEXTS)
def test_both_directions(build, wordnet, judge, name):
    program, text = build.compile(wordnet), TEXTS[name]
    done = run([program, "--tokenize", text])
    assert done.returncode == 0, done.stderr
    found = [int(word) for word in done.stdout.strip().split(",") if word]
    expected = judge.encode(text, add_special_tokens=True).ids
    assert found == expected
    # The reverse gives the text back; the <|startoftext|> that --tokenize put
    # before it is no part of it.
    plain = judge.encode(text, add_special_tokens=False).ids
    done = subprocess.run([program, "--detokenize", ",".join(map(str, plain))], capture_output=True,
                          timeout=60, check=True)
    expected = judge.decode(plain, skip_special_tokens=False).removeprefix("<|startoftext|>")
    assert done.stdout.decode().removesuffix("\n") == expected.removesuffix("\n")


def test_empty_text(build, wordnet, judge):
    done = run([build.compile(wordnet), "--tokenize", ""])
    assert done.returncode == 0, done.stderr
    assert [int(word) for word in done.stdout.strip().split(",") if word] == judge.encode("").ids
