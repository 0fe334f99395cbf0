"""kill_when.py FILE LINES COMMAND...: kills COMMAND when FILE has so many lines."""
import subprocess
import sys
import time

path, lines, command = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
process = subprocess.Popen(command)
end = time.time() + 60
while time.time() < end and process.poll() is None:
    try:
        with open(path, "rb") as file:
            if file.read().count(b"\n") >= lines:
                break
    except FileNotFoundError:
        pass
    time.sleep(0.001)
process.kill()
print("killed", process.wait())
