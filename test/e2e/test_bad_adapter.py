"""Adapters that are wrong, of another model or of another kind: refused with a line
that names what is."""

import os

import numpy
import pytest

from adapter_files import AdapterFolder
from conftest import run
from refusal import refused

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "adapters")
Q_PROJ = "base_model.model.model.layers.1.self_attn.q_proj"


def refuse(build, lora, *says, base="lora-f32-hf", **limits):
    out = build.path("refused.out")
    words = [f"--lora={word}" for word in ([lora] if isinstance(lora, str) else lora)]
    return refused([build.tool("lfm2-compile"), build.model(base), *words, "-o", out], says, leaves=[out],
                   **limits)


def config(**values):
    def change(adapter):
        adapter.config.update(values)
    return change


def without(*keys):
    def change(adapter):
        for key in keys:
            del adapter.config[key]
    return change


def tensor(part, change):
    """Has `change` make other values of the tensor whose name has `part` in it."""
    def apply(adapter):
        name = adapter.find(part)
        adapter.tensors[name] = change(adapter.tensors[name])
    return apply


def dropped(part):
    def change(adapter):
        del adapter.tensors[adapter.find(part)]
    return change


def added(name, *shape):
    def change(adapter):
        adapter.tensors[name] = numpy.ones(shape, numpy.float32)
    return change


def renamed(old, new):
    return lambda adapter: adapter.rename(old, new)


