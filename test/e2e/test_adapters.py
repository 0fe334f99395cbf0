"""--lora: models with adapters merged into them, against what PEFT computes with
the same adapters (adapters/, made by make_adapter_goldens.py)."""

import json
import os

import numpy
import pytest

import small_models
from adapter_files import AdapterFolder
from conftest import ids, relative_error, run

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "adapters")
NAMES = sorted(name for name in os.listdir(FOLDER) if os.path.isdir(os.path.join(FOLDER, name)))
EXACT = 1e-5


class Golden:
    def __init__(self, name):
        kept = numpy.load(os.path.join(FOLDER, name, "logits.npz"))
        self.base, self.tokens, self.columns = str(kept["base"]), kept["tokens"].tolist(), kept["columns"]
        self.logits = kept["logits"]
        self.lora = [f"--lora={os.path.join(FOLDER, name, word)}" for word in json.loads(str(kept["lora"]))]
        assert json.loads(str(kept["arguments"])) == small_models.read_list()[self.base], \
            f"{self.base} is made with other arguments now: run make_adapter_goldens.py"

    def error(self, logits):
        return relative_error(logits[:, self.columns], self.logits)


def module(build, base, lora, *arguments):
    """An .mlir file of the base with these adapters, which the reference executor
    reads with them."""
    path = build.path(f"adapters-{len(os.listdir(build.work))}.mlir")
    done = run([build.tool("lfm2-compile"), base, *lora, "--emit=mlir", "-o", path, *arguments])
    assert done.returncode == 0, done.stderr
    return path


def info(program):
    return json.loads(run([program, "--info"]).stdout)


@pytest.mark.parametrize("name", NAMES)
def test_reference_equals_peft(build, name):
    golden = Golden(name)
    path = module(build, build.model(golden.base), golden.lora)
    assert golden.error(build.reference(path, golden.tokens)) <= EXACT
    assert golden.error(build.reference(golden.base, golden.tokens)) > 0.05


@pytest.mark.parametrize("name", NAMES)
def test_program_equals_peft(build, name):
    golden = Golden(name)
    program = build.compile(golden.base, *golden.lora)
    assert golden.error(build.logits(program, golden.tokens)) <= EXACT


@pytest.mark.parametrize("name", ["plain", "embedding"])
@pytest.mark.parametrize("base", ["lora-f32-hf", "lora-f32.gguf"])
def test_adapters_of_llama_cpp(build, name, base):
    golden = Golden(name)
    path = module(build, build.model(base), [f"--lora={os.path.join(FOLDER, name, '0.gguf')}"])
    assert golden.error(build.reference(path, golden.tokens)) <= EXACT


def test_folders_of_peft_fit_gguf_models(build):
    golden = Golden("several")
    path = module(build, build.model("lora-f32.gguf"), golden.lora)
    assert golden.error(build.reference(path, golden.tokens)) <= EXACT


def test_experts_in_modules_of_their_own(build, tmp_path):
    """As PEFT saves them with transformers 4: a product for each expert and matrix."""
    golden = Golden("moe")
    adapter = AdapterFolder(os.path.join(FOLDER, "moe", "0"))
    tensors = {}
    for name, values in adapter.tensors.items():
        outer, mark, _ = name.partition(".lora_")
        if not outer.removesuffix(".base_layer").endswith(".experts"):
            tensors[name] = values
            continue
        experts = 3
        isdown = not outer.endswith(".base_layer")
        prefix = outer.removesuffix(".base_layer")
        rank = (values.shape[0] if "lora_A" in name else values.shape[1]) // experts
        for e in range(experts):
            for matrix in ["w2"] if isdown else ["w1", "w3"]:
                part = values[e * rank:(e + 1) * rank] if "lora_A" in name else values[:, e::experts]
                if "lora_B" in name and not isdown:
                    half = part.shape[0] // 2
                    part = part[:half] if matrix == "w1" else part[half:]
                tensors[f"{prefix}.{e}.{matrix}{mark}{name[-8:]}"] = part
    adapter.tensors = tensors
    adapter.config["rank_pattern"] = {r"experts\.\d+\.w2": 3}
    adapter.config["target_parameters"] = None
    path = module(build, build.model(golden.base), [f"--lora={adapter.save(tmp_path / 'adapter')}"])
    assert golden.error(build.reference(path, golden.tokens)) <= EXACT


def test_scales_are_factors(build):
    """Half of an adapter twice, and a quarter more, is one and a quarter."""
    golden = Golden("plain")
    path = os.path.join(FOLDER, "plain", "0")
    model = build.model(golden.base)
    once = build.reference(module(build, model, [f"--lora={path}:1.25"]), golden.tokens)
    thrice = build.reference(module(build, model, [f"--lora={path}:0.5", f"--lora={path}:0.5", f"--lora={path}:.25"]),
                             golden.tokens)
    assert relative_error(thrice, once) <= EXACT
    assert relative_error(build.reference(golden.base, golden.tokens), once) > 0.05
    none = build.reference(module(build, model, [f"--lora={path}:0"]), golden.tokens)
    assert relative_error(none, build.reference(golden.base, golden.tokens)) <= EXACT


