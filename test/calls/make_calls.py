#!/usr/bin/env python3
"""Writes blocks of tool calls as models may spell them, with what Python says they are:
`ast` of the Pythonic form, `json` of the other. test/unit/Runtime/ToolCallsTest.cpp
reads them in every pair of pieces.

    make_calls.py OUT [--seed N] [--count N]

An entry of "calls" is [text, calls, strict]. `calls` is a list of [name, arguments as
json.dumps writes them], or null where Python refuses the text. Where `strict` is false,
the runtime may read what Python refuses: it takes `true`, raw line ends in strings and
missing brackets. Left out, since the runtime has its own mind about them, are comments,
spaces within names and behind signs, and equal keys.

An entry of "texts" is [name, arguments, what a chat template of the family makes of them].
"""

import argparse
import ast
import io
import json
import math
import random
import re
import tokenize
import warnings

import jinja2

warnings.simplefilter("ignore")  # Of escapes that are none.

NAMES = ["f", "get_weather", "Calendar.create_event", "a.b.c", "größe", "_x1"]
KEYS = ["a", "city", "_n", "größe", "x1"]
WORDS = ["Paris", "it's", 'say "hi"', "a\\b", "ünïcödé", "日本", "😀", "", " ", "</think>", "<|im_end|"]
WORDS += list("\n\t\x00\x7f\\'\"[),=#")


def random_text(rng):
    return "".join(rng.choice(WORDS) if rng.random() < 0.7 else chr(rng.randrange(0x20, 0x250)) for _ in range(rng.randrange(4)))


def spell_text(rng, text):
    """A Python literal of the text, in pieces that stand side by side."""
    if len(text) > 1 and rng.random() < 0.15:
        cut = rng.randrange(1, len(text))
        return spell_text(rng, text[:cut]) + rng.choice(["", " ", "\n "]) + spell_text(rng, text[cut:])
    quote = rng.choice(["'", "'", '"', "'''", '"""'])
    if rng.random() < 0.15 and quote not in text and "\\" not in text and not text.endswith(quote[0]) and not set("\n\r") & set(text):
        return rng.choice("rR") + quote + text + quote
    spelled = []
    for c in text:
        kind = rng.randrange(12)
        code = ord(c)
        if c == "\\" or c == quote[0]:
            spelled.append("\\" + c)
        elif c == "\n" and len(quote) == 3 and kind < 6:
            spelled.append(rng.choice(["\n", "\r\n"]))
        elif c in "\n\r":
            spelled.append({"\n": "\\n", "\r": "\\r"}[c])
        elif c == "\0" or (kind == 0 and code < 256):
            spelled.append("\\x%02x" % code)
        elif kind == 1 and code < 0x10000:
            spelled.append("\\u%04X" % code)
        elif kind == 2 and code > 0xFFFF:
            spelled.append("".join("\\u" + c.encode("utf-16-be").hex()[i : i + 4] for i in (0, 4)))
        elif kind == 2:
            spelled.append("\\U%08x" % code)
        elif kind == 3 and code < 512:
            spelled.append("\\%03o" % code)
        elif c in "\a\b\t\v\f" and kind < 9:
            spelled.append("\\" + "abtvf"["\a\b\t\v\f".index(c)])
        else:
            spelled.append(c)
        if rng.random() < 0.02:
            spelled.append(rng.choice(["\\\n", "\\\r\n", "\\d", "\\q"]))
    return rng.choice(["", "", "", "u", "U"]) + quote + "".join(spelled) + quote


def random_value(rng, depth):
    kind = rng.randrange(10 if depth else 7)
    if kind == 0:
        return rng.choice([True, False, None])
    if kind == 1:
        return rng.choice([0, 7, -3, 10**20, -(2**63), rng.randrange(10**9)])
    if kind == 2:
        return rng.choice([0.5, -1.25e-7, 1e16, 1e22, 3.0, rng.random(), rng.uniform(-1e9, 1e9)])
    if kind < 7:
        return random_text(rng)
    count = rng.randrange(4)
    if kind == 7:
        return [random_value(rng, depth - 1) for _ in range(count)]
    if kind == 8:
        return tuple(random_value(rng, depth - 1) for _ in range(count))
    return {rng.choice([random_text(rng), rng.randrange(9), 1.5, None, True]): random_value(rng, depth - 1) for _ in range(count)}


def space(rng):
    return rng.choice(["", "", "", " ", "\n", "\t", "  \n", "\\\n", "\r\n"])


def items(rng, texts):
    body = (space(rng) + "," + rng.choice([" ", space(rng)])).join(texts)
    return body + (space(rng) + "," if texts and rng.random() < 0.1 else "")


def spell_number(rng, number):
    if isinstance(number, int) and 0 <= number < 2**64:
        upper = hex(number).upper().replace("X", "x")
        decimal = [str(number), f"{number:_}", f"+{number}"]
        return rng.choice(decimal + [hex(number), upper, oct(number), f"0b{number:_b}"])
    text = rng.choice([repr(number), "%.17e" % number, "%.3E" % number]) if isinstance(number, float) else str(number)
    return text.replace("0.", ".", 1) if text.startswith("0.") and rng.random() < 0.3 else text


