"""Answers of the bundled model that are held to a form."""

import json
import os
import sys

import pytest

from conftest import ROOT
from library import compile_library
from constraints import GBNF, REGEX, TOOLS, Constraint, Context, draw, text_of

sys.path.insert(0, os.path.join(ROOT, "test", "grammar"))
from schema_judge import closed, documented, validator  # noqa: E402
from schemas import SCHEMAS  # noqa: E402

TEN_FIELDS = documented(next(schema for name, schema, *_ in SCHEMAS if name == "ten fields"))
PROMPT = [1, 5, 300, 400]


@pytest.fixture(scope="module")
def schema_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("schema") / "ten.json"
    path.write_text(json.dumps(TEN_FIELDS))
    return str(path)


@pytest.fixture(scope="module")
def library(build, wordnet, tmp_path_factory, schema_file):
    """The model, compiled for answers that meet the schema."""
    made = compile_library(build, wordnet, tmp_path_factory.mktemp("library"), f"--schema={schema_file}")
    yield made
    made.close()


@pytest.fixture(scope="module")
def context(library):
    made = Context(library, tokens=1024, threads=1)
    yield made
    made.close()


def test_200_answers(library, context):
    constraint, judge = Constraint(library, json.dumps(TEN_FIELDS)), validator(closed(TEN_FIELDS))
    longest = 0
    for seed in range(200):
        constraint.apply(context, forced=seed % 2)
        ids = draw(context, PROMPT, 1000, seed)
        longest = max(longest, len(ids))
        text = text_of(library, ids)
        assert judge.is_valid(json.loads(text)), text
        assert constraint.state() == 2  # LFM2RT_ANSWER_ENDED
        # Written as Python writes it.
        assert json.dumps(json.loads(text), ensure_ascii=False).lower() == text.lower() or "\\" in text or "e" in text
    assert longest < 400


def test_compiled_form(library, context):
    """The archive's tables do what those do that are made now."""
    made, found = Constraint(library, json.dumps(TEN_FIELDS)), Constraint(library)
    for seed in range(5):
        answers = []
        for constraint in (made, found):
            constraint.apply(context)
            answers.append(draw(context, PROMPT, 400, seed))
        assert answers[0] == answers[1]


@pytest.mark.parametrize("kind,text,check", [
    (GBNF, 'root ::= ("yes" | "no") ", " [a-z]{3,9} "."', r"(yes|no), [a-z]{3,9}\."),
    (REGEX, r"[A-Z][a-z]{2,8} is (\d{1,3}|unknown)", r"[A-Z][a-z]{2,8} is (\d{1,3}|unknown)"),
    (TOOLS, json.dumps([{"type": "function", "function": {"name": "look_up", "parameters": {
        "type": "object", "properties": {"word": {"type": "string", "maxLength": 12}, "deep": {"type": "boolean"}},
        "required": ["word"]}}}]),
     r"<\|tool_call_start\|>\[look_up\(word=(\"([^\"\\]|\\.){0,12}\"|'([^'\\]|\\.){0,12}')(, deep=(True|False))?\)\]"
     r"<\|tool_call_end\|>"),
])
def test_forms(library, context, kind, text, check):
    import re
    constraint = Constraint(library, text, kind, tool="look_up" if kind == TOOLS else None)
    for seed in range(20):
        constraint.apply(context)
        answer = text_of(library, draw(context, PROMPT, 300, seed))
        # An escape \uXXXX counts as one character.
        assert re.fullmatch(check, re.sub(r"\\u[0-9a-fA-F]{4}", r"\\n", answer)), answer


def test_refused_when_compiling(build, wordnet, tmp_path):
    from conftest import run
    cases = [("--schema", '{"type": "array", "items": {"not": {}}}', "#/items/not"),
             ("--schema", '{"type": }', "line 1, column 10"),
             ("--grammar", 'root ::= "a"\nother ::= (', "line 2"),
             ("--grammar", 'root ::= a\na ::= a "x"', "'a'")]
    for option, text, place in cases:
        path = tmp_path / "form"
        path.write_text(text)
        done = run([build.tool("lfm2-compile"), wordnet, "-o", str(tmp_path / "out"), f"{option}={path}"])
        assert done.returncode == 1 and str(path) in done.stderr and place in done.stderr, done.stderr
        assert not (tmp_path / "out").exists()
    done = run([build.tool("lfm2-compile"), wordnet, f"--schema={path}", f"--grammar={path}"])
    assert done.returncode == 2 and "one form" in done.stderr
