"""Damage done to files, by a generator of random numbers: the same seed damages alike.

Each function takes the generator and bytes, and gives other bytes. What a disk, a transfer, an editor or
somebody who means harm does to a file is one of these, or several in a row.
"""

import re

# Values at the borders of what counts, sizes and offsets are read into.
NUMBERS = [0, 1, 2, 127, 128, 255, 256, 32767, 65535, 65536, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32,
           2 ** 53, 2 ** 63 - 1, 2 ** 63, 2 ** 64 - 1, 2 ** 64]
WORDS = ["null", "true", "-1", "-0.0", "1e999", "NaN", "\"\"", "\"\\u0000\"", "[]", "{}", "[[]]", "0.5", "\"x\""]


def place(random, data):
    """The beginning of a file, where its tables are, is hit as often as all of it."""
    limit = len(data) if random.random() < 0.5 else min(len(data), 4096)
    return random.randrange(max(limit, 1))


def flip_bits(random, data):
    out = bytearray(data)
    for _ in range(random.choice([1, 1, 2, 8])):
        if out:
            out[place(random, out)] ^= 1 << random.randrange(8)
    return bytes(out)


def cut(random, data):
    return data[:random.randrange(len(data) + 1)]


def drop(random, data):
    at = place(random, data)
    return data[:at] + data[at + random.choice([1, 4, 8, 100, 4096]):]


def insert(random, data):
    at = place(random, data)
    return data[:at] + random.randbytes(random.choice([1, 4, 8, 100, 4096])) + data[at:]


def repeat(random, data):
    at, size = place(random, data), random.choice([1, 8, 64, 1024])
    return data[:at] + data[at:at + size] * random.choice([2, 3, 50]) + data[at + size:]


def exchange(random, data):
    a, b, size = place(random, data), place(random, data), random.choice([1, 8, 64])
    out = bytearray(data)
    first, second = out[a:a + size], out[b:b + size]
    if len(first) == len(second):
        out[a:a + size], out[b:b + size] = second, first
    return bytes(out)


def overwrite_number(random, data):
    """A number of 4 or 8 bytes becomes one at a border."""
    size = random.choice([4, 8])
    at = place(random, data)
    number = random.choice(NUMBERS) % 2 ** (8 * size)
    return data[:at] + number.to_bytes(size, "little") + data[at + size:]


def zeros(random, data):
    at, size = place(random, data), random.choice([1, 16, 512, 4096])
    return data[:at] + bytes(min(size, len(data) - at)) + data[at + size:]


BYTES = [flip_bits, flip_bits, cut, drop, insert, repeat, exchange, overwrite_number, overwrite_number, zeros]


def some_match(random, data, pattern):
    found = list(re.finditer(pattern, data))
    return random.choice(found) if found else None


def replace_match(random, data, pattern, new):
    match = some_match(random, data, pattern)
    return data[:match.start()] + new + data[match.end():] if match else data


def text_number(random, data):
    number = random.choice(NUMBERS + [-1, -2 ** 31, -2 ** 63])
    return replace_match(random, data, rb"-?\d+", str(number).encode())


def text_word(random, data):
    return replace_match(random, data, rb'"[^"\n]{0,40}"|\b\w+\b', random.choice(WORDS).encode())


def text_exchange(random, data):
    """One word stands where another is."""
    match = some_match(random, data, rb"[%@#!]?[\w.]+")
    return replace_match(random, data, rb"[%@#!]?[\w.]+", match.group()) if match else data


def text_line(random, data):
    """A line is lost, there twice, or somewhere else."""
    lines = data.split(b"\n")
    at = random.randrange(len(lines))
    line = lines[at]
    if random.random() < 0.7:
        del lines[at]
    if random.random() < 0.7:
        lines.insert(random.randrange(len(lines) + 1), line)
    return b"\n".join(lines)


def text_bracket(random, data):
    bracket = random.choice([b"[", b"]", b"{", b"}", b"<", b">", b"(", b")", b'"', b","])
    if random.random() < 0.5:
        return replace_match(random, data, re.escape(bracket), b"")
    at = place(random, data)
    return data[:at] + bracket * random.choice([1, 1, 1, 9000]) + data[at:]


TEXT = [text_number, text_number, text_word, text_exchange, text_line, text_bracket, flip_bits, cut, drop, repeat]


def damage(random, data, mutators):
    """`data` after one to three of the mutators."""
    for _ in range(random.choice([1, 1, 1, 2, 3])):
        data = random.choice(mutators)(random, data)
    return data