CASES = {
    # adapter_config.json.
    "no kind": ("plain", without("peft_type"), ["adapter_config.json: peft_type is missing"]),
    "another kind": ("plain", config(peft_type="IA3"), ["of kind 'IA3'", "only LORA", "merge_and_unload"]),
    "LoHa": ("plain", config(peft_type="LOHA"), ["of kind 'LOHA'"]),
    "prompt tuning": ("plain", config(peft_type="PROMPT_TUNING"), ["of kind 'PROMPT_TUNING'"]),
    "no rank": ("plain", without("r"), ["r", "missing"]),
    "a rank of nothing": ("plain", config(r=0), ["r should be from 1 to 65536 but is 0"]),
    "a huge rank": ("plain", config(r=1 << 40), ["r should be from 1 to 65536"]),
    "a rank in words": ("plain", config(r="4"), ["adapter_config.json", "r"]),
    "no alpha": ("plain", without("lora_alpha"), ["lora_alpha", "missing"]),
    "a pattern's rank": ("plain", config(rank_pattern={"w1": 0}), ["a rank of rank_pattern should be from 1"]),
    "a pattern's text": ("plain", config(alpha_pattern={"w1": "x"}), ["alpha_pattern", "w1"]),
    "a pattern that looks around": ("plain", config(rank_pattern={"(?!w)1": 4}), ["'(?!w)1'", "looks around"]),
    "a pattern that counts": ("plain", config(rank_pattern={"w{9999}": 4}), ["a count of repetitions"]),
    "a pattern that is open": ("plain", config(rank_pattern={"w(1": 4}), ["cannot be read"]),
    "a pattern without an end": ("plain", config(rank_pattern={"w\\": 4}), ["a backslash at its end"]),
    "a pattern of words": ("plain", config(rank_pattern={"\\bw1": 4}), ["bw1", "\\b"]),
    "a long pattern": ("plain", config(rank_pattern={"w" * 600: 4}), ["more than 512 bytes"]),
    "aLoRA": ("plain", config(alora_invocation_tokens=[1, 2]), ["alora_invocation_tokens is set"]),
    "replication": ("plain", config(layer_replication=[[0, 2], [1, 3]]), ["layer_replication is set"]),
    "tokens": ("plain", config(trainable_token_indices=[5]), ["trainable_token_indices is set"]),
    "biases": ("plain", config(lora_bias=True), ["lora_bias is set"]),
    "QALoRA": ("plain", config(use_qalora=True), ["use_qalora is set"]),
    "PiSSA": ("plain", config(init_lora_weights="pissa_niter_4"), ["'pissa_niter_4'", "changes the base model"]),
    "no object": ("plain", lambda adapter: setattr(adapter, "config", [1]), ["adapter_config.json"]),
    # Tensors that do not fit each other or the config.
    "A alone": ("plain", dropped("q_proj.lora_B"), ["q_proj.lora_A", "has no lora_B beside it"]),
    "B alone": ("plain", dropped("q_proj.lora_A"), ["q_proj.lora_B", "has no lora_A beside it"]),
    "another rank": ("plain", config(r=8), ["has rank 4", "the rank there is 8"]),
    "two ranks": ("plain", tensor("q_proj.lora_B", lambda b: b[:, :3]), ["[4, 64]", "[64, 3]", "should have one rank"]),
    "no magnitude": ("dora", dropped("magnitude"), ["use_dora is true", "no lora_magnitude_vector"]),
    "a magnitude": ("dora", config(use_dora=False), ["use_dora is false", "a lora_magnitude_vector"]),
    "a short magnitude": ("dora", tensor("q_proj.lora_magnitude", lambda m: m[:60]),
                          ["magnitude", "of shape [60] does not fit", "of shape [64, 64]"]),
    "a convolution": ("plain", added("base_model.model.model.layers.0.conv.conv.lora_A.weight", 4, 1, 5),
                      ["conv.conv.lora_A", "has no lora_B"]),
    "twice": ("plain", added(Q_PROJ + ".lora_A.default.weight", 4, 64), ["occurs twice in the adapter"]),
    "three dimensions": ("plain", tensor("q_proj.lora_A", lambda a: a[:, None]), ["should be a matrix", "[4, 1, 64]"]),
    "a vector": ("plain", tensor("q_proj.lora_A", lambda a: a[0]), ["should be a matrix", "[64]"]),
    # Other names.
    "IA3's tensors": ("plain", renamed("q_proj.lora_A.weight", "q_proj.ia3_l"), ["ia3_l", "is none that an adapter"]),
    "a bias": ("plain", added(Q_PROJ + ".lora_B.bias", 64), ["lora_B.bias", "is none that an adapter"]),
    "an unknown module": ("plain", renamed("q_proj", "qq_proj"),
                          ["the module 'layers.1.self_attn.qq_proj'", "none of this family"]),
    "an unknown weight": ("plain", added("base_model.model.model.layers.0.extra.weight", 3),
                          ["the module 'layers.0.extra.weight'"]),
    "a layer too many": ("plain", renamed("layers.1.", "layers.7."),
                         ["layers.7.", "does not have", "'some/model'"]),
    "another kind of layer": ("plain", renamed("layers.1.self_attn", "layers.0.self_attn"),
                              ["'model.layers.0.self_attn.", "which", "does not have"]),
    "nothing": ("plain", lambda adapter: setattr(adapter, "tensors", {}), ["changes no weight"]),
    "only a tower": ("plain", renamed("model.layers", "vision_tower.layers"), ["changes no weight", "vision_tower"]),
    # Shapes of another model: both are named.
    "another width": ("plain", tensor("in_proj.lora_A", lambda a: numpy.tile(a, (1, 2))),
                      ["conv.in_proj.lora_A", "of shape [4, 128] does not fit", "of shape [192, 64]", "'some/model'"]),
    "another height": ("plain", tensor("in_proj.lora_B", lambda b: b[:128]),
                       ["of shape [128, 4] does not fit", "of shape [192, 64]"]),
    "another vocabulary": ("embedding", tensor("base_layer", lambda w: w[:290]),
                           ["has shape [290, 64]", "has [300, 64]"]),
    "another vocabulary's update": ("embedding", tensor("embedding_A", lambda a: a[:, :290]),
                                    ["lora_embedding_A", "of shape [3, 290] does not fit", "[300, 64]"]),
    "another norm": ("saved", tensor("operator_norm", lambda n: n[:63]), ["has shape [63]", "has [64]"]),
}  # fmt: skip
MOE = {
    "no target": ("moe", config(target_parameters=None), ["adapts a parameter of", "names none of it"]),
    "too few targets": ("moe", config(target_parameters=["experts.down_proj"]), ["names only one of it"]),
    "another count": ("moe", tensor("experts.base_layer.lora_A", lambda a: a[:5]),
                      ["of shape [5, 64] should have 6 rows", "rank 2 for each of 3 experts"]),
    "other widths": ("moe", tensor("experts.base_layer.lora_A", lambda a: a[:, :60]),
                     ["of shape [6, 60] does not fit", "of shape [3, 80, 64]"]),
    "other heights": ("moe", tensor("experts.base_layer.lora_B", lambda b: b[:78]),
                      ["of shape [78, 6] does not fit", "of shape [3, 80, 64]"]),
    "two ranks of experts": ("moe", tensor("experts.lora_B", lambda b: b[:, :6]), ["should have one rank"]),
    "DoRA of experts": ("moe", lambda adapter: (config(use_dora=True)(adapter), [
        added(name.replace("lora_A.weight", "lora_magnitude_vector"), 64)(adapter)
        for name in list(adapter.tensors) if "lora_A" in name]), ["of DoRA, which there is not for experts"]),
    "stacked weights": ("moe-down", added("base_model.model.model.layers.1.feed_forward.experts.gate_up_proj",
                                          3, 7, 64), ["[experts, 2 * size, hidden]"]),
}  # fmt: skip


