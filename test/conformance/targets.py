"""What programs are made for and what runs them, one line each."""

import functools
import platform
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass

import pytest

import error_bars
import vulkan


@functools.cache
def version_of(qemu):
    """Of `qemu-... version 7.2.22 (...)` the 7."""
    said = subprocess.run([qemu, "--version"], capture_output=True, text=True, check=True).stdout
    return int(re.search(r"version (\d+)", said).group(1))


@dataclass(frozen=True)
class Machine:
    """CPU `cpu` of `target`, and the words of --cpu whose programs it must refuse
    with a name of what it lacks."""
    target: str
    cpu: str
    qemu: str = ""  # of qemu's -cpu; empty: only this machine itself will do
    device: str = ""  # or one of vulkan.NAMES
    refuses: str = ""
    splits_bf16: bool = False
    all_models: bool = True  # or SOME, where code differs from another's in few ways
    without: tuple = ()  # models left out since each takes half a minute; they pass when asked for
    slow: bool = False  # qemu takes bfdot and SVE's floats one by one, and so HVX
    chunk: int = 0  # most tokens of a step, where compiling a size more takes long
    qemu_from: int = 0  # the first version of qemu that runs it rightly

    @property
    def options_for_texts(self):
        """Of lfm2-compile, for models of whole texts, which have one size of step."""
        return [f"--target={self.target}", f"--cpu={self.cpu}"] if self.cpu else []

    @property
    def options(self):
        """The same for all others. Programs of this machine's own kind are test/e2e's too."""
        return self.options_for_texts + ([f"--chunk={self.chunk}"] if self.chunk else [])

    @property
    def architecture(self):
        return self.target.split("-")[0]

    @property
    def emulator(self):
        if self.device:
            return [sys.executable, vulkan.__file__, "run", self.device]
        return ["qemu-" + self.architecture, "-cpu", self.qemu] if self.qemu else []

    @property
    def missing(self):
        """Why nothing can be run here, or nothing."""
        if self.device:
            return "" if self.device in vulkan.names() else f"{self.device} is not there (tools/setup-vulkan)"
        if self.emulator:
            if not shutil.which(self.emulator[0]):
                return f"{self.emulator[0]} is not installed (Debian: qemu-user)"
            version = version_of(self.emulator[0]) if self.qemu_from else 0
            return "" if version >= self.qemu_from else \
                f"{self.emulator[0]} {version} runs this CPU's instructions wrongly; from {self.qemu_from} on it is right"
        return "" if platform.machine() == self.architecture else \
            f"this machine is no {self.architecture}"

    def __str__(self):
        return f"{self.target}-{self.cpu or 'native'}" + (f"-on-{self.qemu or self.device}" if self.emulator else "")


MACHINES = [
    Machine("x86_64-linux", "", splits_bf16=error_bars.this_machine_splits()),
    Machine("aarch64-linux", "armv8-a", "cortex-a53", refuses="armv8.4-a"),
    Machine("aarch64-linux", "armv8.4-a", "cortex-a76", refuses="armv8.6-a"),
    Machine("aarch64-linux", "armv8.6-a", "max,sve=off", refuses="neoverse-v2", splits_bf16=True,
            all_models=False, slow=True),
    Machine("aarch64-linux", "neoverse-v2", "max,sve128=on", refuses="armv9-a,+sve256", splits_bf16=True,
            all_models=False, slow=True),
    Machine("aarch64-linux", "armv9-a,+sve256", "max,sve256=on", refuses="armv9-a,+sve512", slow=True),
    Machine("aarch64-linux", "armv9-a,+sve512", "max,sve512=on", all_models=False, slow=True),
    # The sums of smopa were wrong before.
    Machine("aarch64-linux", "apple-m4", "max,sme512=on,sme_fa64=off", splits_bf16=True, all_models=False, slow=True,
            qemu_from=9),
    Machine("hexagon", "hexagonv66", "v67", slow=True, chunk=8,
            without=("moe-odd-f32.gguf", "odd-taps7-f16.gguf", "tiny-q8_0.gguf", "tiny-q5_k_m.gguf",
                     "mean-odd-bf16.gguf")),
    # The driver compiles each kernel in a tenth of a second or more, and so a program in 5 to 20 s.
    Machine("vulkan", "none", device="lavapipe", chunk=8, without=("tiny-grids.gguf",)),
]
SOME = ["odd-f32.gguf", "odd-bf16.gguf", "tiny-q8_0.gguf", "tiny-q4_0.gguf", "tiny-q4_k_m.gguf", "tiny-q5_k_m.gguf",
        "mean-odd-bf16.gguf", "embed-q4_0.gguf"]


def on_machines(models):
    """Parameters (machine, model)."""
    return pytest.mark.parametrize(
        "machine,model",
        [(machine, model) for machine in MACHINES for model in models
         if (machine.all_models or model in SOME) and model not in machine.without],
        indirect=["machine"], ids=str)
