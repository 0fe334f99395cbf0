"""lfm2_compile.compile() of a model in memory: the program is that of the same model
in a folder. NumPy stands for PyTorch here (test/live_module.py); check_torch.py has
PyTorch itself."""

import ctypes
import filecmp
import json
import os
import re
import shutil
import warnings

import numpy
import pytest
import safetensors.numpy
import tokenizers

from live_module import Module, Tensor

ADAPTERS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "adapters")


@pytest.fixture
def compiled(build, lfm2, tmp_path):
    """Compiles a folder and a module that should be the same; returns both programs."""
    def compile_both(folder, module, tokenizer=None, **options):
        made = []
        for name, model, words in (("folder", folder, {}), ("live", module, {"tokenizer": tokenizer or folder})):
            (tmp_path / name).mkdir()
            made.append(lfm2.compile(model, tmp_path / name / "model.gguf", **options, **words))
        return made
    return compile_both


def write_gguf(compiled, folder, module, **options):
    folder, live = compiled(folder, module, emit="gguf", **options)
    assert filecmp.cmp(folder.path, live.path, shallow=False)


def test_the_program_is_that_of_the_folder(wordnet, compiled):
    folder, live = compiled(wordnet, Module(wordnet).tie(), emit="shared", quantize="q8_0")
    for path, other in ((folder.path, live.path), (folder.header, live.header)):
        assert filecmp.cmp(path, other, shallow=False)
    assert folder.report.identity == live.report.identity
    assert folder.report.weights_hash == live.report.weights_hash
    # The archives differ where they say which files were read.
    told, own = folder.report.json, live.report.json
    for key in ("files", "stages", "total_ms", "compiler_peak_rss_bytes", "archive_bytes"):
        told.pop(key), own.pop(key)
    assert told == own
    with open(folder.weights, "rb") as one, open(live.weights, "rb") as other:
        assert one.read(folder.report.weights_bytes) == other.read(folder.report.weights_bytes)


def test_it_answers(wordnet, lfm2):
    """From memory to an answer in one line, and the report says where it came from."""
    module = Module(wordnet).tie()
    made = lfm2.compile(module, context=64, tokenizer=wordnet)
    folder = lfm2.compile(wordnet, context=64)
    answers = [program.load().generate("dog (noun): a", max_tokens=8, temperature=0).text for program in (made, folder)]
    assert answers[0] == answers[1] != ""
    size = sum(tensor.array.nbytes for name, tensor in module.tensors.items() if name != "lm_head.weight")
    assert {"name": "memory", "bytes": size} in made.report.json["files"]
    assert made.report.model == "wordnet-lfm2"


@pytest.mark.parametrize("name", ["tiny-bf16-hf", "yarn-f32-hf", "moe-f32-hf", "lora-f32-hf"])
def test_checkpoints_of_all_kinds(build, compiled, name):
    write_gguf(compiled, build.model(name), Module(build.model(name)))


def test_types_of_numbers(build, compiled, tmp_path):
    """F16 and F64, as a folder that is changed alike."""
    folder = tmp_path / "model"
    shutil.copytree(build.model("tiny-f32-hf"), folder)
    module = Module(folder)
    for name, tensor in module.tensors.items():
        wide = "norm" in name
        module.tensors[name] = Tensor(tensor.array.astype("<f8" if wide else "<f2"), "F64" if wide else "F16")
    [weights] = folder.glob("*.safetensors")
    safetensors.numpy.save_file({name: tensor.array for name, tensor in module.tensors.items()}, weights)
    write_gguf(compiled, str(folder), module)


def test_experts_as_transformers_5_has_them(build, compiled):
    folder = build.model("moe-f32-hf")
    module = Module(folder).stack_experts()
    assert any(name.endswith("gate_up_proj") for name in module.tensors)
    write_gguf(compiled, folder, module)


def test_a_bidirectional_model(build, compiled):
    folder, live = compiled(build.model("mlm-f32-hf"), Module(build.model("mlm-f32-hf")), emit="shared")
    assert filecmp.cmp(folder.path, live.path, shallow=False)
    assert live.report.causal is False and live.report.weights_hash == folder.report.weights_hash


