"""The implementations of Vulkan that tests can run on, which need no GPU, and how a
program runs on one of them.

    vulkan.py names                                 those that are there, a line each
    vulkan.py run NAME [--validate] COMMAND...      the command on one of them

tools/setup-vulkan unpacks them into .venv/vulkan:

- lavapipe, Mesa 25 or later: 8, 16 and 64-bit types, addresses, subgroups of 8;
- swiftshader: 32-bit types alone, workgroups of 256, subgroups of 4. A program that
  asks for more types than it has ends it by SIGILL.

A GPU that the machine may have is not used: tests have the same device everywhere.
--validate puts Khronos's validation layer between, which says what a program does wrong
with the interface; its messages follow on stderr, and then the exit status is 1.
"""

import ctypes
import os
import subprocess
import sys
import tempfile

FOLDER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), ".venv", "vulkan")
NAMES = ("lavapipe", "swiftshader")
LAYER = "VK_LAYER_KHRONOS_validation"
LAYERS = ("/usr/share/vulkan/explicit_layer.d", "/etc/vulkan/explicit_layer.d")


def names():
    """Those of NAMES that are there, and none where the loader, libvulkan1, is missing."""
    try:
        ctypes.CDLL("libvulkan.so.1")
    except OSError:
        return []
    return [name for name in NAMES if os.path.exists(os.path.join(FOLDER, name, "icd.json"))]


def has_validation():
    return any(os.path.exists(os.path.join(folder, "VkLayer_khronos_validation.json")) for folder in LAYERS)


def environment(name, threads=2):
    """The variables that run a program on `name` alone. `threads` is how many of the CPU
    lavapipe takes; SwiftShader takes all. The loader wants one name of the first two, by
    its age. The loader's and the layers' variables that stand in the caller's environment
    do not count."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("VK_")}
    folder = os.path.join(FOLDER, name)
    icd = os.path.join(folder, "icd.json")
    libraries = [os.path.join(folder, "lib"), *filter(None, [kept.get("LD_LIBRARY_PATH")])]
    return kept | {"VK_DRIVER_FILES": icd, "VK_ICD_FILENAMES": icd, "LP_NUM_THREADS": str(threads),
                   "LD_LIBRARY_PATH": os.pathsep.join(libraries)}


def validating(folder):
    """The variables by which the layer looks on, and the file in `folder` that gets its
    messages, which are empty where all is right."""
    messages, settings = os.path.join(folder, "messages"), os.path.join(folder, "vk_layer_settings.txt")
    with open(settings, "w", encoding="utf-8") as file:
        file.write("khronos_validation.debug_action = VK_DBG_LAYER_ACTION_LOG_MSG\n"
                   "khronos_validation.report_flags = error,warn\n"
                   f"khronos_validation.log_filename = {messages}\n")
    return {"VK_INSTANCE_LAYERS": LAYER, "VK_LAYER_SETTINGS_PATH": settings}, messages


def run_validated(name, command, **settings):
    """subprocess.run() of the command on `name`, and what the layer said. A program that
    never made an instance of Vulkan is not one that did all right."""
    with tempfile.TemporaryDirectory() as folder:
        variables, messages = validating(folder)
        done = subprocess.run(command, env=environment(name) | variables, **settings)
        if not os.path.exists(messages):
            return done, f"expected {LAYER} to be loaded, it was not: no instance of Vulkan was made\n"
        with open(messages, encoding="utf-8", errors="replace") as file:
            return done, file.read()


def main(words):
    if words == ["names"]:
        print("".join(f"{name}\n" for name in names()), end="")
        return 0
    if len(words) < 3 or words[0] != "run" or words[1] not in NAMES:
        sys.exit(f"usage: vulkan.py names | run {'|'.join(NAMES)} [--validate] COMMAND...")
    name, command = words[1], words[2:]
    if name not in names():
        sys.exit(f"vulkan.py: expected {name} in {FOLDER} and the loader libvulkan1, found one missing; "
                 "run tools/setup")
    if command[0] != "--validate":
        return subprocess.run(command, env=environment(name), check=False).returncode
    done, messages = run_validated(name, command[1:])
    sys.stderr.write(messages)
    return done.returncode or int(bool(messages.strip()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
