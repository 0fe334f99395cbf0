"""Chat templates, compiled and interpreted, against Jinja2 in the environment that transformers sets."""

import json
import os
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "chat"))
import conversations  # noqa: E402
import expressions  # noqa: E402
import judge  # noqa: E402
import probe  # noqa: E402

TEMPLATES = conversations.templates()
MESSAGES = json.dumps([{"role": "user", "content": "hi"}, {"role": "assistant", "content": "yo", "tool_calls": []}])


@pytest.fixture(scope="module")
def ask(build):
    return lambda requests: probe.ask(os.path.join(build.folder, "test", "unit", "ChatProbe"), requests)


def request(template, messages=MESSAGES, **more):
    return {"template": template, "messages": messages, "globals": conversations.GLOBALS,
            "controls": conversations.CONTROLS, **more}


# What Jinja2 does and this refuses, by a part of the message: these have no text of JSON's values, or are no use in a
# template of conversations.
REFUSED = ("a value that can be printed", "a value that JSON can say",  # tuples, undefined values in lists, functions
           "'safe' is supported at the end", "'splitlines' takes at most 0", "rounding to digits",
           "expected an integer, found a number",        # // and % of numbers with a point
           "expected a number, found a string",          # 'a %s' % b
           "expected a number, found a list",            # [1] * 2
           "expected a number, found a tuple",
           "expected values of one kind that have an order",  # of lists
           "expected integers of 64 bits", "a slice of a tuple with a step",
           "expected something to go through")           # a slice of what Jinja computes when it reads the template


@pytest.mark.filterwarnings("ignore::SyntaxWarning")
@pytest.mark.parametrize("seed", range(4))
def test_expressions(ask, seed):
    """Thousands of small templates."""
    made = expressions.make(1000, seed)
    variables = json.dumps(expressions.VARIABLES)
    requests = [request(template, variables=variables, flags=1) for template in made]
    same = refused = 0
    for asked, answer in zip(requests, ask(requests)):
        expected, found = judge.render(asked), answer.get("text")
        same += expected is not None and found == expected
        if found is None and expected is not None:
            message = answer.get("error") or answer.get("refused")
            assert any(part in message for part in REFUSED), f"{asked['template']!r}: {message}"
            refused += 1
        elif expected is not None:
            assert found == expected, asked["template"]
    assert same > 600 and refused < 60


def test_dates(ask):
    formats = ["%Y-%m-%d", "%d %b %Y", "%B %-d, %Y", "%A %a %j", "%H:%M:%S %p %I", "%e|%k|%l|%y|%w|%u|%j", "%F %T %R %D", "%c",
               "%x %X %r", "100%% %n%t'\\' é", "%-m/%-d %-H %-I %-M %-S %-j", "%h %A %%Y"]
    template = "|".join(f"{{{{ strftime_now({json.dumps(form)}) }}}}" for form in formats)
    times = [0, 1, 86399, 86400, 951782400, 951868800, 1709164800, 4102444799, 68169600, 1767139199, 13569465600]
    requests = [request(template, now=now, utc_offset=offset) for now in times for offset in (0, 3600, 20700, 50400)]
    for asked, answer in zip(requests, ask(requests)):
        assert answer["text"] == judge.render(asked), asked


@pytest.mark.parametrize("case", ["upper", "lower", "capitalize"])
def test_cases_of_all_letters(ask, case):
    letters = [chr(code) for code in range(0x80, 0x20000) if not 0xd800 <= code < 0xe000]
    parts = [letters[start:start + 4000] for start in range(0, len(letters), 4000)]
    template = "{% for c in s %}{{ c | " + case + " }}|{% endfor %}"
    answers = ask([request(template, variables=json.dumps({"s": "".join(part)})) for part in parts])
    for part, answer in zip(parts, answers):
        assert answer["text"] == "".join(getattr(letter, case)() + "|" for letter in part)


@pytest.mark.parametrize("name", TEMPLATES)
def test_conversations(ask, name):
    requests = conversations.requests(name, TEMPLATES[name], 60 if name in conversations.FAMILY else 25)
    texts = 0
    for asked, answer in zip(requests, ask(requests)):
        assert "refused" not in answer, answer
        assert answer.get("text") == judge.render(asked), (asked["messages"], asked.get("tools"), answer)
        if "text" in answer:
            texts += 1
            assert answer["rounds"] == 1, "lfm2rt_chat_work_size() is too little"
    assert texts >= (40 if name in conversations.FAMILY else 4)


