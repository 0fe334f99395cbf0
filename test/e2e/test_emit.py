"""What --emit, --weights, --stop-after and --report give, and that what is given
can be used."""

import ctypes
import json
import os
import subprocess

import numpy
import pytest

from conftest import ROOT, ids, prompt, relative_error, run
from refusal import refused

MODEL = "tiny-q4_0_mix.gguf"


def compile_to(build, out, *arguments, model=MODEL):
    done = run([build.tool("lfm2-compile"), build.model(model), "-o", out, *arguments])
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    return done


def test_executable_stands_alone(build, tmp_path):
    out = tmp_path / "program"
    compile_to(build, out)
    headers = subprocess.run(["readelf", "-lW", out], capture_output=True, text=True, check=True).stdout
    assert "INTERP" not in headers and "DYNAMIC" not in headers
    assert not [name for name in os.listdir(tmp_path) if name != "program"]


def test_weights_beside(build, tmp_path):
    out = tmp_path / "program"
    compile_to(build, out, "--weights=file")
    weights = tmp_path / "program.weights"
    assert weights.stat().st_size > 0
    assert out.stat().st_size <= 400_000
    tokens = prompt(12)
    joined = build.logits(build.compile(MODEL), tokens)
    assert (build.logits(str(out), tokens) == joined).all()


