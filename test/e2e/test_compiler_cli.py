"""lfm2-compile's command line: wrong use, full disks, what is printed where."""

import os
import subprocess

import pytest

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
