"""Reads a GGUF v3 file to plain lists and writes it again, right or wrong: what
the tests of malformed checkpoints change is any field of these."""

import dataclasses
import struct

SCALAR = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "B", 10: "Q", 11: "q", 12: "d"}
STRING, ARRAY = 8, 9


@dataclasses.dataclass
class TensorInfo:
    name: bytes
    dims: list  # innermost first, as in the file
    type: int
    offset: int


@dataclasses.dataclass
class File:
    version: int
    fields: list  # (key, type, raw value bytes)
    tensors: list  # TensorInfo
    data: bytes
    alignment: int = 32
    magic: bytes = b"GGUF"
    tensor_count: int = None  # what the header claims; None: the truth
    field_count: int = None

    def tensor(self, name):
        return next(t for t in self.tensors if t.name == name.encode())

    def remove(self, name):
        """Takes the tensor out, its bytes too."""
        gone = self.tensor(name)
        later = [t for t in self.tensors if t.offset > gone.offset]
        end = min((t.offset for t in later), default=len(self.data))
        self.data = self.data[:gone.offset] + self.data[end:]
        for tensor in later:
            tensor.offset -= end - gone.offset
        self.tensors.remove(gone)

    def field(self, key):
        """The index of the field whose key ends so."""
        return next(i for i, f in enumerate(self.fields) if f[0].decode().endswith(key))

    def set(self, key, code, value):
        """Gives a scalar field another value."""
        index = self.field(key)
        kind = next(k for k, c in SCALAR.items() if c == code)
        self.fields[index] = (self.fields[index][0], kind, struct.pack("<" + code, value))

    def set_string(self, key, value):
        index = self.field(key)
        self.fields[index] = (self.fields[index][0], STRING, string(value.encode()))

    def header(self):
        out = [self.magic, struct.pack(
            "<IQQ", self.version,
            len(self.tensors) if self.tensor_count is None else self.tensor_count,
            len(self.fields) if self.field_count is None else self.field_count)]
        for key, kind, raw in self.fields:
            out += [string(key), struct.pack("<I", kind), raw]
        for tensor in self.tensors:
            out += [string(tensor.name), struct.pack("<I", len(tensor.dims)),
                    struct.pack(f"<{len(tensor.dims)}Q", *tensor.dims),
                    struct.pack("<IQ", tensor.type, tensor.offset)]
        return b"".join(out)

    def write(self, path):
        header = self.header()
        with open(path, "wb") as file:
            file.write(header + b"\0" * (-len(header) % self.alignment) + self.data)


def string(text):
    return struct.pack("<Q", len(text)) + text


def value_end(blob, at, kind):
    if kind in SCALAR:
        return at + struct.calcsize(SCALAR[kind])
    if kind == STRING:
        return at + 8 + struct.unpack_from("<Q", blob, at)[0]
    element, count = struct.unpack_from("<IQ", blob, at)
    at += 12
    if element in SCALAR:
        return at + count * struct.calcsize(SCALAR[element])
    for _ in range(count):
        at = value_end(blob, at, element)
    return at


def read(path):
    with open(path, "rb") as file:
        blob = file.read()
    version, tensor_count, field_count = struct.unpack_from("<IQQ", blob, 4)
    at, fields, tensors, alignment = 24, [], [], 32

    def take_string():
        nonlocal at
        size = struct.unpack_from("<Q", blob, at)[0]
        at += 8 + size
        return blob[at - size:at]

    for _ in range(field_count):
        key = take_string()
        kind = struct.unpack_from("<I", blob, at)[0]
        end = value_end(blob, at + 4, kind)
        fields.append((key, kind, blob[at + 4:end]))
        at = end
        if key == b"general.alignment":
            alignment = struct.unpack("<I", fields[-1][2])[0]
    for _ in range(tensor_count):
        name = take_string()
        rank = struct.unpack_from("<I", blob, at)[0]
        dims = list(struct.unpack_from(f"<{rank}Q", blob, at + 4))
        kind, offset = struct.unpack_from("<IQ", blob, at + 4 + 8 * rank)
        at += 4 + 8 * rank + 12
        tensors.append(TensorInfo(name, dims, kind, offset))
    return File(version, fields, tensors, blob[at + (-at % alignment):], alignment)
