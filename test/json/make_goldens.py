#!/usr/bin/env python3
"""Writes what Python's json module says of random and nasty documents, for
test/unit/Runtime/JsonTest.cpp.

    make_goldens.py [--seed N] [--scale N] > goldens.json

The committed file is of the default seed and scale. More by hand:

    make_goldens.py --seed 2 --scale 100 > /tmp/more.json
    LFM2_JSON_GOLDENS=/tmp/more.json build/test/unit/RuntimeTests --gtest_filter='Json*'

Python is lenient in four things that the runtime refuses: NaN and Infinity, numbers
beyond the largest double, lone surrogates, and bytes that are no UTF-8. An integer of
more than 64 bits is a double in the runtime.
"""

import argparse
import json
import math
import random
import struct
from fractions import Fraction

# json.dumps(value, **style) for each of them.
STYLES = [
    {},
    {"ensure_ascii": False, "separators": (",", ":")},
    {"ensure_ascii": False, "indent": 2},
    {"indent": 0, "sort_keys": True},
    {"sort_keys": True, "separators": (" ,", " : ")},
]


def bits(number):
    return struct.pack(">d", number).hex()


def refuse(text):
    raise ValueError(text)


def read_float(text):
    number = float(text)
    return number if math.isfinite(number) else refuse(text)


def read_int(text):
    # Python counts the digits of integers; the runtime need not.
    if len(text) < 30 and -(2**63) <= int(text) < 2**63:
        return int(text)
    return read_float(text)


def whole(value):
    """The value, where its strings are Unicode, also those that another replaces."""
    json.dumps(value, ensure_ascii=False).encode("utf-8")
    return value


def judge(document):
    """The value of the bytes; None in a list where they are refused."""
    try:
        value = json.loads(
            document.decode("utf-8"),
            parse_constant=refuse,
            parse_int=read_int,
            parse_float=read_float,
            object_pairs_hook=lambda pairs: dict(whole(pairs)),
        )
        return [whole(value)]
    except ValueError:
        return None


def random_double(rng):
    kind = rng.randrange(8)
    if kind < 3:
        number = struct.unpack(">d", rng.randbytes(8))[0]
        return number if math.isfinite(number) else 0.5
    if kind == 3:  # The neighbours of powers of two, where the distances differ.
        number = math.ldexp(1.0, rng.randrange(-1074, 1024))
        return rng.choice([number, math.nextafter(number, 0), math.nextafter(number, math.inf)])
    if kind == 4:
        return rng.randrange(10 ** rng.randrange(1, 18)) / 10.0 ** rng.randrange(0, 25)
    if kind == 5:
        return float(rng.randrange(10 ** rng.randrange(1, 25)))
    if kind == 6:
        return math.ldexp(rng.randrange(1, 2**20), -1074)  # Subnormal.
    return float("%d.%de%d" % (rng.randrange(10), rng.randrange(10**6), rng.randrange(-308, 308)))


def exact_decimal(number):
    """All digits of a fraction whose denominator is a power of two, as digits and exponent."""
    power = number.denominator.bit_length() - 1
    return str(number.numerator * 5**power), -power


def between(rng):
    """Texts at, above and below the middle between two doubles."""
    number = abs(random_double(rng))
    above = math.nextafter(number, math.inf)
    if not math.isfinite(above):
        number, above = 1.0, math.nextafter(1.0, 2)
    digits, exponent = exact_decimal((Fraction(number) + Fraction(above)) / 2)
    yield f"{digits}e{exponent}"
    yield f"{digits}{'0' * rng.randrange(300)}1e{exponent - 1}" if rng.random() < 0.5 else f"{int(digits) * 10 + 1}e{exponent - 1}"
    yield f"{int(digits) * 10 - 1}e{exponent - 1}"
    point = rng.randrange(1, len(digits)) if len(digits) > 1 else 1
    yield f"-{digits[:point]}.{digits[point:] or '0'}E+{exponent + len(digits) - point}".replace("+-", "-")