def spell(rng, value):
    if isinstance(value, str):
        text = spell_text(rng, value)
    elif value is None or isinstance(value, bool):
        text = str(value)
    elif isinstance(value, (int, float)):
        text = spell_number(rng, value)
    elif isinstance(value, dict):
        keys = [spell_text(rng, key) if isinstance(key, str) else repr(key) for key in value]
        members = [key + space(rng) + ":" + space(rng) + spell(rng, v) for key, v in zip(keys, value.values())]
        text = "{" + space(rng) + items(rng, members) + "}"
    else:
        parts = [spell(rng, v) for v in value]
        if isinstance(value, list):
            text = "[" + space(rng) + items(rng, parts) + "]"
        else:
            text = "(" + (parts[0] + "," if len(parts) == 1 else items(rng, parts)) + ")"
    if rng.random() < 0.05:
        text = "(" + space(rng) + text + space(rng) + ")"
    return text


def spell_call(rng, name, arguments):
    parts = [key + rng.choice(["=", "=", " = "]) + spell(rng, value) for key, value in arguments.items()]
    return name + space(rng) + "(" + space(rng) + items(rng, parts) + space(rng) + ")"


def pythonic(rng):
    calls = []
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        keys = rng.sample(KEYS, rng.randrange(4))
        calls.append(spell_call(rng, rng.choice(NAMES), {key: random_value(rng, 3) for key in keys}))
    return space(rng) + "[" + space(rng) + items(rng, calls) + space(rng) + "]" + space(rng)


def as_json(rng):
    """Strict JSON."""
    calls = []
    for _ in range(rng.choice([1, 1, 2])):
        arguments = {random_text(rng): random_value(rng, 3) for _ in range(rng.randrange(3))}
        style = rng.choice([{}, {"ensure_ascii": False}, {"separators": (",", ":")}, {"indent": 1}])
        if rng.random() < 0.3:
            arguments = json.dumps(arguments, **style)
        members = [("name", rng.choice(NAMES)), (rng.choice(["arguments", "parameters"]), arguments)]
        if rng.random() < 0.3:
            members.insert(rng.randrange(3), (rng.choice(["id", "type", "é"]), random_value(rng, 2)))
        rng.shuffle(members)
        text = json.dumps(dict(members), **style)
        calls.append(text.replace("/", "\\/") if rng.random() < 0.2 else text)
    return calls[0] if len(calls) == 1 and rng.random() < 0.5 else "[" + ", ".join(calls) + "]"


def refuse(why):
    raise ValueError(why)


def read_float(text):
    return float(text) if math.isfinite(float(text)) else refuse("infinite")