def test_programs_name_their_adapters(build):
    golden = Golden("several")
    described = info(build.compile(golden.base, *golden.lora))
    assert [(entry["name"], entry["kind"], entry["scale"]) for entry in described["adapters"]] == \
        [("0", "PEFT", 1), ("1", "PEFT", 0.5), ("2", "PEFT", -0.25)]
    assert described["adapters"][1]["weights"] == 4
    assert {"adapter_config.json", "adapter_model.safetensors"} <= {file["name"] for file in described["files"]}
    assert info(build.compile(golden.base))["adapters"] == []
    others = [golden.lora[0], golden.lora[1].replace(":0.5", ":0.75"), golden.lora[2]]
    assert info(build.compile(golden.base, *others))["identity"] != described["identity"]


def test_quantised_after_merging(build):
    """Weights are rounded once, with their updates in them."""
    golden = Golden("plain")
    model = build.model(golden.base)
    path = module(build, model, golden.lora, "--stop-after=quantize", "--quantize=q8_0")
    exact = build.reference(path, golden.tokens)
    assert 1e-4 < golden.error(exact) < 0.05
    program = build.compile(golden.base, *golden.lora, "--quantize=q8_0")
    assert relative_error(build.logits(program, golden.tokens), exact) < 0.05
    formats = info(program)["weight_bytes_by_format"]
    assert formats["q8_0"] > 10 * formats.get("f32", 0)


def test_a_quantised_base_is_decoded(build):
    """What an adapter changes is f32 then, all else what it was; and a warning says so."""
    path = os.path.join(FOLDER, "plain", "0")
    done = run([build.tool("lfm2-compile"), build.model("lora-q8_0.gguf"), f"--lora={path}", "-o", build.path("q8")])
    assert done.returncode == 0, done.stderr
    assert "stored as f32" in done.stderr and "--quantize" in done.stderr
    formats = info(build.path("q8"))["weight_bytes_by_format"]
    assert formats["f32"] > formats["q8_0"] > 0
    done = run([build.tool("lfm2-compile"), build.model("lora-q8_0.gguf"), f"--lora={path}", "-o", build.path("q8"),
                "--quantize=q8_0"])
    assert done.returncode == 0 and "stored as f32" not in done.stderr


def test_modules_remember_their_adapters(build):
    golden = Golden("several")
    path = module(build, build.model(golden.base), golden.lora, "--stop-after=fuse")
    out = build.path("resumed")
    done = run([build.tool("lfm2-compile"), path, "-o", out])
    assert done.returncode == 0, done.stderr
    assert golden.error(build.logits(out, golden.tokens)) <= EXACT
    assert info(out)["identity"] == info(build.compile(golden.base, *golden.lora))["identity"]


def test_beside_the_model(build, tmp_path):
    """An adapter in the model's own folder is merged when asked for, and only then."""
    model = tmp_path / "model"
    model.mkdir()
    for name in os.listdir(build.model("lora-f32-hf")):
        os.symlink(os.path.join(build.model("lora-f32-hf"), name), model / name)
    AdapterFolder(os.path.join(FOLDER, "plain", "0")).save(model)
    golden = Golden("plain")
    done = run([build.tool("lfm2-compile"), model, "-o", build.path("beside")])
    assert done.returncode == 0 and f"--lora={model}" in done.stderr
    assert golden.error(build.logits(build.path("beside"), golden.tokens)) > 0.05
    done = run([build.tool("lfm2-compile"), model, f"--lora={model}", "-o", build.path("beside")])
    assert done.returncode == 0 and "not applied" not in done.stderr
    assert golden.error(build.logits(build.path("beside"), golden.tokens)) <= EXACT


def test_parts_for_images_are_left_out(build, tmp_path):
    adapter = AdapterFolder(os.path.join(FOLDER, "plain", "0"))
    adapter.rename("base_model.model.model.", "base_model.model.model.language_model.")
    first = adapter.find("lora_A")
    adapter.tensors["base_model.model.model.vision_tower.vision_model.encoder.layers.0.self_attn.q_proj."
                    "lora_A.weight"] = adapter.tensors[first]
    done = run([build.tool("lfm2-compile"), build.model("lora-f32-hf"), f"--lora={adapter.save(tmp_path / 'a')}",
                "-o", build.path("left-out")])
    assert done.returncode == 0, done.stderr
    assert "1 tensors" in done.stderr and "vision_tower" in done.stderr
    golden = Golden("plain")
    assert golden.error(build.logits(build.path("left-out"), golden.tokens)) <= EXACT


def test_greedy_text_goes_on(build):
    """The ids of a program with a merged adapter are those of the reference."""
    golden = Golden("dora")
    path = module(build, build.model(golden.base), golden.lora)
    expected = run([build.tool("lfm2-run"), path, "--tokens", ids(golden.tokens), "-n", "8"]).stdout.strip()
    found = run([build.compile(golden.base, *golden.lora), "--tokens", ids(golden.tokens), "--print-tokens", "-n", "8",
                 "--temp", "0"]).stdout.strip()
    assert found and found.split(",") == expected.split(",")[:len(found.split(","))]
