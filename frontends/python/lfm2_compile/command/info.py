"""What a compiled program says of itself."""

import json
import subprocess


def info_of(program):
    """What it prints for --info; None where it cannot run here."""
    try:
        done = subprocess.run([program, "--info"], capture_output=True, timeout=60, check=True)
        info = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return info if isinstance(info, dict) else None
