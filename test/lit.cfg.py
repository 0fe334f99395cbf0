# lit's settings: what a test may call, and where it finds it.
import os
import shutil
import sys

import lit.formats

sys.path.insert(0, os.path.dirname(__file__))
import vulkan  # noqa: E402

config.name = "lfm2-compile"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["e2e", "unit", "models", "bench", "fuzz", "Inputs"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.lfm2_build, "test", "lit")

tools = os.path.join(config.lfm2_build, "bin")
config.environment["PATH"] = os.pathsep.join(
    [tools, config.llvm_tools, os.environ.get("PATH", "/usr/bin:/bin")])
config.environment["LC_ALL"] = "C.UTF-8"

# Every module that passes through lfm2-opt is also printed and parsed again.
config.substitutions.append(
    (r"\blfm2-opt\b", os.path.join(tools, "lfm2-opt") + " --verify-roundtrip"))
# The compiler with one more target: %NAME-compile of test/targets/NAME.
for name in ("calls", "empty", "names"):
    config.substitutions.append((f"%{name}-compile", os.path.join(
        config.lfm2_build, "test", "targets", name, f"compile-with-{name}")))
config.substitutions.append(("%python", config.python))
config.substitutions.append(("%models", config.models))
config.substitutions.append(("%root", os.path.dirname(config.test_source_root)))
config.substitutions.append(("%build", config.lfm2_build))

# What a test may require: REQUIRES: cpu-avx2, say, for one that runs such code.
with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
    flags = next((line.split(":", 1)[1].split() for line in file
                  if line.startswith("flags")), [])
for feature in ("avx2", "f16c", "fma", "avx_vnni", "avx512f", "avx512_vnni", "avx512_bf16"):
    if feature in flags:
        config.available_features.add("cpu-" + feature)
for tool in ("readelf", "objdump", "cc", "qemu-aarch64", "qemu-hexagon", "spirv-val"):
    if shutil.which(tool):
        config.available_features.add(tool)
# Programs for 64-bit ARM that its C library starts: %aarch64-libc COMMAND.
arm = "/usr/aarch64-linux-gnu"
if shutil.which("qemu-aarch64") and os.path.exists(arm + "/lib/ld-linux-aarch64.so.1"):
    config.available_features.add("aarch64-libc")
    config.substitutions.append(("%aarch64-libc", "qemu-aarch64 -L " + arm))
# `vulkan` is lavapipe, which has all that kernels may ask for; %lavapipe COMMAND and
# %swiftshader COMMAND run a program, %lavapipe --validate COMMAND one that must use Vulkan rightly.
for name, feature in (("lavapipe", "vulkan"), ("swiftshader", "swiftshader")):
    config.substitutions.append(
        (rf"%{name}\b", f"{config.python} {os.path.abspath(vulkan.__file__)} run {name}"))
    if name in vulkan.names():
        config.available_features.add(feature)
if vulkan.has_validation():
    config.available_features.add("vulkan-validation")
