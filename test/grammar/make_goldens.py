#!/usr/bin/env python3
"""Writes goldens.json: what llama.cpp's grammars accept of texts.

    make_goldens.py SOURCES BUILD

SOURCES is llama.cpp's folder, BUILD its build folder with static libraries (commit de3ff81).
Nothing else needs them: the tests read goldens.json.
"""

import glob
import json
import os
import random
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))

# A grammar, and texts of which most are in it; others are made of these.
GRAMMARS = [
    ('root ::= "yes" | "no" | "maybe"', ["yes", "no", "maybe"]),
    ('root ::= ("a" | "b")* "c"+ "d"?', ["c", "abcccd", "ccd", "aabbc"]),
    ('root ::= [a-z] [^a-z] [0-9A-F] [-+]', ["a15-", "zZF+", "b é"]),
    ('root ::= "\\"" [^"\\\\]* "\\""', ['""', '"abc"', '"日本"']),
    ('root ::= [\\x41-\\x43]{2} "\\u00e9" "\\U0001F600"?', ["ABé", "CCé😀", "AA"]),
    ('root ::= "x"{3}', ["xxx"]),
    ('root ::= "x"{2,}', ["xx", "xxxxx"]),
    ('root ::= "x"{1,3} "y"{0,2} "z"{0}', ["x", "xxxyy", "xy"]),
    ('root ::= ("ab" "c"){2} | ( [0-9] | "-" ){1,4}', ["abcabc", "12-3", "-"]),
    ('root ::= item ("," item)*\nitem ::= [a-z]+ | "(" root ")"', ["a", "a,b", "(a,(b,c)),d", "((x))"]),
    ('# a comment\nroot ::= a # behind\n  | b\n\na ::= "1"\nb ::= "2" # end', None),
    ('root ::= a |\n  b\na ::= "1"\nb ::= "2"', ["1", "2"]),
    ('root ::= (\n  # inside\n  "a"\n  "b" |\n  "c"\n)+ "."', ["ab.", "c.", "abcab."]),
    ('root   ::=\t"a"   "b"\r\n', ["ab"]),
    ('root ::= "" | "a"', ["", "a"]),
    ('root ::= expr\nexpr ::= term (("+" | "-") term)*\nterm ::= factor (("*" | "/") factor)*\n'
     'factor ::= [0-9]+ | "(" expr ")" | "-" factor', ["1", "1+2*3", "-(1-2)/--3", "(((7)))"]),
    ('root ::= list\nlist ::= "[" (value ("," value)*)? "]"\nvalue ::= list | "0"', ["[]", "[0]", "[[],[0,[0]]]"]),
    ('root ::= "a" root "b" | "a" "b"', ["ab", "aabb", "aaaabbbb"]),
    ('root ::= pal\npal ::= "a" pal "a" | "b" pal "b" | "a" | "b" | ""', ["", "aba", "abba", "bab", "aabbaa"]),
    ('root ::= . . "!"', ["ab!", "é日!", "\n\t!"]),
    ('root ::= .*', ["", "anything\nat all 😀"]),
    ('root ::= [^\\n]+ "\\n" [ \\t]* "\\r"?', ["x\n", "x y\n \t\r"]),
    ('root ::= [a\\-z]+ [\\]\\[]', ["a-z]", "-["]),
    ('root ::= [a-]+ [-b]', ["a--", "-b", "a-b"]),
    ('root ::= "tab\\t" "nl\\n" "cr\\r" "bs\\\\"', ["tab\tnl\ncr\rbs\\"]),
    ('root ::= first-part second2 Third\nfirst-part ::= "1"\nsecond2 ::= "2"\nThird ::= "3"', ["123"]),
    ('root ::= "a"+ "a"* "a"?', ["a", "aaaa"]),
    ('root ::= ("a"?)* "b"', None),
    ('root ::= ("a" | "ab") ("c" | "bc")', ["ac", "abc", "abbc"]),
    ('root ::= a a\na ::= "x" | "x" "x"', ["xx", "xxx", "xxxx"]),
    ('root ::= ((("deep")))', ["deep"]),
    ('root ::= [α-ω]+ [あ-ん]? [\\U0001F300-\\U0001F6FF]', ["αβ🌀", "ωあ🚀"]),
    ('root ::= [^а-я]', ["a", "é", "日", "😀"]),
    ('root ::= date\ndate ::= [0-9]{4} "-" ("0" [1-9] | "1" [0-2]) "-" [0-3] [0-9]', ["2024-12-31", "1999-01-09"]),
    ('root ::= ("a"{2} | "b"{1,2}){2,3}', ["aaaa", "aabb", "bbbbbb", "baab"]),
    ('root ::= "a"?{2}', ["", "a", "aa"]),
    ('root ::= ws "x" ws\nws ::= [ \\t\\n]*', ["x", " x\n", "\t\tx "]),
    ('root ::= kv ("; " kv){0,2}\nkv ::= [a-z]+ "=" ("\\"" [^"]* "\\"" | [0-9]+)', ['a=1', 'ab="x y"; c=2', 'a=1; b=2; c=3']),
    ('unused ::= "u"\nroot ::= "r"', ["r"]),
    ('root ::= "first"\nroot ::= "second"', ["first", "second"]),
    ('root ::= "\\x00e9" [\\x7f-\\xff]', None),
    # Refused.
    ('root ::= root "a" | "b"', []),
    ('root ::= a "x"\na ::= b\nb ::= a | "y"', []),
    ('root ::= "a" | other', []),
    ('start ::= "a"', []),
    ('root ::= "a', []),
    ('root ::= [a-z', []),
    ('root ::= ("a"', []),
    ('root ::= "a")', []),
    ('root ::= * "a"', []),
    ('root ::= "a"{', []),
    ('root ::= "a"{x}', []),
    ('root ::= "a"{1', []),
    ('root ::= "a"{1,2', []),
    ('root ::= "\\q"', []),
    ('root ::= "\\x4"', []),
    ('root = "a"', []),
    ('root ::= "a" "b" c ::= "d"', []),
    ('::= "a"', []),
    ('root ::= "a" $', []),
]


