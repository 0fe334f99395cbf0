"""A PyTorch module of transformers as the compiler reads it.

PyTorch and transformers are not imported here: what they made is asked.
"""

import ctypes
import json
import os
import tempfile
from dataclasses import dataclass
from typing import Any

from .errors import CompileError

# What save_pretrained() of a tokenizer may write, as far as it is read.
TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "vocab.json", "merges.txt",
                   "added_tokens.json", "special_tokens_map.json")
# By the names that safetensors gives them.
TYPES = {"torch.float64": "F64", "torch.float32": "F32", "torch.float16": "F16", "torch.bfloat16": "BF16"}


@dataclass
class Live:
    """What _compiler.compile_module() takes."""
    name: str
    texts: dict[str, bytes]
    tensors: list[tuple[str, str, list[int], Any]]  # Name, type, shape, and a buffer of its memory.
    owners: list[Any]  # Keep the memory of the tensors.


def describe(module: Any, tokenizer: Any) -> Live:
    """Raises CompileError, or TypeError where `module` is none."""
    module = getattr(module, "_orig_mod", module)  # Of torch.compile().
    kind = type(module).__name__
    config = getattr(module, "config", None)
    if not callable(getattr(module, "state_dict", None)) or not hasattr(config, "to_json_string"):
        raise TypeError(f"expected model as a path, or as a PyTorch module of transformers, found {kind}; of a module "
                        "around one, give the one inside")
    if hasattr(module, "merge_and_unload"):
        raise CompileError(f"expected a module whose adapter is merged into its weights, found {kind} with the adapter "
                           "beside them; give model.merge_and_unload()")
    # A class of the user's own is one of those that it is made of.
    classes = [base.__name__ for base in type(module).__mro__ if base.__name__.startswith("Lfm2")]
    values = {**json.loads(config.to_json_string()), "architectures": [*classes, kind][:1]}
    texts = {"config.json": json.dumps(values).encode()}
    generation = getattr(module, "generation_config", None)
    if generation is not None:
        texts["generation_config.json"] = generation.to_json_string().encode()
    texts.update(_tokenizer_texts(tokenizer))
    name = os.path.basename(str(getattr(config, "_name_or_path", "")).rstrip("/")) or kind
    live = Live(name, texts, [], [])
    for key, tensor in module.state_dict().items():
        _add(live, key, tensor)
    return live


def _add(live: Live, name: str, tensor: Any) -> None:
    device = tensor.device.type
    if device == "meta" or hasattr(tensor, "full_tensor"):
        raise CompileError(f"{live.name}: expected tensor {name!r} in memory, found "
                           + ("none of its weights (device meta); load them first" if device == "meta" else
                              "a part of it; gather the whole one first (full_tensor())"))
    if device != "cpu":
        tensor = tensor.cpu()
    tensor = tensor.contiguous()
    live.owners.append(tensor)
    kind, size, address = str(tensor.dtype), tensor.numel() * tensor.element_size(), tensor.data_ptr()
    if size and not address:
        raise CompileError(f"{live.name}: expected tensor {name!r} in memory, found a {type(tensor).__name__} of "
                           "another form; give a module of plain tensors")
    live.tensors.append((name, TYPES.get(kind, kind.removeprefix("torch.").upper()), list(tensor.shape),
                         (ctypes.c_ubyte * size).from_address(address)))


def _tokenizer_texts(tokenizer: Any) -> dict[str, bytes]:
    if tokenizer is None:
        return {}
    if isinstance(tokenizer, (str, os.PathLike)):
        texts = _read_texts(tokenizer)
        if not texts:
            raise CompileError("expected a folder with tokenizer.json as tokenizer=, found none in "
                               f"{os.fspath(tokenizer)}")
        return texts
    if hasattr(tokenizer, "save_pretrained"):
        with tempfile.TemporaryDirectory(prefix="lfm2-") as folder:
            tokenizer.save_pretrained(folder)
            return _read_texts(folder)
    if hasattr(tokenizer, "to_str"):
        return {"tokenizer.json": tokenizer.to_str().encode()}
    raise TypeError(f"expected tokenizer= of transformers or of tokenizers, or the path of a folder, found "
                    f"{type(tokenizer).__name__}")


def _read_texts(folder: "str | os.PathLike[str]") -> dict[str, bytes]:
    texts = {}
    for name in TOKENIZER_FILES:
        path = os.path.join(folder, name)
        if os.path.exists(path):
            with open(path, "rb") as file:
                texts[name] = file.read()
    return texts
