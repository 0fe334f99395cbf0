"""lfm2-compile's command line: wrong use, full disks, what is printed where."""

import os
import shutil
import subprocess

import pytest

import gguf_edit
from conftest import run
from refusal import refused

MODEL = "tiny-f32.gguf"


def refuse(build, arguments, says, status=1):
    out = build.path("refused.out")
    refused([build.tool("lfm2-compile"), build.model(MODEL), "-o", out, *arguments], says,
            leaves=[out], status=status)


@pytest.mark.parametrize("arguments,says", [
    (["--target=x86_65-linux"], ["x86_65-linux", "x86_64-linux"]),
    (["--cpu=znver55"], ["znver55", "znver5"]),
    (["--cpu=haswel"], ["haswel", "haswell"]),
    (["--cpu=x86-64,+avx2_vni"], ["avx2_vni"]),
    (["--emit=exee"], ["exee", "exe"]),
    (["--quantize=q4_k"], ["q4_k", "q4_k_m"]),
    (["--context=0"], ["context"]),
    (["--context=many"], ["many"]),
    (["--weights=apart"], ["apart", "join"]),
    (["--stop-after=fusse"], ["fusse", "fuse"]),
    (["--no-such-option"], ["no-such-option"]),
])
def test_wrong_use(build, arguments, says):
    refuse(build, arguments, says, status=2)


def test_no_model(build):
    refused([build.tool("lfm2-compile")], [], status=2)


def test_output_folder_missing(build, tmp_path):
    refused([build.tool("lfm2-compile"), build.model(MODEL), "-o", tmp_path / "none" / "out"], ["none"])


def test_output_is_a_folder(build, tmp_path):
    refused([build.tool("lfm2-compile"), build.model(MODEL), "-o", tmp_path], [str(tmp_path)])


def test_disk_full(build, tmp_path):
    """A limit on the size of files stands for a full disk: writes fail alike."""
    out = tmp_path / "out"
    done = subprocess.run(
        ["bash", "-c", 'trap "" XFSZ; ulimit -f 64; exec "$@"', "-", build.tool("lfm2-compile"),
         build.model(MODEL), "-o", str(out)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert str(out) in done.stderr
    assert os.listdir(tmp_path) == []


def test_old_output_survives_a_failure(build, tmp_path):
    out = tmp_path / "out"
    out.write_text("before")
    done = run([build.tool("lfm2-compile"), tmp_path / "none.gguf", "-o", out])
    assert done.returncode == 1
    assert out.read_text() == "before"


def test_outputs_of_a_library_survive_together(build, tmp_path):
    """The archive is not replaced where the header cannot be."""
    (tmp_path / "car.h").mkdir()
    (tmp_path / "car.weights").write_text("before")
    refused([build.tool("lfm2-compile"), build.model(MODEL), "--emit=static", "-o", tmp_path / "car"], ["car.h"])
    assert (tmp_path / "car.weights").read_text() == "before"
    assert sorted(os.listdir(tmp_path)) == ["car.h", "car.weights"]


def in_folder(build, folder, *arguments, shell=None):
    """The compiler in `folder`; `shell` is a redirection."""
    command = [build.tool("lfm2-compile"), *map(str, arguments)]
    if shell:
        command = ["bash", "-c", f'"$@" {shell}', "-", *command]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)


def test_nothing_that_was_read_is_replaced(build, tmp_path):
    """By whatever option and whatever name: -o, what is derived from it, --report;
    a link, another spelling."""
    shutil.copytree(build.model("tiny-f32-hf"), tmp_path / "hf")
    shutil.copy(build.model(MODEL), tmp_path / "Small.GGUF")
    (tmp_path / "soft").symlink_to("hf/tokenizer_config.json")
    os.link(tmp_path / "hf" / "tokenizer.json", tmp_path / "hard.h")
    os.link(tmp_path / "hf" / "config.json", tmp_path / "out.weights")
    (tmp_path / "here").symlink_to(".")
    (tmp_path / "tuning.json").write_text("{}")
    done = in_folder(build, tmp_path, "Small.GGUF", "--emit=mlir", "-o", "small.mlir")
    assert done.returncode == 0, done.stderr

    def bytes_of(folder):
        return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
    before = bytes_of(tmp_path)
    for arguments in (["hf", "-o", "hf/config.json"], ["hf", "-o", "here/hf/../hf/model.safetensors"],
                      ["hf", "-o", "x", "--report=hf/tokenizer.json"], ["hf", "-o", "soft"],
                      ["hf", "-o", "x", "--report=hf/generation_config.json"],
                      ["hf", "-o", "hard", "--emit=static"], ["hf", "-o", "out", "--weights=file"],
                      ["hf", "-o", "tuning.json", "--tuning=tuning.json"],
                      ["hf", "-o", "x", "--report=tuning.json", "--tuning=./tuning.json"],
                      ["Small.GGUF", "-o", "./Small.GGUF"], ["Small.GGUF", "-o", "x", "--report=Small.GGUF"],
                      ["small.mlir", "-o", "here/small.mlir"], ["small.mlir", "-o", "Small.GGUF"],
                      ["small.mlir", "--emit=asm", "-o", "Small.GGUF"]):
        done = in_folder(build, tmp_path, *arguments)
        assert done.returncode == 1 and "which was read; name another file" in done.stderr, (arguments, done.stderr)
        assert done.stderr.count("error") == 1
        assert bytes_of(tmp_path) == before, arguments
    done = in_folder(build, tmp_path, "./Small.GGUF")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "Small").exists()


