"""One damaged input: made, met by the tools, and judged.

Whatever the input is, a tool ends by itself soon, in little memory, with status 0, or with 1 or 2
and its reason in a line; it leaves what it read as it was, and nothing of its own after a failure.
"""

import hashlib
import os
import shutil

from refusal import run_alone

SECONDS, MEGABYTES = 60, 300


def snapshot(folder):
    """{path: hash} of all files below."""
    found = {}
    for root, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(root, name)
            with open(path, "rb") as file:
                found[path] = hashlib.sha256(file.read()).hexdigest()
    return found


def judge(command, folder, before):
    """What is wrong with how `command` went, or None; and its status."""
    answer, _, err = run_alone(command, most_seconds=SECONDS)
    if answer.status not in (0, 1, 2):
        return f"ended by {answer.status}: {err[-500:]}", answer.status
    if answer.status != 0 and not err.strip():
        return "failed without a word", answer.status
    if answer.kilobytes > MEGABYTES * 1024:
        return f"took {answer.kilobytes // 1024} MB", answer.status
    after = snapshot(folder)
    changed = [path for path, digest in before.items() if after.get(path) != digest]
    if changed:
        return f"changed its input {changed}", answer.status
    left = [path for path in after if path not in before and (answer.status or "/out" not in path)]
    if left:
        return f"left {left}", answer.status
    return None, answer.status


def try_one(kind, seed, folder):
    """None, or what went wrong with the input of this seed, which then stays in `folder`."""
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    commands = kind.make(seed, folder)
    for number, command in enumerate(commands):
        # A program is there only where its compilation came to an end.
        if not os.path.exists(command[0]):
            break
        try:
            wrong, _ = judge(command, folder, snapshot(folder))
        except AssertionError as error:
            wrong = str(error)
        if wrong:
            return f"seed {seed}, command {number + 1}: {' '.join(command)}: {wrong}"
    shutil.rmtree(folder)
    return None