def joined(value):
    """The value with surrogate pairs as characters; refuses halves, and what JSON lacks."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16")
    if isinstance(value, (list, tuple)):
        return [joined(v) for v in value]
    if isinstance(value, dict):
        if not all(k is None or isinstance(k, (str, int, float)) for k in value):
            refuse("key")
        keys = list(json.loads(json.dumps({joined(k) if isinstance(k, str) else k: 0 for k in value})))
        return dict(zip(keys, map(joined, value.values()))) if len(keys) == len(value) else refuse("equal keys")
    if isinstance(value, float) and not math.isfinite(value):
        refuse("infinite")
    return value if value is None or isinstance(value, (bool, int, float)) else refuse("type")


def judge_pythonic(text):
    if not text.strip():
        return []  # No calls; Python has no word for it.
    try:
        text = re.sub(r"^(\s|\\\r?\n)+|(\s|\\\r?\n)+$", "", text)
        tree = ast.parse(text, mode="eval").body
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
        for token, following in zip(tokens, tokens[1:]):
            if token.type == tokenize.COMMENT or (token.string in ("+", "-") and token.end != following.start):
                refuse("comment, or a sign that stands alone")
        calls = []
        before = "["
        for call in tree.elts if isinstance(tree, ast.List) else refuse("no list"):
            if not isinstance(call, ast.Call) or call.args or any(k.arg is None for k in call.keywords):
                refuse("no call")
            # For Python a call in parentheses is one, and its name may be any expression.
            source = ast.get_source_segment(text, call)
            name, body = ast.unparse(call.func), text.split(before, 1)[1]
            if not all(part.isidentifier() for part in name.split(".")) or "(" in body[: body.index(source)]:
                refuse("no call")
            mappings = [node.keys for node in ast.walk(call) if isinstance(node, ast.Dict)]
            keys = [[ast.literal_eval(key) if key else refuse("**") for key in mapping] for mapping in mappings]
            if not source.startswith(name) or any(len(set(some)) < len(some) for some in keys):
                refuse("spaces, or equal keys")
            before = source
            arguments = {k.arg: joined(ast.literal_eval(k.value)) for k in call.keywords}
            calls.append([ast.unparse(call.func), json.dumps(arguments, ensure_ascii=False)])
        return calls
    except (SyntaxError, ValueError, TypeError, MemoryError, RecursionError, tokenize.TokenError):
        return None


def distinct(pairs):
    return dict(pairs) if len(dict(pairs)) == len(pairs) else refuse("equal keys")


def judge_json(text):
    try:
        options = {"parse_constant": refuse, "parse_float": read_float, "object_pairs_hook": distinct}
        value = joined(json.loads(text, **options))
        calls = []
        for call in value if isinstance(value, list) else [value]:
            arguments = call.get("arguments", call.get("parameters", {}))
            if isinstance(arguments, str):
                arguments = json.loads(arguments, **options)
            if not isinstance(arguments, dict) or not isinstance(call["name"], str) or not 0 < len(call["name"].encode()) < 128:
                refuse("no call")
            calls.append([call["name"], json.dumps(joined(arguments), ensure_ascii=False)])
        return calls
    except (ValueError, KeyError, AttributeError, RecursionError):
        return None


# As the family's templates print a call: text in single quotes, mappings as JSON, all
# else as Python has it.
TEMPLATE = """{{ name }}({% for key, value in arguments.items() -%}
{{ key }}={% if value is string %}'{{ value }}'{% elif value is mapping %}{{ value | tojson }}{% else %}{{ value | string }}{% endif %}
{%- if not loop.last %}, {% endif %}{% endfor %})"""


def templates(rng, count):
    environment = jinja2.Environment(keep_trailing_newline=True)
    environment.filters["tojson"] = lambda value: json.dumps(value, ensure_ascii=False)
    template = environment.from_string(TEMPLATE)
    for _ in range(count):
        arguments = {key: random_value(rng, 3) for key in rng.sample(KEYS, rng.randrange(4))}
        arguments = json.loads(json.dumps(arguments).replace("100000000000000000000", "1"))
        name = rng.choice(NAMES)
        yield [name, json.dumps(arguments), template.render(name=name, arguments=arguments)]


def damage(rng, text):
    for _ in range(rng.randrange(1, 3)):
        at = rng.randrange(len(text) + 1)
        kind = rng.randrange(3)
        if kind == 0:
            text = text[:at] + text[at + 1 :]
        elif kind == 1:
            text = text[:at] + rng.choice("()[]{},:='\"\\0123456789_.eEx-+rnTa \n\r") + text[at:]
        else:
            text = text[: at or 1]
    return text


# What no generator makes: calls, and values of an argument, good ones and others.
CALLS = """\
[]   [f()]   [f(a=1,)]   [f(1)]   [f('x')]   [f(*a)]   [f(**a)]   [f(a)]   [f(a==1)]   [f(a=)]   [f(a=1 b=2)]
[f(,)]   [f(a=1,,b=2)]   [f(a=1]   [f(a=1)}   [f(a=1)]]   [f(a=1)].   [[f()]]   [f]   [f()()]   [f().g()]   [(f())]"""
VALUES = r"""
(1)   (1,)   ()   ((1),(2,))   ('x' 'y')   ''' ''''' '   'a''b'   ''""   r'\''   R'\\'   '\400\777'   '\08'
0xff   0XFF_FF   0x_f   0o_7   0o17   0b1_0   -0x10   00   0_0   -0   +1   1.   .5   1e5   1_0.2_5e1_0   01.5   -0.0
5e-324   1E-400   '\ud83d\ude00'   {'b':1,}
01   1__0   1_   _1   0x   0x_   0b2   1e   .   1.5.2   1e400   1j   b'x'   f'x'   {1, 2}   x   1+2   --1   nan   [,]
'\x4'   '\u12'   '\U00110000'   '\ud800'   '\udc00\ud800'   'x   '''x''   {'b'}   {'b':}   {**b}   {(1,2):3}
{[]:3}   [   (]   {"""
EXTRA = ["", " ", *re.split("   |\n", CALLS), *(f"[f(a={value})]" for value in re.split("   |\n", VALUES))]
EXTRA.append("[f(a=" + "[" * 126 + "]" * 126 + ")]")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=2400)
    args = parser.parse_args()
    rng = random.Random(args.seed)
    entries = [[text, judge_pythonic(text), True] for text in EXTRA]
    good = []
    while len(good) < args.count:
        python = rng.random() < 0.7
        text = pythonic(rng) if python else as_json(rng)
        calls = judge_pythonic(text) if python else judge_json(text)
        # Few are refused: infinite numbers in other words, two keys that are one in JSON.
        if calls is not None and len(text) < 400:
            good.append([text, calls, True])
    entries += good
    for _ in range(args.count // 3):
        text = damage(rng, rng.choice(good)[0])
        entries.append([text, judge_json(text) if text.lstrip("[ ").startswith("{") else judge_pythonic(text), False])
    with open(args.out, "w", encoding="utf-8") as out:
        for name, rows in {"calls": entries, "texts": list(templates(rng, 400))}.items():
            out.write("{" if name == "calls" else ",\n")
            out.write(f'"{name}":[' + ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "]")
        out.write("}\n")


if __name__ == "__main__":
    main()