def test_the_longest_names(build, tmp_path):
    names = ["o" * 255, "r" * 255]
    done = in_folder(build, tmp_path, build.model(MODEL), "-o", names[0], f"--report={names[1]}")
    assert done.returncode == 0, done.stderr
    assert sorted(os.listdir(tmp_path)) == names
    library = "l" * 247
    done = in_folder(build, tmp_path, build.model(MODEL), "-o", library, "--emit=shared", "--cpu=portable")
    assert done.returncode == 0, done.stderr
    assert sorted(os.listdir(tmp_path)) == [f"{library}.{end}" for end in ("h", "so", "weights")] + names
    done = in_folder(build, tmp_path, build.model(MODEL), "-o", library + "l", "--emit=static")
    assert done.returncode == 1 and "ile name too long" in done.stderr


@pytest.mark.parametrize("arguments,shell,says", [
    (["--report=-"], ">/dev/full", "cannot write to standard output: No space left on device"),
    (["--report=-"], ">&-", "cannot write to standard output: Bad file descriptor"),
    (["--emit=asm", "-o", "-"], ">/dev/full", "cannot write to standard output: No space left on device"),
    (["--emit=mlir"], ">&-", "cannot write to standard output: Bad file descriptor"),
    (["--help"], ">/dev/full", "cannot write to standard output: No space left on device"),
    (["--version"], ">/dev/full", "cannot write to standard output: No space left on device"),
    (["--list-cpus"], ">/dev/full", "cannot write to standard output: No space left on device"),
    (["--report=/dev/full"], "", "cannot write /dev/full: it is no regular file"),
    (["--report=none/r.json"], "", "there is no folder none"),
    (["--tuning=/dev/zero"], "", "cannot read /dev/zero: expected a regular file"),
    (["--tuning=pipe"], "", "cannot read pipe: expected a regular file"),
])
def test_streams_and_devices(build, tmp_path, arguments, shell, says):
    """One line of our own, and nothing left."""
    os.mkfifo(tmp_path / "pipe")
    out = [] if any("emit" in word for word in arguments) else ["-o", "out"]
    done = in_folder(build, tmp_path, build.model(MODEL), *out, *arguments, shell=shell)
    lines = [line for line in done.stderr.splitlines() if "warning" not in line]
    assert done.returncode == 1 and len(lines) == 1, (done.returncode, done.stderr)
    assert lines[0].startswith("lfm2-compile: error: ") and says in lines[0]
    assert os.listdir(tmp_path) == ["pipe"]


@pytest.mark.parametrize("shell", ["2>&-", "2>/dev/full", "<&- >&- 2>&-"])
def test_success_needs_no_standard_error(build, tmp_path, shell):
    done = in_folder(build, tmp_path, build.model(MODEL), "-o", "out", shell=shell)
    assert done.returncode == 0
    assert run([tmp_path / "out", "--info"]).returncode == 0


def test_words_do_nothing_to_a_terminal(build, tmp_path):
    """What a user names is shown without what controls a terminal."""
    name = "a\x1b[2Jb\nc"
    shutil.copy(build.model(MODEL), tmp_path / f"{name}.gguf")
    for arguments in (["-o", "x", f"--cpu={name}"], ["-o", "x", f"--target={name}"], [f"--emit={name}"],
                      [f"--weights={name}"], [f"--quantize={name}"], [f"--{name}"], [f"--verify-roundtrip={name}"],
                      [f"--tuning={name}"], ["-o", f"{name}/x"], [f"--dump-after={name}"], ["-o", f"{name}.gguf"]):
        done = in_folder(build, tmp_path, f"{name}.gguf", *arguments)
        assert done.returncode in (1, 2) and "a\\x1B[2Jb" in done.stderr, (arguments, done.stderr)
        assert "\x1b" not in done.stderr and done.stderr.count("\n") == 1, arguments
    done = in_folder(build, tmp_path, f"{name}.gguf")
    assert done.returncode == 0 and "wrote a\\x1B[2Jb\\nc" in done.stderr
    assert "\x1b" not in done.stderr


def test_a_name_stays_in_the_comment_of_the_header(build, tmp_path):
    """What a checkpoint calls itself becomes no code of who includes OUT.h."""
    file = gguf_edit.read(build.model(MODEL))
    file.set_string("general.name", "a */ int outside = 1; /* b\n* /*/ c")
    file.write(tmp_path / "m.gguf")
    done = run([build.tool("lfm2-compile"), tmp_path / "m.gguf", "--emit=static", "-o", tmp_path / "car"])
    assert done.returncode == 0, done.stderr
    (tmp_path / "main.c").write_text('#include "car.h"\nint outside;\nint main(void) { return outside; }\n')
    done = run(["clang-22", "-Wall", "-Werror", "-fsyntax-only", tmp_path / "main.c"])
    assert done.returncode == 0, done.stderr


def test_choice_of_cpu_is_printed(build, tmp_path):
    done = run([build.tool("lfm2-compile"), build.model(MODEL), "-o", tmp_path / "out"])
    assert done.returncode == 0
    assert done.stdout == ""
    assert "native" in done.stderr


def test_help_lists_targets(build):
    done = run([build.tool("lfm2-compile"), "--help"])
    assert done.returncode == 0
    for word in ("x86_64-linux", "--emit", "--cpu", "--stop-after"):
        assert word in done.stdout


def test_progress_bar_on_a_terminal(build, tmp_path):
    """With a terminal on stderr there is a bar; `script` gives one."""
    command = f"{build.tool('lfm2-compile')} {build.model(MODEL)} -o {tmp_path / 'out'}"
    done = run(["script", "-qec", command, "/dev/null"])
    assert done.returncode == 0
    assert "\x1b[K" in done.stdout and "link" in done.stdout