def test_weights_file_wrong(build, tmp_path):
    out = tmp_path / "program"
    compile_to(build, out, "--weights=file")
    weights = tmp_path / "program.weights"
    good = weights.read_bytes()
    command = [out, "--tokens", "1,2", "-n", "1"]
    for size in (0, 100, len(good) // 2, len(good) - 1):
        weights.write_bytes(good[:size])
        refused(command, ["program.weights"])
    other = tmp_path / "other"
    compile_to(build, other, "--weights=file", model="tiny-f32.gguf")
    weights.write_bytes((tmp_path / "other.weights").read_bytes())
    refused(command, ["program.weights"])
    weights.unlink()
    refused(command, ["program.weights"])
    os.mkfifo(weights)
    refused(command, ["program.weights", "expected a regular file"])
    refused([*command, "--weights", "/dev/zero"], ["/dev/zero", "expected a regular file"])
    weights.unlink()
    weights.write_bytes(good)
    assert run(command).returncode == 0


def test_executable_cut(build, tmp_path):
    out = tmp_path / "program"
    compile_to(build, out)
    blob = out.read_bytes()
    for size in (len(blob) - 1, len(blob) - 5000):
        cut = tmp_path / "cut"
        cut.write_bytes(blob[:size])
        cut.chmod(0o755)
        refused([cut, "--tokens", "1,2", "-n", "1"], [])


def test_static_library_and_sample(build, tmp_path):
    """The committed sample, built by a plain C compiler against the library."""
    compile_to(build, tmp_path / "model", "--emit=static", "--weights=file")
    names = sorted(os.listdir(tmp_path))
    assert names == ["model.a", "model.h", "model.weights"]
    program = tmp_path / "embed"
    done = run(["clang-22", "-std=c11", "-Wall", "-Werror", "-I", tmp_path,
                os.path.join(ROOT, "runtime", "samples", "embed.c"), tmp_path / "model.a", "-o", program])
    assert done.returncode == 0, done.stderr
    done = run([program, tmp_path / "model.weights", "hello"])
    assert done.returncode == 0, done.stderr
    assert done.stdout


@pytest.mark.parametrize("stem,prefix", [("model", "model"), ("lfm2", "lfm2"), ("2b", "lfm2_2b")])
def test_shared_object(build, tmp_path, stem, prefix):
    """Who loads it finds the program by its prefix, and by a name that is the same for all."""
    compile_to(build, tmp_path / f"{stem}.so", "--emit=shared", "--weights=file")
    library = ctypes.CDLL(str(tmp_path / f"{stem}.so"))
    assert library.lfm2rt_model_open and f"{prefix}_program" in (tmp_path / f"{stem}.h").read_text()
    places = {ctypes.addressof(ctypes.c_char.in_dll(library, name)) for name in (f"{prefix}_program", "lfm2_program")}
    assert len(places) == 1
    dynamic = subprocess.run(["readelf", "-d", tmp_path / f"{stem}.so"], capture_output=True, text=True, check=True)
    assert f"Library soname: [{stem}.so]" in dynamic.stdout


def test_object(build, tmp_path):
    out = tmp_path / "model.o"
    compile_to(build, out, "--emit=obj")
    symbols = subprocess.run(["nm", out], capture_output=True, text=True, check=True).stdout
    assert " lfm2_program" in symbols
    undefined = {line.split()[-1] for line in symbols.splitlines() if " U " in line}
    assert undefined <= {"memcpy", "memset", "memmove"}, undefined


@pytest.mark.parametrize("form,word", [("asm", "lfm2_program"), ("llvm", "define"), ("mlir", "module")])
def test_text_forms(build, tmp_path, form, word):
    out = tmp_path / "out.txt"
    compile_to(build, out, f"--emit={form}")
    assert word in out.read_text()


def test_mlir_goes_back_in(build, tmp_path):
    """An .mlir file of ours is a MODEL too."""
    text = tmp_path / "model.mlir"
    compile_to(build, text, "--stop-after=import")
    out = tmp_path / "program"
    done = run([build.tool("lfm2-compile"), text, "-o", out])
    assert done.returncode == 0, done.stderr
    tokens = prompt(5)
    assert (build.logits(str(out), tokens) == build.logits(build.compile(MODEL), tokens)).all()


@pytest.mark.parametrize("stage", ["import", "quantize", "fuse", "tile", "plan", "codegen"])
def test_stop_after(build, tmp_path, stage):
    out = tmp_path / "stopped.mlir"
    compile_to(build, out, f"--stop-after={stage}")
    assert out.stat().st_size > 0


def test_report(build, tmp_path):
    compile_to(build, tmp_path / "program", f"--report={tmp_path / 'report.json'}")
    report = json.loads((tmp_path / "report.json").read_text())
    assert report


def test_portable(build, tmp_path):
    out = tmp_path / "portable"
    compile_to(build, out, "--cpu=portable")
    tokens = prompt(12)
    native = build.logits(build.compile(MODEL), tokens)
    assert relative_error(build.logits(str(out), tokens), native) <= 0.02


@pytest.mark.parametrize("cpu", ["x86-64", "haswell"])
def test_other_cpus(build, cpu):
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
        if cpu == "haswell" and " avx2" not in file.read():
            pytest.skip("this CPU has no AVX2")
    tokens = prompt(12)
    program = build.compile(MODEL, f"--cpu={cpu}")
    assert relative_error(build.logits(program, tokens), build.reference(MODEL, tokens)) <= 0.03


def test_missing_cpu_features_are_refused(build):
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
        flags = file.read()
    needs = {"znver5": ("avx512_bf16", "avx512"), "sapphirerapids": ("amx_int8", "amx")}
    cpu = next((cpu for cpu, (flag, _) in needs.items() if flag not in flags), None)
    if not cpu:
        pytest.skip(f"this CPU has all that code for {' and '.join(needs)} needs")
    program = build.compile(MODEL, f"--cpu={cpu}")
    refused([program, "--tokens", "1,2", "-n", "1"], [needs[cpu][1]])


@pytest.mark.parametrize("kind", ["q8_0", "q4_0"])
def test_quantize(build, kind):
    tokens = prompt(12)
    program = build.compile("tiny-f32.gguf", f"--quantize={kind}")
    exact = build.reference("tiny-f32.gguf", tokens)
    assert relative_error(build.logits(program, tokens), exact) <= {"q8_0": 0.05, "q4_0": 0.5}[kind]
    info = json.loads(run([program, "--info"]).stdout)
    assert kind in json.dumps(info)


def test_output_is_the_same_twice(build, tmp_path):
    for name in ("one", "two"):
        os.mkdir(tmp_path / name)
        compile_to(build, tmp_path / name / "program")
    assert (tmp_path / "one" / "program").read_bytes() == (tmp_path / "two" / "program").read_bytes()


def test_logits_file_is_what_it_says(build, tmp_path):
    file = tmp_path / "logits"
    tokens = prompt(6)
    assert run([build.compile(MODEL), "--tokens", ids(tokens), "--logits", file, "-n", "0"]).returncode == 0
    info = json.loads(run([build.compile(MODEL), "--info"]).stdout)
    assert os.path.getsize(file) == 4 * len(tokens) * info["vocab"]
    assert numpy.isfinite(numpy.fromfile(file, dtype="<f4")).all()