@pytest.mark.parametrize("name", conversations.FAMILY)
def test_what_was_said_stays_whatever_is_marked(ask, name):
    """Foreign characters are no others: the text is the same with and without."""
    trusted = 4  # LFM2RT_CHAT_TRUSTED
    requests = conversations.requests(name, TEMPLATES[name], 20)
    whole = ask([{**asked, "flags": asked["flags"] | trusted} for asked in requests])
    assert [answer.get("text") for answer in ask(requests)] == [answer.get("text") for answer in whole]


# What transformers does: a tag behind the content, which is looked for in the text.
def continued(asked):
    tag = "CONTINUE_FINAL_MESSAGE_TAG "
    messages = json.loads(asked["messages"])
    content = messages[-1]["content"]
    if isinstance(content, list):
        part = [part for part in content if "text" in part][-1]
        part["text"] += tag
    else:
        messages[-1]["content"] += tag
    text = judge.render({**asked, "messages": json.dumps(messages), "flags": 0})
    if text is None or tag.strip() not in text:
        return None
    at = text.rindex(tag.strip())
    return text[:at] if text[at:at + len(tag)] == tag else text[:at].rstrip()


def test_last_message_is_continued(ask):
    begin = [{"role": "user", "content": "Count."}]
    endings = ["One, two,", "One \n", "", "<think>Hm", [{"type": "text", "text": "a "}, {"type": "image"}]]
    requests = [request(template, json.dumps([*begin, {"role": "assistant", "content": end}]), flags=2)
                for template in TEMPLATES.values() for end in endings]
    texts = 0
    for asked, answer in zip(requests, ask(requests)):
        expected = continued(asked)
        if any(part in str(expected) for part in ("'type': 'text'", '"type": "text"', '"type":"text"')):
            expected = None  # Lists that are printed as such: they cannot be gone on with.
        assert answer.get("text") == expected, (asked, answer)
        texts += expected is not None
    assert texts > 100


REFUSALS = [
    ("a\n{% include 'x' %}", "line 2 of the chat template: {% include %} is not supported in a chat template"),
    ("{% extends 'x' %}", "{% extends %} is not supported"),
    ("{% for a in b recursive %}{% endfor %}", "a recursive loop is not supported"),
    ("{% if a %}", "expected {% endif %}, found the end of the template"),
    ("{{ a | shuffle }}", "the filter 'shuffle' is not supported"),
    ("{{ a | tojsn }}", "the filter 'tojsn' is not supported (did you mean 'tojson'"),
    ("{{ a is odds }}", "the test 'odds' is not supported"),
    ("{{ a.encode() }}", "the method 'encode' is not supported"),
    ("{% set x = a.append(1) %}", "the method .append() would change a value"),
    ("{{ strftime_now(f) }}", "strftime_now() is supported with a format that is written out only"),
    ("{{ strftime_now('%Q') }}", "the format of time '%Q' is not supported"),
    ("{{ f(*a) }}", "arguments out of a list or a mapping, '*', are not supported"),
    ("{{ x['a', 'b'] }}", "several keys in one pair of brackets are not supported"),
    ("{{ a | join(',', 'b', 'c') }}", "the filter 'join' takes at most 2 arguments, found 3"),
    ("{{ a | join(x=1) }}", "the filter 'join' has an argument of a name that it does not know"),
    ("{{ a | replace('b') }}", "the filter 'replace' needs the argument 'new'"),
    ("{% macro m(a, b=1, c) %}{% endmacro %}", "expected a default for parameter 'c'"),
    ("{% macro m(a) %}{% endmacro %}{{ m(b=1) }}", "the macro 'm' has no parameter 'b'"),
    ("{{ cycler('a') }}", "'cycler' is not supported in a chat template"),
    ("{{ loop.changed(1) }}{% for a in b %}{{ loop.changed(a) }}{% endfor %}", "the method 'changed' is not supported"),
    ("{% for a in b %}{{ loop.odd }}{% endfor %}", "'loop.odd' is not supported"),
    ("{% break %}", "{% break %} outside of a loop"),
    ("{{ 'a }}", "expected the end of a string, found none"),
    ("{{ a ? b }}", "expected Jinja, found '?'"),
    ("{{ (a] }}", "expected ')', found ']'"),
    ("{{ }}", "expected an expression, found the end of the tag"),
    ("{{ 12345678901234567890 }}", "expected integers of 64 bits, found a larger one"),
    ("{{ '\\ud800' }}", "expected a character in an escape"),
    ("{% set a.b.c = 1 %}", "expected"),
    ("{{ " + "(" * 300 + "a" + ")" * 300 + " }}", "at most 200 are supported"),
    ("{{ a" + " ~ b" * 70000 + " }}", "the template is too large"),
    ("{% set namespace.x %}{% endset %}{{ namespace(_a=1) }}", "its name starts with '_'"),
    ("{% raw %}x", "expected the end of {% raw %}"),
    ("{# x", "expected the end of a comment"),
]


