"""Reads the command, and turns what fails into one line."""

import os
import sys

from .refusal import Refusal, reason

HELP = """\
lfm2: language models as native programs of this machine

  lfm2 run MODEL               chat in a terminal
  lfm2 run MODEL PROMPT        an answer; without PROMPT, standard input is read
  lfm2 serve MODEL...          a server for OpenAI's, Ollama's and llama.cpp's clients
  lfm2 pull MODEL              download a model, or what is new of it
  lfm2 list                    models on this machine
  lfm2 show MODEL              what a model is, and what was compiled of it
  lfm2 rm MODEL                delete what was compiled of it
  lfm2 compile MODEL -o OUT    a program or a library for yourself
  lfm2 prepare MODEL           compile into the cache, and print the path

MODEL is
  a path                       model.gguf, or a folder with safetensors
  a repository on the hub      LiquidAI/LFM2-350M-GGUF:Q4_0, also with hf.co/ before it
  a short name                 lfm2:350m, lfm2.5:1.2b-thinking, lfm2:350m-q8_0
  what Ollama or LM Studio have downloaded, by its name there

`lfm2 COMMAND --help` says more.
"""


def commands():
    from . import programs
    return {"run": programs.run, "serve": programs.serve, "prepare": programs.prepare,
            "compile": programs.compile_model}


def main(words=None):
    words = sys.argv[1:] if words is None else words
    try:
        if not words or words[0] in ("-h", "--help", "help"):
            print(HELP, end="")
            return 0
        command = commands().get(words[0])
        if not command:
            raise Refusal(f"expected a command, found '{words[0]}'; `lfm2 --help` lists them", 2)
        return command(words[1:])
    except Refusal as refusal:
        if str(refusal):
            print(f"lfm2: error: {refusal}", file=sys.stderr)
        return refusal.status
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 1
    except OSError as error:
        print(f"lfm2: error: {error.filename or 'input or output'}: {reason(error)}", file=sys.stderr)
        return 1