def test_wrappers_and_other_parts(build, compiled):
    """torch.compile()'s prefix, a table that is computed, and memory of another order."""
    folder = build.model("tiny-f32-hf")
    module = Module(folder).rename(lambda name: "_orig_mod." + name)
    module.tensors["_orig_mod.model.rotary_emb.inv_freq"] = Tensor(numpy.ones(4, "<f4"))
    for name, tensor in module.tensors.items():
        if tensor.array.ndim == 2:
            module.tensors[name] = Tensor(numpy.asfortranarray(tensor.array))
    write_gguf(compiled, folder, module)


def test_a_device_is_copied_from(build, compiled):
    folder = build.model("tiny-f32-hf")
    module = Module(folder)
    for tensor in module.tensors.values():
        tensor.device.type = "cuda"
    write_gguf(compiled, folder, module)


def test_a_class_of_the_users_own(build, compiled):
    module = Module(build.model("tiny-bf16-hf"))
    module.__class__ = type("Mine", (type(module),), {})
    write_gguf(compiled, build.model("tiny-bf16-hf"), module)


def test_memory_is_read_where_it_is(build, lfm2):
    from lfm2_compile.module import describe
    module = Module(build.model("tiny-bf16-hf"))
    live = describe(module, build.model("tiny-bf16-hf"))
    assert [ctypes.addressof(memory) for _, _, _, memory in live.tensors] == \
        [tensor.array.ctypes.data for tensor in module.tensors.values()]


def test_adapters_are_merged(build, compiled):
    write_gguf(compiled, build.model("lora-f32-hf"), Module(build.model("lora-f32-hf")),
               lora=adapter_of("lora-f32-hf"))


def adapter_of(base):
    for name in sorted(os.listdir(ADAPTERS)):
        path = os.path.join(ADAPTERS, name)
        if os.path.isdir(path):
            kept = numpy.load(os.path.join(path, "logits.npz"))
            words = json.loads(str(kept["lora"]))
            if str(kept["base"]) == base and len(words) == 1:
                return os.path.join(path, words[0])
    raise AssertionError(f"no adapter of {base}")


def test_calibration_reads_it_twice(wordnet, compiled, tmp_path):
    text = tmp_path / "text.txt"
    text.write_text("kitchen (noun): a room used for cooking.\n" * 60)
    write_gguf(compiled, wordnet, Module(wordnet), quantize="q4_0", calibrate=text)


@pytest.mark.parametrize("kind", ["object", "tokenizers", "path"])
def test_tokenizers(wordnet, compiled, lfm2, kind, tmp_path):
    class OfTransformers:
        @staticmethod
        def save_pretrained(folder):
            for name in os.listdir(wordnet):
                if "token" in name or name == "chat_template.jinja":
                    shutil.copy(os.path.join(wordnet, name), folder)
    if kind != "tokenizers":
        write_gguf(compiled, wordnet, Module(wordnet), tokenizer=OfTransformers() if kind == "object" else wordnet)
        return
    made = lfm2.compile(Module(wordnet), tmp_path / "m.so", context=64,
                        tokenizer=tokenizers.Tokenizer.from_file(os.path.join(wordnet, "tokenizer.json")))
    assert made.report.json["tokenizer"]["tokens"] == 4096


def test_without_a_tokenizer(build, lfm2, tmp_path):
    with pytest.warns(lfm2.CompileWarning, match="the checkpoint has no tokenizer") as told:
        made = lfm2.compile(Module(build.model("tiny-bf16-hf")), tmp_path / "m.so", context=64)
    assert told[0].filename == __file__
    assert made.report.json["tokenizer"] is None


def refused(lfm2, tmp_path, module, tokenizer, kind=None):
    with pytest.raises(kind or lfm2.CompileError) as error, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        lfm2.compile(module, tmp_path / "m.gguf", emit="gguf", tokenizer=tokenizer)
    assert not (tmp_path / "m.gguf").exists()
    return str(error.value)


