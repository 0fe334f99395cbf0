"""Hugging Face directories that are wrong: refused with a line that names it."""

import json
import os
import shutil
import struct

import pytest

from conftest import run
from refusal import refused


@pytest.fixture
def directory(build, tmp_path):
    """A copy of a small one, to be spoiled."""
    path = tmp_path / "model"
    shutil.copytree(build.model("tiny-f32-hf"), path)
    return path


def refuse(build, path, *says):
    out = build.path("refused.out")
    refused([build.tool("lfm2-compile"), path, "-o", out], says, leaves=[out])


def change_config(directory, **values):
    path = directory / "config.json"
    config = json.loads(path.read_text())
    for key, value in values.items():
        if value is None:
            config.pop(key, None)
        else:
            config[key] = value
    path.write_text(json.dumps(config))


def shard(directory):
    return sorted(directory.glob("*.safetensors"))[0]


def change_header(directory, change):
    path = shard(directory)
    blob = path.read_bytes()
    size = struct.unpack("<Q", blob[:8])[0]
    header = json.loads(blob[8:8 + size])
    change(header)
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + blob[8 + size:])


def first(header):
    return next(name for name in header if name != "__metadata__")


def test_no_config(build, directory):
    os.remove(directory / "config.json")
    refuse(build, directory, "config.json")


def test_config_not_json(build, directory):
    (directory / "config.json").write_text('{"hidden_size": ')
    refuse(build, directory, "config.json")


def test_config_deep(build, directory):
    (directory / "config.json").write_text("[" * 200000)
    refuse(build, directory, "config.json")


def test_config_cut_anywhere(build, directory):
    text = (directory / "config.json").read_text()
    for place in range(0, len(text) - 2, max(1, len(text) // 12)):
        (directory / "config.json").write_text(text[:place])
        refuse(build, directory, "config.json")


@pytest.mark.parametrize("values,says", [
    ({"model_type": "llama", "architectures": ["LlamaForCausalLM"]}, ["llama", "lfm2"]),
    ({"model_type": "lfm3", "architectures": ["Lfm3ForCausalLM"]}, ["lfm3", "lfm2"]),
    ({"num_attention_heads": 0}, ["head"]),
    ({"hidden_size": -4}, ["hidden", "-4"]),
    ({"hidden_size": "many"}, ["hidden_size"]),
    ({"norm_eps": float("nan")}, ["config.json"]),
    ({"num_hidden_layers": 2 ** 40}, ["layers"]),
])
def test_config_values(build, directory, values, says):
    change_config(directory, **values)
    refuse(build, directory, *says)


def test_no_weights(build, directory):
    for path in directory.glob("*.safetensors*"):
        os.remove(path)
    refuse(build, directory, "safetensors")


def test_shard_missing(build, directory):
    path = shard(directory)
    names = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]
    blob = path.read_bytes()
    header = json.loads(blob[8:8 + struct.unpack("<Q", blob[:8])[0]])
    tensors = [name for name in header if name != "__metadata__"]
    os.rename(path, directory / names[0])
    index = {"weight_map": {name: names[i % 2] for i, name in enumerate(tensors)}}
    (directory / "model.safetensors.index.json").write_text(json.dumps(index))
    refuse(build, directory, names[1])


@pytest.mark.parametrize("size", [2 ** 64 - 8, 2 ** 40, 200_000_000])
def test_header_too_long(build, directory, size):
    path = shard(directory)
    path.write_bytes(struct.pack("<Q", size) + path.read_bytes()[8:])
    refuse(build, directory, "header")


def test_header_not_json(build, directory):
    path = shard(directory)
    path.write_bytes(path.read_bytes()[:8] + b"?" + path.read_bytes()[9:])
    refuse(build, directory, path.name)


def test_weights_cut(build, directory):
    path = shard(directory)
    blob = path.read_bytes()
    for place in (0, 4, 8, 100, len(blob) // 2, len(blob) - 1):
        path.write_bytes(blob[:place])
        refuse(build, directory, path.name)


def test_offsets_outside(build, directory):
    def change(header):
        header[first(header)]["data_offsets"] = [0, 2 ** 50]
    change_header(directory, change)
    refuse(build, directory, "offset")


def test_offsets_negative(build, directory):
    def change(header):
        header[first(header)]["data_offsets"] = [-8, 8]
    change_header(directory, change)
    refuse(build, directory, "offset")


def test_type_not_supported(build, directory):
    def change(header):
        tensor = header[first(header)]
        begin, end = tensor["data_offsets"]
        tensor.update(dtype="F8_E4M3", shape=[end - begin])
    change_header(directory, change)
    refuse(build, directory, "F8_E4M3", "BF16")


def test_tensor_missing(build, directory):
    path, name = shard(directory), "model.layers.0.operator_norm.weight"
    blob = path.read_bytes()
    size = struct.unpack("<Q", blob[:8])[0]
    header, data = json.loads(blob[8:8 + size]), blob[8 + size:]
    begin, end = header.pop(name)["data_offsets"]
    for key, tensor in header.items():
        if key != "__metadata__" and tensor["data_offsets"][0] >= end:
            tensor["data_offsets"] = [offset - (end - begin) for offset in tensor["data_offsets"]]
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data[:begin] + data[end:])
    refuse(build, directory, name)


def test_without_a_tokenizer_ids_are_all(build, directory):
    """A warning, and a program that takes and gives ids only."""
    os.remove(directory / "tokenizer.json")
    out = build.path("ids-only")
    done = run([build.tool("lfm2-compile"), directory, "-o", out])
    assert done.returncode == 0, done.stderr
    assert "no tokenizer" in done.stderr
    assert run([out, "--tokens", "1,2,3", "-n", "2", "--temp", "0", "--print-tokens"]).stdout.count(",") == 1
    refused([out, "--prompt", "text"], ["tokenizer"])


def test_tokenizer_of_another_kind(build, directory):
    path = directory / "tokenizer.json"
    tokenizer = json.loads(path.read_text())
    tokenizer["model"]["type"] = "Unigram"
    path.write_text(json.dumps(tokenizer))
    refuse(build, directory, "Unigram", "BPE")


def test_merge_without_its_tokens(build, directory):
    """The folder is named with the merge."""
    path = directory / "tokenizer.json"
    tokenizer = json.loads(path.read_text())
    tokenizer["model"]["merges"].append(["zq", "qz"])
    path.write_text(json.dumps(tokenizer))
    out = build.path("refused.out")
    refused([build.tool("lfm2-compile"), directory, "-o", out],
            [f"{directory}: merge ", "of the tokenizer, 'zq' with 'qz'"], leaves=[out], seconds=20)