CHARACTERS = [
    lambda rng: chr(rng.randrange(0x20, 0x7F)),
    lambda rng: chr(rng.randrange(0x20)),
    lambda rng: rng.choice('"\\/\b\f\n\r\t\x7f\x00'),
    lambda rng: chr(rng.randrange(0x80, 0x800)),
    lambda rng: rng.choice("äß€中日\ud7ff\ue000\ufeff\ufffd\uffff"),
    lambda rng: chr(rng.randrange(0x10000, 0x110000)),
]


def random_string(rng):
    kinds = rng.sample(CHARACTERS, rng.randrange(1, 4))
    return "".join(rng.choice(kinds)(rng) for _ in range(rng.choice([0, 1, 3, 12, 30])))


def random_value(rng, depth):
    kind = rng.randrange(9 if depth > 0 else 7)
    if kind == 0:
        return rng.choice([None, True, False])
    if kind == 1:
        return rng.choice([1, -1]) * rng.randrange(2 ** rng.choice([4, 31, 53, 63]))
    if kind == 2:
        return rng.choice([0, -(2**63), 2**63 - 1, 10**15, 10**17])
    if kind == 3:
        return random_double(rng)
    if kind < 7:
        return random_string(rng)
    count = rng.choice([0, 1, 2, 5])
    if kind == 7:
        return [random_value(rng, depth - 1) for _ in range(count)]
    return {random_string(rng): random_value(rng, depth - 1) for _ in range(count)}