@pytest.mark.parametrize("name", [*CASES, *MOE])
def test_refused(build, tmp_path, name):
    source, change, says = {**CASES, **MOE}[name]
    adapter = AdapterFolder(os.path.join(FOLDER, source, "0"))
    change(adapter)
    refuse(build, adapter.save(tmp_path / "adapter"), *says, base="lora-moe-f32-hf" if name in MOE else "lora-f32-hf")


def test_a_nan(build, tmp_path):
    """Found when weights are packed, as that of any weight."""
    adapter = AdapterFolder(os.path.join(FOLDER, "plain", "0"))
    tensor("q_proj.lora_A", lambda a: a * numpy.nan)(adapter)
    refuse(build, adapter.save(tmp_path / "adapter"), "NaN in row 0", "q_proj.weight", "model.safetensors with ",
           seconds=60, megabytes=500)


def test_experts_of_a_dense_model(build):
    refuse(build, os.path.join(FOLDER, "moe-down", "0"), "experts.lora_A", "does not have", "'some/model'")


def test_two_that_replace_the_same(build):
    saved = os.path.join(FOLDER, "saved", "0")
    refuse(build, [saved, saved], "replaces already", "leave one of the adapters out")


def test_words(build, tmp_path):
    plain = os.path.join(FOLDER, "plain", "0")
    refuse(build, plain + ":much", "a finite number", "'much'", status=2)
    refuse(build, plain + ":nan", "a finite number", "'nan'", status=2)
    refuse(build, plain + ":", "a finite number", status=2)
    refuse(build, str(tmp_path / "none"), "no such file or folder")
    refuse(build, str(tmp_path / "none") + ":0.5", "no such file or folder")


def test_folders_without_an_adapter(build, tmp_path):
    refuse(build, str(tmp_path), "is no adapter that can be read", "adapter_config.json", "GGUF")
    AdapterFolder(os.path.join(FOLDER, "plain", "0")).save(tmp_path / "run" / "checkpoint-20")
    AdapterFolder(os.path.join(FOLDER, "plain", "0")).save(tmp_path / "run" / "checkpoint-100")
    refuse(build, str(tmp_path / "run"), "there is one in", "checkpoint-100")
    folder = tmp_path / "run" / "checkpoint-20"
    os.rename(folder / "adapter_model.safetensors", folder / "adapter_model.bin")
    refuse(build, str(folder), "has no adapter_model.safetensors", "a pickle")
    os.rename(folder / "adapter_model.bin", folder / "adapters.safetensors")
    refuse(build, str(folder), "has no adapter_model.safetensors", "MLX")
    os.remove(folder / "adapters.safetensors")
    refuse(build, str(folder), "has no adapter_model.safetensors", "get the whole adapter")


