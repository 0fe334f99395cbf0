"""What was measured on what: the machine, the builds, the model. No paths: what
is written here goes to files that others read."""

import glob
import hashlib
import math
import multiprocessing
import os
import re
import subprocess

from bench import Failure, WrongUse, files

FEATURES = ("avx", "avx2", "fma", "f16c", "avx_vnni", "avx512f", "avx512_vnni", "avx512_bf16", "amx_int8")
CACHE_KEYS = ("CMAKE_BUILD_TYPE", "CMAKE_C_FLAGS", "CMAKE_C_FLAGS_RELEASE", "CMAKE_CXX_FLAGS",
              "CMAKE_CXX_FLAGS_RELEASE", "GGML_NATIVE", "GGML_OPENMP", "GGML_LLAMAFILE", "GGML_CPU_REPACK",
              "GGML_BLAS", "GGML_LTO", "BUILD_SHARED_LIBS")
# What a build that is not native may use; counts where it is ON.
CPU_KEY = re.compile(r"GGML_(SSE42|AVX\w*|BMI2|FMA|F16C|AMX\w*|CPU_ALL_VARIANTS)")


def text_of(path, default=""):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return default


def output_of(command):
    """Its stdout, empty when it cannot run."""
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False,
                              errors="replace", env={**os.environ, "LC_ALL": "C"}).stdout.strip()
    except OSError:
        return ""


def machine():
    lscpu = dict(re.findall(r"^([^:\n]+):\s*(.*)$", output_of(["lscpu"]), re.M))
    memory = re.search(r"MemTotal:\s*(\d+)", text_of("/proc/meminfo"))
    system = re.search(r'^PRETTY_NAME="?([^"\n]*)', text_of("/etc/os-release"), re.M)
    governor = text_of("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor").strip()
    flags = lscpu.get("Flags", "").split()
    return {
        "cpu": lscpu.get("Model name", "unknown"),
        "family_model_stepping": "/".join(lscpu.get(key, "?") for key in ("CPU family", "Model", "Stepping")),
        "cpus": os.cpu_count(),
        "threads_per_core": lscpu.get("Thread(s) per core", "unknown"),
        "caches": {key[:-6]: value for key, value in lscpu.items() if key.endswith(" cache")},
        "features": [feature for feature in FEATURES if feature in flags],
        "hypervisor": lscpu.get("Hypervisor vendor", ""),
        "memory_bytes": int(memory[1]) * 1024 if memory else 0,
        "kernel": os.uname().release,
        "system": system[1] if system else "unknown",
        "governor": governor,
    }


def our_commit(root):
    commit = output_of(["git", "-C", root, "rev-parse", "--short=10", "HEAD"]) or "unknown"
    changed = output_of(["git", "-C", root, "status", "--porcelain", "--untracked-files=no"])
    return commit + (" with changes" if changed else "")


def llama_builds(folders):
    """A description per build folder of llama.cpp; names differ."""
    builds = [llama_build(folder) for folder in folders]
    names = [build["name"] for build in builds]
    for index, build in enumerate(builds):
        if names.count(build["name"]) > 1:
            build["name"] += f" #{index + 1}"
    return builds


def llama_build(folder):
    tool = os.path.join(folder, "bin", "llama-bench")
    if not os.path.isdir(folder):
        raise WrongUse(f"expected --llama-cpp to name a build folder of llama.cpp, found no folder '{folder}'")
    if not os.access(tool, os.X_OK):
        raise WrongUse(f"expected a program bin/llama-bench in '{folder}', found none; "
                       "build it there (ninja llama-bench) or name another folder")
    cache = dict(re.findall(r"^(\w+):[A-Z]+=(.*)$", text_of(os.path.join(folder, "CMakeCache.txt")), re.M))
    found = sorted(glob.glob(os.path.join(glob.escape(folder), "CMakeFiles", "*", "CMakeCXXCompiler.cmake")))
    compiler = text_of(found[-1]) if found else ""
    name, version = (re.search(rf'CMAKE_CXX_COMPILER_{key} "([^"]*)"', compiler) for key in ("ID", "VERSION"))
    name = {"Clang": "clang", "GNU": "GCC"}.get(name[1], name[1]) if name else "unknown compiler"
    options = {key: cache[key] for key in CACHE_KEYS if key in cache}
    options.update((key, "ON") for key in cache if CPU_KEY.fullmatch(key) and cache[key] == "ON")
    return {"tool": os.path.abspath(tool), "name": f"{name} {version[1]}" if version else name,
            "options": options}


def parts_of(model):
    """The files of a model: one, or all of a split one."""
    split = re.fullmatch(r"(.*)-\d{5}-of-(\d{5})\.gguf", model)
    if not split:
        return [model]
    return [f"{split[1]}-{index:05}-of-{split[2]}.gguf" for index in range(1, int(split[2]) + 1)]


def check_model(model):
    try:
        for part in parts_of(model):
            if os.path.exists(part):
                files.check_read(part)
            with open(part, "rb") as file:
                if file.read(4) != b"GGUF":
                    raise WrongUse(f"expected a GGUF file, found other bytes at the start of '{part}'; "
                                   "llama.cpp reads no other")
    except OSError as error:
        raise WrongUse(f"expected a GGUF file, found '{model}': {error.strerror}") from None


def model_facts(model):
    """Name, sha256, sizes, and the multiply-adds of the weights per prompt token
    (the head, which only the last token passes, and attention aside).

    Read in a process of its own: a child's peak memory starts at its parent's, and
    the reader maps the whole file."""
    with multiprocessing.get_context("fork").Pool(1) as pool:
        try:
            return pool.apply(read_facts, (model,))
        except (KeyError, IndexError, ValueError, OSError) as error:
            raise Failure(f"expected the Python package gguf to read '{model}', found: {error}") from None


def read_facts(model):
    try:
        import gguf
    except ImportError:
        raise Failure("expected the Python package gguf, found none; run tools/setup") from None
    parts = parts_of(model)
    types, macs, facts = {}, 0.0, {}
    for part in parts:
        reader = gguf.GGUFReader(part)
        keys = {name.split(".", 1)[1]: field for name, field in reader.fields.items() if "." in name}
        facts = facts or {key: field.contents() for key, field in keys.items()
                          if key in ("name", "architecture", "expert_count", "expert_used_count", "vocab_size")}
        for tensor in reader.tensors:
            kind = tensor.tensor_type.name
            types[kind] = types.get(kind, 0) + int(tensor.n_bytes)
            macs += multiply_adds(tensor.name, [int(size) for size in tensor.shape], facts)
            if tensor.name == "token_embd.weight":
                facts["vocab_size"] = int(tensor.shape[1])
    return {"file": os.path.basename(model), "name": facts.get("name", ""),
            "architecture": facts.get("architecture", ""), "vocabulary": facts.get("vocab_size", 256),
            "bytes": sum(os.path.getsize(part) for part in parts),
            "sha256": [sha256_of(part) for part in parts],
            "bytes_by_type": types, "macs_per_token": round(macs)}


def multiply_adds(name, shape, facts):
    """Of one tensor, per token of a prompt."""
    if not name.startswith("blk.") or not name.endswith(".weight") or len(shape) < 2 or ".conv." in name:
        return 0
    count = math.prod(shape)
    return count * facts["expert_used_count"] / facts["expert_count"] if "_exps." in name else count


def sha256_of(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
