"""What PyTorch and transformers would have in memory of a checkpoint, in NumPy: as
much of a module and its tensors as lfm2_compile asks for."""

import json
import os
import re
from types import SimpleNamespace

import numpy
import safetensors

KINDS = {"F64": ("<f8", "torch.float64"), "F32": ("<f4", "torch.float32"), "F16": ("<f2", "torch.float16"),
         "BF16": ("<u2", "torch.bfloat16"), "U8": ("u1", "torch.uint8")}


class Tensor:
    def __init__(self, array, kind="F32", device="cpu"):
        self.array, self.kind = array, kind
        self.dtype, self.device = KINDS[kind][1], SimpleNamespace(type=device)

    shape = property(lambda self: self.array.shape)

    def cpu(self):
        return Tensor(self.array.copy(), self.kind)

    def contiguous(self):
        return self if self.array.flags.c_contiguous else Tensor(numpy.ascontiguousarray(self.array), self.kind)

    def data_ptr(self):
        return self.array.ctypes.data

    def numel(self):
        return self.array.size

    def element_size(self):
        return self.array.itemsize


class Config:
    def __init__(self, folder, **changes):
        self._name_or_path = str(folder)
        with open(os.path.join(folder, "config.json"), encoding="utf-8") as file:
            self.values = {**json.load(file), **changes}

    def to_json_string(self):
        return json.dumps(self.values)


class Module:
    """Of the folder's class; `tensors` may be changed."""

    def __init__(self, folder, **changes):
        self.config = Config(folder, **changes)
        self.tensors = {}
        for name in sorted(os.listdir(folder)):
            if name.endswith(".safetensors"):
                with open(os.path.join(folder, name), "rb") as file:
                    for key, entry in safetensors.deserialize(file.read()):
                        values = numpy.frombuffer(bytes(entry["data"]), KINDS[entry["dtype"]][0])
                        self.tensors[key] = Tensor(values.reshape(entry["shape"]), entry["dtype"])
        path = os.path.join(folder, "generation_config.json")
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                text = file.read()
            self.generation_config = SimpleNamespace(to_json_string=lambda: text)
        self.__class__ = type(self.config.values["architectures"][0], (type(self),), {})

    def state_dict(self):
        return self.tensors

    def tie(self):
        """A head that is the table itself, as PyTorch's state has it."""
        self.tensors["lm_head.weight"] = self.tensors["model.embed_tokens.weight"]
        return self

    def stack_experts(self):
        """As transformers 5 has them: all of a layer in two tensors."""
        experts = {}
        for name in list(self.tensors):
            part = re.fullmatch(r"(.*\.experts)\.(\d+)\.w([123])\.weight", name)
            if part:
                layer, number, which = part.groups()
                experts.setdefault(layer, {})[int(number), which] = self.tensors.pop(name).array
        for layer, parts in experts.items():
            count = 1 + max(number for number, _ in parts)
            both = [numpy.concatenate([parts[number, "1"], parts[number, "3"]]) for number in range(count)]
            self.tensors[f"{layer}.gate_up_proj"] = Tensor(numpy.stack(both))
            self.tensors[f"{layer}.down_proj"] = Tensor(numpy.stack([parts[number, "2"] for number in range(count)]))
        return self

    def rename(self, change):
        self.tensors = {change(name): tensor for name, tensor in self.tensors.items()}
        return self
