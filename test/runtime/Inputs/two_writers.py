"""two_writers.py PROGRAM FILE: two processes at a time save conversations of different length
in FILE; what is loaded then is one of them."""
import subprocess
import sys

program, path = sys.argv[1:]
TEXTS = ("short", "a longer text " * 9)


def save(text):
    return subprocess.Popen([program, "--chat", "--prompt", text, "-n", "2", "--save", path], stdout=subprocess.DEVNULL)


for _ in range(20):
    for process in [save(text) for text in TEXTS]:
        assert process.wait(timeout=60) == 0
    shown = subprocess.run([program, "--chat", "--prompt", "x", "--load", path, "--show-prompt"], capture_output=True,
                           check=True, text=True).stdout
    assert sum(f"user\n{text}<" in shown for text in TEXTS) == 1, shown
print("whole each time")
