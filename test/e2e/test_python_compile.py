"""lfm2_compile.compile(), by what lfm2-compile makes of the same words."""

import filecmp
import json
import os
import re
import shutil
import subprocess
import textwrap
import threading
import time

import pytest

from programs import run


def run_python(build, script, *arguments):
    return build.python("-c", textwrap.dedent(script), *arguments)


def test_import_is_quick_and_loads_nothing(build):
    done = run_python(build, """
        import sys, time
        begun = time.perf_counter()
        import lfm2_compile
        seconds = time.perf_counter() - begun
        dir(lfm2_compile)
        with open("/proc/self/maps") as maps:
            loaded = maps.read()
        assert "LLVM" not in loaded and "_compiler" not in loaded, loaded
        assert "numpy" not in sys.modules
        print(seconds)
        """)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < 0.2


def test_every_public_name_is_there(lfm2):
    for name in lfm2.__all__:
        assert getattr(lfm2, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        lfm2.nothing  # pylint: disable=pointless-statement


@pytest.mark.parametrize("options", [{}, {"quantize": "q4_0", "kv": "q8_0", "context": 256},
                                     {"emit": "static", "weights": "join"}, {"emit": "gguf", "quantize": "q8_0"}],
                         ids=["plain", "quantized", "static", "gguf"])
def test_writes_what_the_command_writes(build, lfm2, tmp_path, options):
    name = {"static": "model.a", "gguf": "model.gguf"}.get(options.get("emit"), "model.so")
    for folder in ("command", "python"):
        (tmp_path / folder).mkdir()
    words = [f"--{option}={word}" for option, word in {"emit": "shared", **options}.items()]
    done = run([build.tool("lfm2-compile"), build.model("tiny-bf16.gguf"), *words, "-o", tmp_path / "command" / name,
                f"--report={tmp_path}/report.json"])
    assert done.returncode == 0, done.stderr
    made = lfm2.compile(build.model("tiny-bf16.gguf"), tmp_path / "python" / name, **options)
    assert made.path == str(tmp_path / "python" / name)
    files = sorted(os.listdir(tmp_path / "command"))
    assert filecmp.cmpfiles(tmp_path / "command", tmp_path / "python", files, shallow=False)[0] == files
    written = {os.path.basename(path) for path in (made.path, made.weights, made.header) if path}
    assert written == set(files) == set(os.listdir(tmp_path / "python"))
    # The notes are those of the command but for names of files.
    assert [re.sub("[^ ]*/", "", line) for line in made.notes] == \
        [re.sub("[^ ]*/", "", line.removeprefix("lfm2-compile: ")) for line in done.stderr.splitlines()]
    check_report(made.report, tmp_path / "report.json")


def check_report(report, path):
    """But for times and memory, the report is the one that the command wrote."""
    with open(path, encoding="utf-8") as file:
        told = json.load(file)
    own = report.json
    assert [stage["stage"] for stage in own["stages"]] == [stage["stage"] for stage in told["stages"]]
    for key in ("stages", "total_ms", "compiler_peak_rss_bytes"):
        assert key in own and key in told
    assert {**own, **{key: told[key] for key in ("stages", "total_ms", "compiler_peak_rss_bytes")}} == told
    assert report.weights_bytes == told["weights_bytes"] > 0
    assert sum(stage.ms for stage in report.stages) >= 0 and isinstance(report.stages[0].ms, float)
    assert [tensor.tensor for tensor in report.quantized] == [entry["tensor"] for entry in told["quantized"]]
    assert [cpu.entries[0].tokens for cpu in report.cpus] == [1 for cpu in told.get("cpus", [])]
    assert [layer.kind for layer in report.layers] == [layer["kind"] for layer in told.get("layers", [])]


@pytest.mark.parametrize("options", [
    {"emit": "nothing"}, {"kv": "f8"}, {"quantize": "q99"}, {"quantize_effort": "none"}, {"context": 0},
    {"chunk": 100000}, {"target": "pdp11"}, {"cpu": "z80"}, {"weights": "nowhere"}, {"activations": "warm"},
    {"pre": "never"}, {"lora": "/no/adapter"}, {"lora": ["a:b", "c"]}, {"schema": "a", "grammar": "b"},
    {"schema": "/no/schema"}, {"chat_template": "/no/template"}, {"calibrate": "/no/text"},
    {"importance": "/no/file"}, {"save_importance": "out.gguf"}, {"tuning": "/no/tuning"},
    {"emit": "gguf", "context": 5}, {"emit": "asm", "weights": "file"}, {"output": "/no/folder/model"},
    {"model": "/no/model"}, {"model": __file__}], ids=repr)
def test_refuses_in_the_words_of_the_command(build, lfm2, tmp_path, options):
    given = {"model": build.model("tiny-f16.gguf"), "output": str(tmp_path / "model"), "emit": "shared", **options}
    model, output = given.pop("model"), given.pop("output")
    words = [f"--{option.replace('_', '-')}={word}" for option, value in given.items()
             for word in (value if isinstance(value, list) else [value])]
    done = run([build.tool("lfm2-compile"), model, "-o", output, *words])
    assert done.returncode in (1, 2)
    with pytest.raises(lfm2.CompileError) as refused:
        lfm2.compile(model, output, **given)
    assert done.stderr.splitlines()[-1] == f"lfm2-compile: error: {refused.value}"
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize("options, message", [
    ({"model": None}, "expected model as a path, or as a PyTorch module of transformers, found NoneType"),
    ({"kv": 1.5}, "expected kv as a text or a path, found float"),
    ({"context": True}, "expected context as a text or a path, found bool"),
    ({"model": "a\0b"}, r"expected model without a zero byte, found 'a\\x00b'"),
    ({"nothing": 1}, "unexpected keyword argument 'nothing'")], ids=repr)
def test_refuses_what_is_no_word(lfm2, options, message):
    with pytest.raises((TypeError, ValueError), match=message):
        lfm2.compile(**{"model": "model.gguf", **options})


def test_names_that_are_not_utf8(build, lfm2, tmp_path):
    folder = os.fsencode(tmp_path) + b"/\xff"
    os.mkdir(folder)
    made = lfm2.compile(build.model("tiny-f16.gguf"), os.fsdecode(folder) + "/m", emit="asm")
    assert os.path.getsize(made.path) > 0 and os.fsencode(made.path) == folder + b"/m"
    with pytest.raises(lfm2.CompileError, match=r"\\xFF"):
        lfm2.compile(os.fsdecode(folder) + "/none")


def test_a_warning_is_one_of_python(build, lfm2, tmp_path):
    with pytest.warns(lfm2.CompileWarning, match="context") as told:
        lfm2.compile(build.model("tiny-f16.gguf"), tmp_path / "m", emit="asm", context=1 << 20)
    assert told[0].filename == __file__


def test_progress_names_stages_in_order(build, lfm2, wordnet, tmp_path):
    calls = []
    made = lfm2.compile(wordnet, tmp_path / "m", quantize="q4_0",
                        progress=lambda stage, fraction: calls.append((stage, fraction)))
    names = list(dict.fromkeys(stage for stage, _ in calls))
    assert names == [stage.stage for stage in made.report.stages]
    for name in names:
        fractions = [fraction for stage, fraction in calls if stage == name]
        assert fractions == sorted(fractions) and fractions[0] == 0 and fractions[-1] == 1
    assert any(0 < fraction < 1 for stage, fraction in calls if stage == "link")


@pytest.mark.parametrize("stage, fraction", [("import", 0), ("object", 1), ("link", 1)])
def test_an_exception_of_progress_ends_it(build, lfm2, tmp_path, stage, fraction):
    reason = RuntimeError("enough")

    def progress(*call):
        if call == (stage, fraction):
            raise reason
    with pytest.raises(RuntimeError) as ended:
        lfm2.compile(build.model("tiny-f16.gguf"), tmp_path / "m", progress=progress)
    assert ended.value is reason
    assert not os.listdir(tmp_path)


def test_other_threads_run_meanwhile(wordnet, lfm2, tmp_path):
    """A thread that wants to wake every 5 ms does so while machine code is made, which
    takes a second in one call of LLVM."""
    gaps, going = [], True

    def tick():
        while going:
            begun = time.perf_counter()
            time.sleep(0.005)
            gaps.append(time.perf_counter() - begun)
    thread = threading.Thread(target=tick)
    thread.start()
    made = lfm2.compile(wordnet, tmp_path / "m")
    going = False
    thread.join()
    longest = max(stage.ms for stage in made.report.stages) / 1000
    assert max(gaps) < longest / 2, f"{max(gaps)} s without a turn, of {longest} s"


def test_two_threads_compile(build, lfm2, tmp_path):
    made = {}

    def work(name):
        made[name] = lfm2.compile(build.model(name), tmp_path / name, emit="asm")
    names = ["tiny-f16.gguf", "tiny-q4_0.gguf"]
    threads = [threading.Thread(target=work, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for name in names:
        again = lfm2.compile(build.model(name), tmp_path / "again", emit="asm")
        assert filecmp.cmp(made[name].path, again.path, shallow=False)


def test_ctrl_c_ends_it_and_leaves_nothing(build, wordnet, tmp_path):
    """Python's own handler is there before and after; the next compilation works."""
    done = run_python(build, """
        import os, signal, sys, threading
        import lfm2_compile
        model, folder = sys.argv[1:]
        threading.Timer(0.4, os.kill, (os.getpid(), signal.SIGINT)).start()
        try:
            lfm2_compile.compile(model, folder + "/m", cpu="portable")
        except KeyboardInterrupt:
            print("ended", os.listdir(folder))
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            print("again")
        lfm2_compile.compile(model, folder + "/m", emit="mlir")
        print(os.listdir(folder))
        """, wordnet, tmp_path)
    assert done.stdout.splitlines() == ["ended []", "again", "['m']"], done.stderr


@pytest.mark.parametrize("stage", ["import", "quantize", "link"])
def test_a_model_that_is_cut_meanwhile(build, tmp_path, stage):
    """In a process of its own: where it is not handled, SIGBUS ends it."""
    model = tmp_path / "model.gguf"
    shutil.copy(build.model("tiny-f32.gguf"), model)
    done = run_python(build, """
        import os, signal, sys
        import lfm2_compile
        model, folder, at = sys.argv[1:]

        def cut(stage, fraction):
            if (stage, fraction) == (at, 1 if at == "import" else 0):
                os.truncate(model, 40000)
        try:
            lfm2_compile.compile(model, folder + "/m", progress=cut)
        except lfm2_compile.CompileError as error:
            print(error)
        print(os.listdir(folder), signal.getsignal(signal.SIGBUS) == signal.SIG_DFL)
        """, model, tmp_path, stage)
    assert done.stdout.splitlines() == [
        f"{model} changed while it was read; run again when it is whole", "['model.gguf'] True"], done.stderr


def test_without_output_it_lives_as_long_as_the_program(build, lfm2):
    made = lfm2.compile(build.model("tiny-f16.gguf"))
    folder = os.path.dirname(made.path)
    assert made.path.endswith(".so") and os.path.exists(made.path) and os.path.exists(made.weights)
    del made
    assert not os.path.exists(folder)


def test_the_package_says_what_it_is(build):
    """The package says that it is typed, and of which version it is."""
    package = os.path.join(build.folder, "python", "lfm2_compile")
    assert os.path.exists(os.path.join(package, "py.typed"))
    done = run_python(build, "import lfm2_compile; print(lfm2_compile.version())")
    said = subprocess.run([build.tool("lfm2-compile"), "--version"], capture_output=True, text=True, check=True)
    assert said.stdout == f"lfm2-compile {done.stdout}"
