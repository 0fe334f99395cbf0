"""ChatProbe, the compiler and the interpreter of chat templates of this build, called with many requests at once."""

import json
import subprocess


def ask(probe, requests):
    """The answer to each request: {"text"}, {"error"} or {"refused"}."""
    lines = "".join(json.dumps(request) + "\n" for request in requests)
    done = subprocess.run([probe], input=lines, capture_output=True, text=True, check=True)
    answers = [json.loads(line) for line in done.stdout.split("\n")[:-1]]
    assert len(answers) == len(requests)
    return answers
