"""Makes the small checkpoints of small_models.txt in a folder, those that are
missing or were made by another generator or with other arguments.

    small_models.py OUTDIR [NAME...]      all, or the named ones
"""

import hashlib
import os
import shlex
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
LIST = os.path.join(HERE, "small_models.txt")
GENERATOR = os.path.join(HERE, "models", "make_checkpoint.py")


def read_list():
    """{name: [arguments]} in the file's order."""
    models = {}
    with open(LIST, encoding="utf-8") as file:
        for line in file:
            words = shlex.split(line, comments=True)
            if words:
                models[words[0]] = words[1:]
    return models


def generator_hash():
    digest = hashlib.sha256()
    folder = os.path.dirname(GENERATOR)
    for name in sorted(os.listdir(folder)):
        if name.endswith(".py") and not name.startswith("train"):
            with open(os.path.join(folder, name), "rb") as file:
                digest.update(file.read())
    return digest.hexdigest()


def make(folder, name, arguments, generator):
    path = os.path.join(folder, name)
    stamp = os.path.join(folder, ".stamps", name.replace("/", "_"))
    wanted = f"{generator} {shlex.join(arguments)}"
    if os.path.exists(path) and os.path.exists(stamp):
        with open(stamp, encoding="utf-8") as file:
            if file.read() == wanted:
                return
    os.makedirs(os.path.dirname(path), exist_ok=True)
    os.makedirs(os.path.dirname(stamp), exist_ok=True)
    if os.path.isdir(path):
        shutil.rmtree(path)
    subprocess.run([sys.executable, GENERATOR, path, *arguments], check=True,
                   stdout=subprocess.DEVNULL)
    with open(stamp, "w", encoding="utf-8") as file:
        file.write(wanted)


def main():
    folder, names = sys.argv[1], sys.argv[2:]
    os.makedirs(folder, exist_ok=True)
    models, generator = read_list(), generator_hash()
    for name in names or models:
        make(folder, name, models[name], generator)


if __name__ == "__main__":
    main()
