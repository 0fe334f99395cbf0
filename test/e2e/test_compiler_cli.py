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
    (["--quantize=q3_k"], ["q3_k", "q8_0"]),
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


def test_the_model_is_not_replaced(build, tmp_path):
    model = tmp_path / "Small.GGUF"
    shutil.copy(build.model(MODEL), model)
    (tmp_path / "link").symlink_to(model)
    before = model.read_bytes()
    for arguments in (["-o", "./Small.GGUF"], ["-o", "link"], ["-o", "x", "--report=Small.GGUF"]):
        done = subprocess.run([build.tool("lfm2-compile"), "Small.GGUF", *arguments], cwd=tmp_path,
                              capture_output=True, text=True, timeout=60)
        assert done.returncode == 1 and "would replace the model's file" in done.stderr, done.stderr
        assert model.read_bytes() == before
    done = subprocess.run([build.tool("lfm2-compile"), "./Small.GGUF"], cwd=tmp_path,
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert model.read_bytes() == before and (tmp_path / "Small").exists()


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
