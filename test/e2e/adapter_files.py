"""Adapters as PEFT saves them, read, changed and written with numpy alone."""

import json
import os
import struct

import numpy


def read_tensors(path):
    """{name: array} of a safetensors file of floats, in the order of the file."""
    with open(path, "rb") as file:
        blob = file.read()
    size = struct.unpack("<Q", blob[:8])[0]
    header = json.loads(blob[8:8 + size])
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        assert entry["dtype"] == "F32"
        begin, end = entry["data_offsets"]
        tensors[name] = numpy.frombuffer(blob[8 + size:][begin:end], "<f4").reshape(entry["shape"])
    return tensors


def write_tensors(path, tensors):
    header, offset, data = {}, 0, []
    for name, values in tensors.items():
        values = numpy.ascontiguousarray(values, "<f4")
        header[name] = {"dtype": "F32", "shape": list(values.shape), "data_offsets": [offset, offset + values.nbytes]}
        offset += values.nbytes
        data.append(values.tobytes())
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(data))


class AdapterFolder:
    """A PEFT folder in memory: `config` and `tensors`, to be changed and saved."""

    def __init__(self, source):
        with open(os.path.join(source, "adapter_config.json")) as file:
            self.config = json.load(file)
        self.tensors = read_tensors(os.path.join(source, "adapter_model.safetensors"))

    def find(self, part):
        """The first tensor whose name has `part` in it."""
        return next(name for name in self.tensors if part in name)

    def rename(self, old, new):
        self.tensors = {name.replace(old, new): values for name, values in self.tensors.items()}

    def save(self, path):
        os.makedirs(path, exist_ok=True)
        with open(os.path.join(path, "adapter_config.json"), "w") as file:
            json.dump(self.config, file)
        write_tensors(os.path.join(path, "adapter_model.safetensors"), self.tensors)
        return str(path)