def test_refusals_name_the_construct(ask):
    for (template, message), answer in zip(REFUSALS, ask([request(template) for template, _ in REFUSALS])):
        assert message in answer.get("refused", ""), (template[:60], answer)
        assert answer["refused"].startswith("line ") or "too large" in answer["refused"], answer


def conversation(**parts):
    return {"template": "{{ messages }}", **parts}


ERRORS = [
    (request("\n{{ raise_exception('No ' ~ messages[0].role) }}"),
     "line 2 of the chat template: the template refuses: No user"),
    (request("{{ messages[0].x.y }}"), "expected a value to take an attribute or an item of, found the undefined variable "
                                       "or attribute x"),
    (request("{{ x + 1 }}"), "expected values that can be added, found the undefined variable or attribute x"),
    (request("{{ 'a' + 1 }}"), "expected a string, found an integer"),
    (request("{{ 1 // 0 }}"), "expected another number, found 0"),
    (request("{{ 9223372036854775807 + 1 }}"), "expected integers of 64 bits, found a larger one"),
    (request("{{ 'a'.split('') }}"), "expected a separator, found an empty string"),
    (request("{{ range(100001) | length }}"), "expected a range of at most 100000 numbers"),
    (request("{% set a, b = [1] %}"), "expected as many values as there are names to set"),
    (request("{% set x = 1 %}{% set x.y = 1 %}"), "expected a namespace, found an integer"),
    (request("{% macro m(a) %}{% endmacro %}{{ m(1, 2) }}"), "expected fewer arguments for the macro m"),
    (request("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}"), "calls within each other, found too many"),
    (request("{% set ns = namespace(x=[]) %}{% for a in range(200) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x }}"),
     "expected at most 128 lists and mappings within each other"),
    (request("{% set x = range(99999) %}{% for a in x %}{% for b in x %}{% endfor %}{% endfor %}"),
     "found none after 2^24 steps"),
    (request("", messages="[{]"), "messages, line 1, column 3: expected"),
    (request("", messages="[\n 1"), "messages, line 2, column 3: expected"),
    (request("", messages="{}"), "messages, line 1, column 1: expected a list"),
    (request("", tools="[1"), "tools, line 1, column 3: expected"),
    (request("", variables="[]"), "variables, line 1, column 1: expected a mapping"),
    (request("{{ messages }}", messages="[{}]"), "messages: expected at /0 an object with a role, found none"),
    (request("{{ messages }}", messages='[{"role":"user"}, 3]'), "messages: expected at /1 an object with a role"),
    (request("{{ messages }}", flags=3), "expected LFM2RT_CHAT_ANSWER or LFM2RT_CHAT_CONTINUE, found both"),
    (request("{{ messages }}", messages='[{"role":"user"}]', flags=2), "expected text in the last one to be continued"),
    (request("{{ messages | length }}", flags=2), "expected the template to print the last message"),
]


def test_errors_say_where(ask):
    for (asked, message), answer in zip(ERRORS, ask([asked for asked, _ in ERRORS])):
        assert message in answer.get("error", ""), (asked["template"], answer)


FAMILY_FORM = ("{{ bos_token }}{% for m in messages %}{{ '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>\\n' }}"
               "{% endfor %}")


def test_variables_come_from_the_caller(ask):
    asked = [request("{{ x }}{{ bos_token }}{{ y is defined }}{{ documents is none }}{{ tools is none }}"),
             request("{{ x }}{{ bos_token }}{{ y is defined }}", variables='{"x": 1.50, "bos_token": "b", "y": null}')]
    assert [answer["text"] for answer in ask(asked)] == ["<|startoftext|>FalseTrueTrue", "1.5bTrue"]