@pytest.mark.parametrize("change, message", [
    (lambda m: m.tensors.pop("model.layers.0.ffn_norm.weight"),
     r"tensor 'model.layers.0.ffn_norm.weight' of shape \[256\] is missing"),
    (lambda m: m.tensors.update({"model.layers.0.ffn_norm.weight": Tensor(numpy.zeros(7, "<f4"))}),
     "tiny-f32-hf: tensor 'model.layers.0.ffn_norm.weight'"),
    (lambda m: m.tensors.update({"model.embed_tokens.weight": Tensor(numpy.zeros((8, 8), "u1"), "U8")}),
     "tiny-f32-hf: tensor 'model.embed_tokens.weight' has type 'UINT8', which is not supported; supported are F64"),
    (lambda m: m.tensors.update({"model.layers.0.extra": Tensor(numpy.zeros(4, "<f4"))}), "model.layers.0.extra"),
    (lambda m: m.tensors.update({"model.layers.0.ffn_norm.weight": Tensor(numpy.zeros(128, "<f4"), device="meta")}),
     r"expected tensor 'model.layers.0.ffn_norm.weight' in memory, found none of its weights \(device meta\)"),
    (lambda m: m.tensors.update({"model.layers.1.conv.lora_A.default.weight": Tensor(numpy.zeros((4, 4), "<f4"))}),
     r"merge_and_unload\(\)"),
    (lambda m: m.config.values.pop("hidden_size"), "tiny-f32-hf/config.json"),
    (lambda m: m.tensors["model.layers.0.ffn_norm.weight"].array.fill(numpy.nan),
     "found NaN in column 0 of tensor 'model.layers.0.ffn_norm.weight' in tiny-f32-hf"),
], ids=["missing", "shape", "type", "extra", "meta", "lora", "config", "nan"])
def test_refuses_by_name(build, lfm2, tmp_path, change, message):
    module = Module(build.model("tiny-f32-hf"))
    for name, tensor in module.tensors.items():
        module.tensors[name] = Tensor(tensor.array.copy(), tensor.kind)
    change(module)
    text = refused(lfm2, tmp_path, module, build.model("tiny-f32-hf"))
    assert re.search(message, text), text


def test_refuses_a_part_and_an_adapter_beside(build, lfm2, tmp_path):
    folder = build.model("tiny-f32-hf")
    module = Module(folder)
    next(iter(module.tensors.values())).full_tensor = None
    assert "found a part of it; gather the whole one first" in refused(lfm2, tmp_path, module, folder)
    module = Module(folder)
    next(iter(module.tensors.values())).data_ptr = lambda: 0
    assert "found a Tensor of another form" in refused(lfm2, tmp_path, module, folder)
    module.merge_and_unload = None
    assert refused(lfm2, tmp_path, module, folder).endswith("give model.merge_and_unload()")


def test_refuses_what_is_no_module_or_tokenizer(build, lfm2, tmp_path):
    folder = build.model("tiny-f32-hf")
    assert "found dict" in refused(lfm2, tmp_path, {}, folder, TypeError)
    assert "found int" in refused(lfm2, tmp_path, Module(folder), 5, TypeError)
    assert "found it with a path" in refused(lfm2, tmp_path, folder, folder, TypeError)
    assert "expected a folder with tokenizer.json" in refused(lfm2, tmp_path, Module(folder), tmp_path)


@pytest.mark.parametrize("shape, size, message", [
    ([64, 64], 5, "should have 16384 bytes of memory but has 5"),
    ([64, 64], 0, "should have 16384 bytes of memory but has 0"),
    ([-1, 64], 4, "should have another number of bytes"),
    ([1 << 62, 1 << 62], 0, "should have another number of bytes"),
    ([], 4, "is empty or a scalar"), ([0], 0, "is empty or a scalar")])
def test_memory_that_no_tensor_has(build, lfm2, tmp_path, shape, size, message):
    from lfm2_compile import _compiler
    with open(os.path.join(build.model("tiny-f32-hf"), "config.json"), "rb") as file:
        texts = {"config.json": file.read()}
    with pytest.raises(lfm2.CompileError, match=message):
        _compiler.compile_module("m", texts, [("model.embed_tokens.weight", "F32", shape, bytearray(size))],
                                 os.fsencode(tmp_path / "m"), [("emit", b"gguf")], None)