def change(text, rng):
    letters = text + "ab10 \"\\é-"
    at = rng.randint(0, len(text))
    kind = rng.random()
    if kind < 0.35:
        return text[:at] + rng.choice(letters) + text[at:]
    if kind < 0.7:
        return text[:at] + text[at + 1:]
    if kind < 0.85:
        return text + text[at:]
    return text[:at] + rng.choice(letters) + text[at + 1:]


def main():
    sources, build = sys.argv[1:]
    rng = random.Random(1)
    cases = []
    for grammar, texts in GRAMMARS:
        if texts is None:
            texts = ["1", "2", "", "b", "ab", "aab", "\x00e9é", "e9\x7f"]
        made = list(dict.fromkeys(texts + [change(rng.choice(texts), rng) for _ in range(24) if texts] + [""]))
        cases.append({"grammar": grammar, "texts": [text for text in made if "\0" not in text]})
    with tempfile.TemporaryDirectory() as folder:
        program = os.path.join(folder, "accepts")
        libraries = [p for name in ("llama", "ggml", "ggml-cpu", "ggml-base")
                     for p in glob.glob(f"{build}/**/lib{name}.a", recursive=True)]
        subprocess.run(["clang++-22", "-std=c++17", "-O1", os.path.join(HERE, "llama_accepts.cpp"), "-o", program,
                        f"-I{sources}/src", f"-I{sources}/include", f"-I{sources}/ggml/include", *libraries,
                        "-lpthread", "-ldl", "-l:libgomp.so.1"], check=True)
        lines = []
        for case in cases:
            lines += [case["grammar"].encode().hex(), str(len(case["texts"])), *(t.encode().hex() for t in case["texts"])]
        out = subprocess.run([program], input="\n".join(lines) + "\n", capture_output=True, text=True, check=True)
    for case, line in zip(cases, out.stdout.splitlines(), strict=True):
        case["accepted"] = None if line == "refused" else line
    with open(os.path.join(HERE, "goldens.json"), "w", encoding="utf-8") as file:
        json.dump(cases, file, ensure_ascii=False, indent=1)
        file.write("\n")
    print(sum(len(c["texts"]) for c in cases if c["accepted"]), "texts,",
          sum(c["accepted"] is None for c in cases), "refused")


if __name__ == "__main__":
    main()
