"""enlarge.py WEIGHTS BYTES OUT: writes OUT, a file with holes: the archive of the file WEIGHTS with a description
that makes it BYTES long, and a footer that fits."""
import pathlib
import struct
import sys

sys.path.append(str(pathlib.Path(__file__).parents[1]))
import archive

source, size, out = sys.argv[1], int(sys.argv[2]), sys.argv[3]
with open(source, "rb") as file:
    data = file.read()
footer = bytearray(data[-archive.FOOTER:])
_, weights, tokenizer, info, *small, hashes = struct.unpack_from("<9Q", footer, archive.PLACES)


def padded(count):
    return (count + 63) // 64 * 64


others = sum(padded(count) for count in (weights, tokenizer, *small))
# The hashes of a longer description take from it, which may make them fewer.
for _ in range(3):
    info = size - others - padded(hashes)
    hashes = 8 * (1 + sum(-(-count >> 20) for count in (weights, tokenizer, info, *small)))
assert others + padded(info) + padded(hashes) == size
struct.pack_into("<9Q", footer, archive.PLACES, size, weights, tokenizer, info, *small, hashes)
archive.seal(footer)
with open(out, "wb") as file:
    file.write(data[:padded(weights) + padded(tokenizer)])
    file.seek(size)
    file.write(footer)
