"""The cache of `lfm2`: what is compiled again and what is not, two at once, what a
killed run, a failed one and a full disk leave."""

import json
import os
import resource
import signal
import subprocess
import time

import pytest

from lfm2_command import with_compiler, with_stand_ins, write


@pytest.fixture
def lfm2(tmp_path):
    return with_stand_ins(tmp_path)


@pytest.fixture
def model(tmp_path):
    return write(str(tmp_path / "m-Q4_0.gguf"), "GGUF" + "a" * 100)


def test_program_and_library_share_their_weights_and_start_at_once(tmp_path, build):
    """By the real compiler, whose programs say whether these are their weights."""
    lfm2 = with_compiler(tmp_path, build)
    model = build.model("tiny-q8_0.gguf")
    program = lfm2("prepare", model).stdout.rstrip("\n")
    library = lfm2("prepare", "--emit=shared", model).stdout.rstrip("\n")
    assert library == program + ".so"
    assert sorted(os.listdir(os.path.dirname(program))) == ["model", "model.so", "model.weights", "note.json"]
    done = subprocess.run([program, "--verify"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    info = json.loads(subprocess.run([program, "--info"], capture_output=True, check=True).stdout)
    with open(library, "rb") as file:
        assert bytes.fromhex(info["identity"]) in file.read(), "the library expects other weights"

    # Nothing slow is loaded on the way to the program, which is most of the time.
    modules = lfm2("run", model, "--info", env={"PYTHONPROFILEIMPORTTIME": "1"}).stderr
    loaded = {line.split("|")[-1].strip() for line in modules.splitlines()}
    assert "lfm2_compile.command.cache" in loaded
    assert not loaded & {"numpy", "huggingface_hub", "asyncio", "subprocess", "argparse", "lfm2_compile._engine"}
    times = []
    while len(times) < 20 and min(times, default=1) >= 0.3:  # Other tests run beside this one.
        start = time.monotonic()
        assert lfm2("run", model, "Hi", "-n", "1").returncode == 0
        times.append(time.monotonic() - start)
    assert min(times) < 0.3, times


def test_what_compiles_again(lfm2, model, tmp_path):
    def compiles(*words, **settings):
        before = len(lfm2.compilations())
        assert lfm2("prepare", *words, **settings).returncode == 0
        return len(lfm2.compilations()) - before

    assert (compiles(model), compiles(model)) == (1, 0)
    assert (compiles("--context=100", model), compiles("--context", "100", model)) == (1, 0)
    assert compiles(os.path.basename(model)) == 0, "a relative path is the same file"
    schema = write(str(tmp_path / "form.json"), "{}")
    assert (compiles("--schema=form.json", model), compiles(f"--schema={schema}", model)) == (1, 0)
    write(schema, '{"type": "object"}')
    assert compiles("--schema=form.json", model) == 1
    write(model, "GGUF" + "b" * 100)
    assert compiles(model) == 1
    os.utime(os.path.join(lfm2.bin, "lfm2-compile"), (1, 1))
    assert compiles(model) == 1
    weights = lfm2("prepare", model).stdout.rstrip("\n") + ".weights"
    write(weights, "cut")
    assert (compiles(model), compiles(model)) == (1, 0), "an entry that was damaged"


def test_parts_and_folders_are_looked_at_as_a_whole(lfm2, tmp_path):
    parts = [write(str(tmp_path / f"m-0000{part}-of-00002.gguf"), f"GGUF{part}") for part in (1, 2)]
    folder = tmp_path / "folder"
    for name in ("config.json", "model.safetensors"):
        write(str(folder / name), name)
    for word, changed in ((parts[0], parts[1]), (folder, str(folder / "model.safetensors"))):
        assert lfm2("prepare", word).returncode == 0
        before = len(lfm2.compilations())
        write(changed, "something else")
        assert lfm2("prepare", word).returncode == 0
        assert len(lfm2.compilations()) == before + 1


def test_two_at_once_compile_once(lfm2, model):
    slow = {"SECONDS_TO_COMPILE": "1.5"}
    both = [lfm2.start("run", model, "Hi", env=slow) for _ in range(2)]
    outputs = [process.communicate(timeout=60) for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert len(lfm2.compilations()) == 1
    assert outputs[0][0] == outputs[1][0] and "Hi" in outputs[0][0]
    assert sorted("waiting for it" in err for _, err in outputs) == [False, True]
    assert len(lfm2.cached()) == 1, "no lock stays"


def wait_for(condition):
    end = time.time() + 20
    while not condition():
        assert time.time() < end
        time.sleep(0.02)


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_one_that_is_killed_leaves_what_the_next_clears(lfm2, model, by):
    process = lfm2.start("prepare", model, env={"SECONDS_TO_COMPILE": "2"})
    wait_for(lfm2.compilations)
    process.send_signal(by)
    process.wait(timeout=20)
    assert process.returncode in (-by, 128 + by)
    if by != signal.SIGKILL:
        assert not lfm2.cached()
    # After SIGKILL the compiler goes on, and its lock holds up the next one.
    done = lfm2("run", model, "Hi")
    assert done.returncode == 0 and "Hi" in done.stdout
    assert ("waiting" in done.stderr) == (by == signal.SIGKILL)
    assert [name for name in lfm2.cached() if "." in name] == []
    process.communicate()


def test_what_others_left_is_cleared(lfm2, model):
    write(os.path.join(lfm2.cache, "0" * 32 + ".tmp1", "model.weights"), "half")
    assert lfm2("prepare", model).returncode == 0
    assert len(lfm2.cached()) == 1


def test_a_compilation_that_fails_leaves_nothing(lfm2, model):
    done = lfm2("run", model, "Hi", env={"FAIL": "1"})
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.endswith("lfm2-compile: error: told to fail\n")
    assert not lfm2.cached()


def test_what_may_happen_to_a_compilation(lfm2, model):
    assert "signal 9" in lfm2.refuses("run", model, env={"KILL": "1"})
    assert "changed while" in lfm2.refuses("run", model, env={"CHANGE": "1"})
    assert not lfm2.cached()
    assert "cannot run" in lfm2.refuses("run", model, env={"GARBLE": "1"})


def test_rm_of_what_is_being_compiled(lfm2, model):
    assert lfm2("prepare", model).returncode == 0
    process = lfm2.start("prepare", "--emit=shared", model, env={"SECONDS_TO_COMPILE": "1"})
    wait_for(lambda: len(lfm2.compilations()) == 2)
    assert "being compiled" in lfm2.refuses("rm", model)
    process.communicate(timeout=60)
    assert process.returncode == 0 and lfm2("rm", model).returncode == 0


def test_a_folder_of_everything(lfm2, tmp_path):
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(20001):
        os.mknod(folder / str(number))
    assert "the folder of one model" in lfm2.refuses("run", folder)


def test_a_full_disk_leaves_nothing(tmp_path, build):
    lfm2 = with_compiler(tmp_path, build)

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))

    done = lfm2("run", build.model("tiny-q8_0.gguf"), "Hi", preexec_fn=limit)
    assert done.returncode == 1 and "error: " in done.stderr.rstrip("\n").split("\n")[-1], done.stderr
    assert not lfm2.cached()


def test_a_disk_that_is_too_small(lfm2, model):
    os.truncate(model, 10 ** 13)  # Of holes.
    assert "make room" in lfm2.refuses("run", model)
    assert not lfm2.compilations() and not lfm2.cached()


def test_a_cache_that_cannot_be(lfm2, model, tmp_path):
    write(str(tmp_path / "file"), "")
    assert "name another folder by LFM2_CACHE" in lfm2.refuses("run", model, env={"LFM2_CACHE": "file/cache"})


def test_options_that_are_not_for_the_cache(lfm2, model):
    for option in ("-o=x", "--weights=join", "--report=-", "--stop-after=tile"):
        assert "lfm2 compile" in lfm2.refuses("run", option, model, status=2)
    assert "--emit=exe or --emit=shared" in lfm2.refuses("prepare", "--emit=gguf", model, status=2)
    assert not lfm2.compilations()


def test_list_show_rm(lfm2, model):
    assert "no models on this machine" in lfm2("list").stdout
    lfm2("run", model, "Hi")
    lfm2("run", "--context=100", model, "Hi")
    assert model in lfm2("list").stdout and "just now" in lfm2("list").stdout
    shown = lfm2("show", model).stdout
    assert shown.count("compiled ") == 2 and "--context=100" in shown
    os.utime(os.path.join(lfm2.bin, "lfm2-compile"), (1, 1))
    assert "outdated" in lfm2("list").stdout
    os.unlink(model)
    assert "gone" in lfm2("list").stdout
    assert lfm2("rm", model).returncode == 0
    assert not lfm2.cached()


def test_rm_outdated_only(lfm2, model):
    lfm2("run", model, "Hi")
    os.utime(os.path.join(lfm2.bin, "lfm2-compile"), (1, 1))
    lfm2("run", model, "Hi")
    assert len(lfm2.cached()) == 2
    assert lfm2("rm", "--outdated").returncode == 0
    assert len(lfm2.cached()) == 1
    assert "is no download" in lfm2.refuses("rm", model, "--weights")
