"""Constraints of the runtime against independent judges: JSON schemas against jsonschema,
grammars against what llama.cpp says (test/grammar/goldens.json), expressions against Python's."""

import json
import os
import re
import subprocess
import sys

import pytest

from conftest import ROOT

sys.path.insert(0, os.path.join(ROOT, "test", "grammar"))
from schema_judge import Maker, closed, documented, validator, written  # noqa: E402
from schemas import SCHEMAS  # noqa: E402


class Probe:
    """GrammarProbe on a tokenizer: asked by an object, answers by one."""

    def __init__(self, build, tokenizer):
        self.process = subprocess.Popen([os.path.join(build, "test", "unit", "GrammarProbe"), tokenizer],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, **what):
        self.process.stdin.write(json.dumps(what) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


@pytest.fixture(scope="module")
def probe(request, wordnet):
    made = Probe(os.path.abspath(request.config.getoption("--build")), os.path.join(wordnet, "tokenizer.json"))
    yield made
    made.process.stdin.close()
    assert made.process.wait() == 0


def has_whole_float(value):
    """2.0 is a whole number to a validator; answers write 2."""
    if isinstance(value, (list, dict)):
        return any(has_whole_float(one) for one in (value.values() if isinstance(value, dict) else value))
    return isinstance(value, float) and value == int(value)


@pytest.mark.parametrize("name,schema,texts", [(*one, ())[:3] for one in SCHEMAS], ids=[one[0] for one in SCHEMAS])
def test_schema(probe, name, schema, texts):
    schema = documented(schema)
    judge = validator(closed(schema))
    maker = Maker(schema, texts, 5)
    values = [maker.make(schema) for _ in range(60)]
    values += [maker.mutate(value) for value in values]
    pairs = [(written(value), value) for value in values]
    pairs = [(text, value) for text, value in pairs if text is not None]
    answer = probe.ask(text=json.dumps(schema), check=[text for text, _ in pairs], walks=6, most=60, seed=len(name))
    assert "error" not in answer, answer
    valid = [judge.is_valid(value) for _, value in pairs]
    for (text, value), accepted, is_valid in zip(pairs, answer["accepted"], valid):
        if accepted != is_valid and not (is_valid and has_whole_float(value)):
            raise AssertionError(f"{text} is {'' if is_valid else 'not '}valid, but {'' if accepted else 'not '}accepted")
    assert True in valid
    # Tokens that must follow are those that the tokenizer makes of the whole text.
    taken = [text for (text, _), accepted in zip(pairs, answer["accepted"]) if accepted]
    assert probe.ask(text=json.dumps(schema), ahead=taken)["other"] == 0
    for text in answer["texts"]:
        assert text is None or judge.is_valid(json.loads(text)), text


def llama_goldens():
    with open(os.path.join(ROOT, "test", "grammar", "goldens.json"), encoding="utf-8") as file:
        return json.load(file)


# llama.cpp refuses to repeat what may be empty; here it means what it says.
MORE = ['root ::= ("a"?)* "b"']


@pytest.mark.parametrize("case", llama_goldens(), ids=lambda case: case["grammar"][:30])
def test_as_llama(probe, case):
    answer = probe.ask(form="gbnf", text=case["grammar"], check=case["texts"], walks=3, most=30, brute=1)
    if case["grammar"] in MORE:
        assert "error" not in answer
    elif case["accepted"] is None:
        assert "expected" in answer.get("error", "")
    else:
        assert "error" not in answer, answer
        ours = "".join(str(int(accepted)) for accepted in answer["accepted"])
        wrong = [text for text, a, b in zip(case["texts"], ours, case["accepted"]) if a != b]
        assert not wrong
        assert answer["wrong"] == 0


EXPRESSIONS = [
    (r"[A-Z][a-z]+( [A-Z][a-z]+)?", ["Ada", "Ada Lovelace", "ada"]),
    (r"\d{3}-\d{4}|\+\d+", ["555-1234", "+49", "5551234"]),
    (r"(a|b)*abb", ["abb", "aababb", "ab"]),
    (r"^(?:yes|no)$", ["yes", "no", "yesno"]),
    (r"[^\s,]+(,\s*[^\s,]+)*", ["a,b,  c", "x", ",a"]),
    (r"\w+@\w+\.(com|org)", ["me@here.org", "a_1@b2.com", "a@b"]),
    (r"x{2,3}y?z{0,2}", ["xx", "xxxyzz", "xyz"]),
    (r"(?P<year>\d{4})(?:-(?P<month>\d\d))?", ["2024", "2024-05", "24"]),
    (r"\.\*\[\]\\\/\{\}", [r".*[]\/{}", ".*"]),
    (r"[\]\-\\^]+", ["]-\\^", "-", "a"]),
    (r"a.c", ["abc", "a\nc", "a😀c"]),
    (r"[\d.]+[eE][+-]?\d+?", ["1.5e10", "1E-3", "e5"]),
    (r"\x41\u00e9\t", ["Aé\t", "Ae"]),
    (r"(|a)(b|)", ["", "a", "b", "ab", "ba"]),
    (r"a{0}b", ["b", "ab"]),
    (r"[é-ü日]+", ["éü日", "e"]),
    (r"\D\W\S", ["a-b", "1-b", "a b"]),
    (r"a{,2}", ["a{,2}", "aa"]),
]


@pytest.mark.parametrize("expression,texts", EXPRESSIONS, ids=[one[0] for one in EXPRESSIONS])
def test_regex(probe, expression, texts):
    maker = Maker({}, (), 3)
    texts = texts + [maker.mutate(text) for text in texts * 8]
    texts = [text for text in texts if isinstance(text, str)]
    answer = probe.ask(form="regex", text=expression, check=texts, walks=5, most=20, brute=1)
    assert "error" not in answer, answer
    # {,2} is a number of times to Python alone.
    pattern = re.compile(expression.replace("{,", r"\{,"), re.ASCII)
    assert answer["accepted"] == [bool(pattern.fullmatch(text)) for text in texts]
    assert answer["wrong"] == 0
    for text in answer["texts"]:
        assert text is None or pattern.fullmatch(text)
