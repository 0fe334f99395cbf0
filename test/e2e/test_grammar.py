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
from judge import Maker, closed, documented, validator, written  # noqa: E402
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
    for text in answer["texts"]:
        assert text is None or judge.is_valid(json.loads(text)), text
