#!/usr/bin/env python3
"""How long the mask of a token takes, over answers that are read token by token.

    mask_speed.py PROBE TOKENIZER...

PROBE is <build>/test/unit/GrammarProbe. A TOKENIZER is a tokenizer.json or a GGUF file;
FILE.gguf:N takes the first N of its tokens (a vocabulary in the order of its merges is then
one of a smaller model). Each answer starts with nothing kept, as a new conversation does;
of 12 rounds the fastest counts for each token, since other programs run, too.
"""

import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "grammar"))
from schemas import BOOLEAN, INTEGER, STRING, model  # noqa: E402

ROUNDS = 12
WORDS = ("The quick brown fox jumps over the lazy dog near the river bank. Ünïcödé words, 日本語 too: "
         "\"quoted\" and more 12345 numbers.\n")
ANSWER = {"id": 12345, "name": WORDS, "email": "someone@example.com", "score": 0.73, "active": True,
          "tags": ["alpha", "beta two", "gamma"], "address": {"street": "12 Long Road", "city": "Ghent", "zip": "9000"},
          "kind": "person", "when": "2024-05-17T10:22:01Z", "notes": WORDS * 3}


def ten_fields(**text):
    return model({
        "id": INTEGER, "name": {**STRING, **text}, "email": {**STRING, "format": "email"},
        "score": {"type": "number", "minimum": 0, "maximum": 1}, "active": BOOLEAN,
        "tags": {"type": "array", "items": {**STRING, **text}},
        "address": model({"street": {**STRING, **text}, "city": {**STRING, **text},
                          "zip": {"type": "string", "pattern": r"^\d{4,6}$"}}),
        "kind": {"enum": ["person", "company", "other"]}, "when": {**STRING, "format": "date-time"},
        "notes": {**STRING, **text}})


def forms():
    """Name, form, text of the form, answers."""
    answer = json.dumps(ANSWER, ensure_ascii=False)
    yield "ten fields", "schema", json.dumps(ten_fields()), [answer]
    yield "ten fields, maxLength 1000", "schema", json.dumps(ten_fields(maxLength=1000)), [answer]
    yield "any JSON", "schema", "{}", [answer]
    words = sorted({f"{a}{b}{c}" for a in ("re", "un", "de", "") for b in ("act", "form", "port", "press", "duct")
                    for c in ("ion", "ing", "ed", "able", "ist") for _ in range(1)})
    yield "enum of 100", "schema", json.dumps({"type": "array", "items": {"enum": words}}), [json.dumps(words)]
    yield "arithmetic, GBNF", "gbnf", ('root ::= term ([-+*/] term)*\nterm ::= [0-9]+ | "(" root ")" | name\n'
                                       'name ::= [a-z]+ ("(" (root (", " root)*)? ")")?'), ["sin(2+x)*(41-max(a, b, c(7)))"]
    yield "words, regex", "regex", r"([A-Z]?[a-z]+[ ,.])*", ["The quick brown fox jumps over the lazy dog."]
    yield "no a, regex", "regex", r"[^a]*", ["The quick brown fox jumps over the dog. 日本語 too."]
    yield "counted words, regex", "regex", r"(\w{1,12}[ .]){1,60}", ["The quick brown fox jumps over the lazy dog."]


def cut(path, count, folder):
    import gguf
    reader = gguf.GGUFReader(path)
    out = os.path.join(folder, f"{count}.gguf")
    writer = gguf.GGUFWriter(out, "llama")
    field = {name: reader.fields[f"tokenizer.ggml.{name}"] for name in ("tokens", "merges", "token_type", "pre")}
    text = {name: [bytes(field[name].parts[i]).decode("utf-8") for i in field[name].data] for name in ("tokens", "merges", "pre")}
    kept = set(text["tokens"][:count])
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(text["pre"][0])
    writer.add_token_list(text["tokens"][:count])
    writer.add_token_types([int(field["token_type"].parts[i][0]) for i in field["token_type"].data][:count])
    writer.add_token_merges([merge for merge in text["merges"]
                             if kept.issuperset([*merge.split(" "), merge.replace(" ", "")])])
    writer.add_eos_token_id(count - 1)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    return out


def at(times, part):
    return times[min(int(len(times) * part), len(times) - 1)] / 1000


def measure(probe, tokenizer):
    process = subprocess.Popen([probe, tokenizer], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    everything = []
    for name, form, text, answers in forms():
        process.stdin.write(json.dumps({"form": form, "text": text, "time": answers * ROUNDS}) + "\n")
        process.stdin.flush()
        done = json.loads(process.stdout.readline())
        assert "error" not in done, done
        count = len(done["nanoseconds"]) // ROUNDS
        times = sorted(min(done["nanoseconds"][i::count]) for i in range(count))
        everything += times if form == "schema" else []
        print(f"| {name} | {count} | {at(times, .5):.1f} | {at(times, .9):.0f} | {at(times, .99):.0f} | {at(times, 1):.0f} |"
              f" {done['microseconds'] / 1000:.2f} | {done['bytes'] / 1024:.0f} |")
    everything.sort()
    print(f"| all schemas | {len(everything)} | {at(everything, .5):.1f} | {at(everything, .9):.0f} | {at(everything, .99):.0f} |"
          f" {at(everything, 1):.0f} | | |")
    print(f"the vocabulary takes {done['vocabulary'] / 1000:.1f} ms\n")
    process.stdin.close()


def main():
    probe, *tokenizers = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        for tokenizer in tokenizers:
            path, _, count = tokenizer.partition(".gguf:")
            print(tokenizer)
            print("| form | tokens | median, us | 90 % | 99 % | worst | compiled in, ms | KiB |\n|---|---|---|---|---|---|---|---|")
            measure(probe, cut(path + ".gguf", int(count), folder) if count else tokenizer)


if __name__ == "__main__":
    main()
