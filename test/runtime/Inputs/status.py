"""status.py STATUS COMMAND...: runs COMMAND; fails unless it ends with STATUS
after at most one line on standard error, within a second or so."""
import subprocess
import sys

expected = int(sys.argv[1])
done = subprocess.run(sys.argv[2:], capture_output=True, timeout=60, stdin=sys.stdin)
sys.stdout.buffer.write(done.stdout)
sys.stderr.buffer.write(done.stderr)
lines = done.stderr.count(b"\n")
if done.returncode != expected or lines != 1:
    print(f"status {done.returncode}, expected {expected}; {lines} lines of error")
    sys.exit(1)