def spell_string(rng, text):
    escapes = rng.random() < 0.5

    def spell(c):
        short = {"\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\"}
        if c in short and rng.random() < 0.5:
            return short[c]
        if c == "/" and escapes:
            return "\\/"
        if c in '"\\' or c < " " or (escapes and rng.random() < 0.3):
            units = c.encode("utf-16-be").hex()
            text = "".join("\\u" + units[i : i + 4] for i in range(0, len(units), 4))
            return text if rng.random() < 0.5 else text.upper().replace("\\U", "\\u")
        return c

    return '"' + "".join(map(spell, text)) + '"'


def spell(rng, value):
    """A document that says `value`, or nearly, in other words than json.dumps."""

    def space():
        return "".join(rng.choice(" \t\r\n") for _ in range(rng.choice([0, 0, 0, 1, 2])))

    if isinstance(value, str):
        body = spell_string(rng, value)
    elif isinstance(value, bool) or value is None:
        body = json.dumps(value)
    elif isinstance(value, int):
        body = rng.choice([str(value), f"{value}e0", f"{value}.0", f"{value}E+2", f"{value}E-03"])
    elif isinstance(value, float):
        body = rng.choice([repr(value), "%.17e" % value, "%.25g" % value, "%.3g" % value]).replace("e+", "e")
    elif isinstance(value, list):
        body = "[" + space() + ",".join(spell(rng, v) for v in value) + "]"
    else:
        members = [(k, v) for k, v in value.items()]
        if members and rng.random() < 0.3:  # A name twice.
            members.insert(rng.randrange(len(members) + 1), (rng.choice(members)[0], random_value(rng, 0)))
        body = "{" + space() + ",".join(space() + spell_string(rng, k) + space() + ":" + spell(rng, v) for k, v in members) + "}"
    return space() + body + space()


NASTY = [
    *("", " ", "nul", "nulll", "null null", "True", "tru", "[", "]", "{", "}", "[,]", "[1,]", "[1 2]", "[,1]", "[1],"),
    *("{1:2}", '{"a"}', '{"a":}', '{"a":1,}', '{,"a":1}', '{"a" 1}', '{"a":1 "b":2}', "{'a':1}", '{"a":1]', "[1}"),
    *("-", "+1", "01", "-01", "1.", ".5", "1.e2", "1e", "1e+", "1E-", "0x10", "1_000", "--1", "- 1", "1 .5", "0.0.0"),
    *("NaN", "Infinity", "-Infinity", "nan", "1e309", "-1e309", "1.7976931348623159e308", "[1e400]", "0e999999999999"),
    *("1e-999999999999", "1.7976931348623157e308", "1.7976931348623158e308", "4.9e-324", "2.4e-324", "2.5e-324"),
    *("-0", "-0.0", "0", "0.0", "9223372036854775807", "9223372036854775808", "-9223372036854775808"),
    *("-9223372036854775809", "18446744073709551616", "123456789012345678901234567890", "9007199254740993"),
    *('"', '"a', '"\\', '"\\"', '"\\x41"', '"\\u12"', '"\\u12g4"', '"\\ud800"', '"\\udc00"', '"\\ud800x"', '"\\ud800\\u0041"'),
    *('"\\ud83d\\ude00"', '"\\uD83D\\uDE00"', '"\\ud83d\\ud83d"', '"\\udc00\\ud800"', '"\\u0000"', '"\n"', '"\t"', '"\x7f"'),
    *('"\\a"', '"\\\'"', "'a'", '"\\/"', "/*a*/1", "1//a", "#", "\ufeff1", "\u00a01", "\v1", "\f1", "1\x00", "\x001"),
    *('{"a":1,"b":2,"a":3}', '{"a":1,"a":{"a":1,"a":[]}}', '{"":1,"":2}', '{"b":1,"a":2,"\\u0061":3,"c":4,"b":5}'),
    *("[[[[[[]]]]]]", "[" * 128 + "]" * 128, '{"a":' * 128 + "1" + "}" * 128, "[]]", "[[]", '{"a":[}', "[{]}"),
    *("[]", "{}", "[[],{}]", '[""]', '{"":""}', '[null,true,false]', "\n[\r\n1\t]\n"),
]
BROKEN = [b'"\xff"', b'"\xc3"', b'"\xc0\x80"', b'"\xed\xa0\x80"', b'"\xf4\x90\x80\x80"', b'"\xe2\x82"', b"\xff", b'"\x80"', b'{"\xff":1}']


def damage(rng, document):
    for _ in range(rng.randrange(1, 3)):
        at = rng.randrange(len(document) + 1)
        document = rng.choice(
            [
                lambda: document[:at] + document[at + 1 :],
                lambda: document[:at],
                lambda: document[:at] + rng.choice(b'[]{},:"\\0123456789eE.+-tfn \n\xc3').to_bytes(1, "big") + document[at:],
                lambda: document[:at] + bytes([rng.randrange(256)]) + document[at + 1 :],
            ]
        )()
    return document


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scale", type=int, default=1)
    args = parser.parse_args()
    rng = random.Random(args.seed)
    scale = args.scale

    doubles = [0.0, -0.0, 1e16, 1e15, 123456789012345680.0, 1e-4, 1e-5, 5e-324, 2.2250738585072014e-308, 2.0**-44, 1e23, 1e22]
    doubles += [random_double(rng) for _ in range(600 * scale)]
    numbers = [text for _ in range(8 * scale) for text in between(rng)]
    numbers += ["%.*e" % (rng.randrange(25), random_double(rng)) for _ in range(200 * scale)]

    documents = [text.encode("utf-8", "surrogatepass") for text in NASTY] + BROKEN
    spelled = [spell(rng, random_value(rng, 4)).encode("utf-8") for _ in range(350 * scale)]
    documents += spelled
    documents += [damage(rng, rng.choice(spelled)) for _ in range(500 * scale)]
    read = []
    for number, document in enumerate(documents):
        value, style = judge(document), number % len(STYLES)
        try:
            text = document.decode("utf-8")
        except UnicodeDecodeError:
            text = [document.hex()]
        read.append([text, style, json.dumps(value[0], **STYLES[style]) if value else None])

    # How the runtime writes a double, which double it reads, what a document is in a style.
    goldens = {
        "writes": [[bits(number), repr(number)] for number in doubles],
        "reads": [[text, bits(float(text))] for text in numbers],
        "documents": read,
    }
    # In UTF-8, since LLVM's reader, which the test uses, joins surrogates wrongly.
    rows = {name: ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows) for name, rows in goldens.items()}
    parts = [f'"{name}":[\n{text}\n]' for name, text in rows.items()]
    print("{" + ",\n".join(parts) + "}")


if __name__ == "__main__":
    main()
