"""The two scripts that say how fast ARM code is without ARM: instructions counted in
qemu, and llvm-mca's models of CPUs."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest
from programs import ROOT, run

BENCH = os.path.join(ROOT, "test", "bench")
sys.path.insert(0, BENCH)
import instructions  # noqa: E402

needs_qemu = pytest.mark.skipif(not shutil.which("qemu-aarch64"),
                                reason="qemu-aarch64 is not installed (Debian: qemu-user)")

# Three instructions, then two a round, then three; a first round is in the first block.
LOOP = """
.globl _start
_start:
  ldr x0, =ROUNDS
  mov x1, #0
  nop
1:
  subs x0, x0, #1
  b.ne 1b
  mov x0, #0
  mov x8, #93
  svc #0
"""


@needs_qemu
def test_every_instruction_is_counted(tmp_path):
    counter = instructions.Counter(str(tmp_path), "qemu-aarch64", "cortex-a76")
    for rounds in (1, 70000, 1000000):
        source, program = tmp_path / "loop.s", str(tmp_path / "loop")
        source.write_text(LOOP.replace("ROUNDS", str(rounds)))
        subprocess.run(["clang-22", "--target=aarch64-linux-gnu", "-nostdlib", "-static", "-fuse-ld=lld",
                        str(source), "-o", program], check=True)
        assert instructions.total(counter.count([program])) == 3 + 2 * rounds + 3


@needs_qemu
def test_a_token_of_a_small_model(build, tmp_path):
    kept = tmp_path / "counts.json"
    done = run([sys.executable, os.path.join(BENCH, "instructions.py"), build.model("tiny-q4_0.gguf"),
                "--build", build.folder, "--cpu=cortex-a76", "--decode=2", "--prompt=8", "--functions=2",
                "--json", str(kept)])
    assert done.returncode == 0, done.stderr
    assert re.search(r"\| tiny-q4_0.gguf \| cortex-a76 \| decode \| [\d.]+ \| 0\.\d+ \|$", done.stdout, re.MULTILINE)
    found = json.loads(kept.read_text())
    # A sixteenth are the products alone; more than 0.4 would be spills or calls.
    assert 0.1 < found["decode"]["ours"] / found["weights"] < 0.4
    assert found["pp8"]["ours"] < found["decode"]["ours"]


def test_what_a_model_of_a_cpu_says(build, tmp_path):
    page = tmp_path / "page.md"
    done = run([sys.executable, os.path.join(BENCH, "mca.py"), "--build", build.folder,
                "--cpu=cortex-x4", "--format=q8_0", "--page", str(page)])
    assert done.returncode == 0, done.stderr
    text = page.read_text()
    cycles, weights, bound = re.search(r"\| cortex-x4 \| (\d+): ([\d.]+), (.*) \|", text).groups()
    assert float(weights) == pytest.approx(1024 / int(cycles), rel=0.05)
    assert float(weights) > 30 and bound == "4 V3UnitV"
    # Decode, prefill, and what follows for a model of one format.
    assert text.count("| cortex-x4 |") == 5


def test_an_unknown_cpu_is_refused():
    done = run([sys.executable, os.path.join(BENCH, "mca.py"), "--cpu=cortex-x5"])
    assert done.returncode == 2
    assert "unknown CPU cortex-x5; expected some of cortex-a53, cortex-a76" in done.stderr