def test_adapters_as_models(build):
    out = build.path("refused.out")
    for path in (os.path.join(FOLDER, "plain", "0"), os.path.join(FOLDER, "plain", "0.gguf")):
        refused([build.tool("lfm2-compile"), path, "-o", out], ["is an adapter", f"--lora={path}"], leaves=[out])


def test_models_as_adapters(build):
    refuse(build, build.model("lora-f32.gguf"), "general.type should be 'adapter'", "give the model as MODEL")
    refuse(build, build.model("lora-f32-hf"), "is no adapter that can be read")


def test_modules_have_their_adapters(build):
    path, plain = build.path("adapted.mlir"), os.path.join(FOLDER, "plain", "0")
    done = run([build.tool("lfm2-compile"), build.model("lora-f32-hf"), f"--lora={plain}", "--emit=mlir", "-o", path])
    assert done.returncode == 0, done.stderr
    out = build.path("refused.out")
    refused([build.tool("lfm2-compile"), path, f"--lora={plain}:2", "-o", out],
            [f"was made with --lora={plain}", f"so --lora={plain}:2 comes too late"], leaves=[out], status=2)


class GGUF:
    """An adapter of llama.cpp's in memory, written again with the gguf package."""

    def __init__(self, path):
        import gguf
        reader = gguf.GGUFReader(path)
        self.tensors = {t.name: numpy.array(t.data).reshape(tuple(int(n) for n in reversed(t.shape)))
                        for t in reader.tensors}
        self.words = {"general.type": "adapter", "general.architecture": "lfm2", "adapter.type": "lora"}
        self.alpha, self.more = 8.0, {}

    def save(self, path):
        import gguf
        writer = gguf.GGUFWriter(str(path), self.words["general.architecture"])
        for key, word in self.words.items():
            if key != "general.architecture":
                writer.add_string(key, word)
        writer.add_float32("adapter.lora.alpha", self.alpha)
        for key, values in self.more.items():
            writer.add_array(key, values)
        for name, values in self.tensors.items():
            writer.add_tensor(name, numpy.ascontiguousarray(values, numpy.float32))
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        return str(path)


def word(key, value):
    return lambda adapter: adapter.words.update({key: value})


GGUF_CASES = {
    "another architecture": (word("general.architecture", "llama"), ["general.architecture should be 'lfm2'", "'llama'"]),
    "another type": (word("adapter.type", "ia3"), ["adapter.type should be 'lora' but is 'ia3'"]),
    "a control vector": (word("general.type", "controlvector"), ["general.type should be 'adapter'", "'controlvector'"]),
    "aLoRA": (lambda adapter: adapter.more.update({"adapter.alora.invocation_tokens": [1, 2]}),
              ["adapter.alora.invocation_tokens"]),
    "A alone": (lambda adapter: adapter.tensors.pop("blk.1.attn_q.weight.lora_b"), ["has no lora_b beside it"]),
    "another name": (lambda adapter: adapter.tensors.update({"blk.1.attn_q.bias": numpy.ones(64)}),
                     ["'blk.1.attn_q.bias'", "is none that an adapter has"]),
    "another layer": (lambda adapter: adapter.tensors.update(
        {f"blk.9.attn_q.weight.lora_{x}": adapter.tensors[f"blk.1.attn_q.weight.lora_{x}"] for x in "ab"}),
        ["blk.9.attn_q.weight.lora_a", "does not have"]),
    "a vector": (lambda adapter: adapter.tensors.update({"blk.1.attn_q.weight.lora_a": numpy.ones(64)}),
                 ["should be a matrix", "[64]"]),
    "another width": (lambda adapter: adapter.tensors.update({"blk.1.attn_q.weight.lora_a": numpy.ones((4, 32))}),
                      ["of shape [4, 32] does not fit", "of shape [64, 64]"]),
}  # fmt: skip


@pytest.mark.parametrize("name", GGUF_CASES)
def test_gguf_refused(build, tmp_path, name):
    change, says = GGUF_CASES[name]
    adapter = GGUF(os.path.join(FOLDER, "plain", "0.gguf"))
    change(adapter)
    refuse(build, adapter.save(tmp_path / "adapter.gguf"), *says)
