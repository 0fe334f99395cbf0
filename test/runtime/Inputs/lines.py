"""lines.py COUNT: lines for --jsonl, of prompts of different lengths."""
import json
import sys

for i in range(int(sys.argv[1])):
    print(json.dumps({"id": f"n{i}", "prompt": "abc " * (i % 7 + 1), "max_tokens": i * 5 % 23, "temperature": 4}))
