"""ask.py PROGRAM: asks it two lines of --jsonl, the second when the first is answered."""
import subprocess
import sys

asked = subprocess.Popen([sys.argv[1], "--jsonl", "-", "--temp", "0", "-n", "2"], stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE)
for name in ("first", "second"):
    asked.stdin.write(b'{"id": "%s", "prompt": "abc"}\n' % name.encode())
    asked.stdin.flush()
    print(asked.stdout.readline().decode().rstrip())
asked.stdin.close()
print("status", asked.wait(timeout=60))
