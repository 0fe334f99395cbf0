"""What --help prints."""

ALL = """\
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

`lfm2 COMMAND --help` says more; `lfm2 --version` prints the compiler's version.
"""

COMMANDS = {
    "run": """\
usage: lfm2 run [OPTIONS OF lfm2-compile] MODEL [PROMPT] [OPTIONS OF THE PROGRAM]

Downloads MODEL if it is not on this machine, compiles it for this machine's CPU unless
that was done before, and runs the program: a chat in a terminal, or an answer to PROMPT
or to what is piped in.

  lfm2 run lfm2:350m                                   chat; /help lists its commands
  lfm2 run lfm2:350m "Why is the sky blue?"            an answer
  lfm2 run lfm2:350m "Write a poem" --temp 0.8 -n 200  options of the program stand behind
  lfm2 run lfm2:350m --help                            these options
  lfm2 run lfm2:350m -- "-1 + 1?"                      a PROMPT that begins with "-"
  lfm2 run --quantize=q8_0 LiquidAI/LFM2-350M "Hi"     options of the compiler before MODEL
  lfm2 run lfm2:350m < letter.txt                      standard input is what the user says
""",
    "serve": """\
usage: lfm2 serve [OPTIONS OF lfm2-compile] MODEL... [OPTIONS OF lfm2-serve]

Prepares each MODEL as `lfm2 run` does and serves them over HTTP, each by the last part
of its name. `lfm2-serve --help` lists its options.

  lfm2 serve lfm2:350m
  lfm2 serve lfm2:350m lfm2.5:1.2b-thinking --port=9000
""",
    "pull": """\
usage: lfm2 pull MODEL

Downloads MODEL into the cache of huggingface_hub, or what is new of it, and prints where
it is. The variables of huggingface_hub hold: HF_TOKEN, HF_HOME, HF_HUB_OFFLINE,
HF_ENDPOINT and others. What a run before this one downloaded is not fetched again.
""",
    "list": """\
usage: lfm2 list [--json | --names]

Lists the models in the cache of huggingface_hub, in LM Studio's and Ollama's folders, and
what was compiled: its bytes, and when it was used last. Outdated is what another
version of the compiler made.

  --json    the same for programs
  --names   the short names and their repositories
""",
    "show": """\
usage: lfm2 show MODEL [--json]

Says where MODEL is, and what was compiled of it.
""",
    "rm": """\
usage: lfm2 rm MODEL [--weights [--yes]]
       lfm2 rm --outdated

Deletes the programs that were compiled of MODEL.

  --weights   its download, too, after a question
  --yes       without the question
  --outdated  the programs that another version of the compiler made
""",
    "compile": """\
usage: lfm2 compile [OPTIONS OF lfm2-compile] MODEL [OPTIONS OF lfm2-compile]

lfm2-compile with a MODEL that may be a name, too. `lfm2-compile --help` lists its options.

  lfm2 compile lfm2:350m -o chat --cpu=portable
  lfm2 compile LiquidAI/LFM2-350M -o libchat.a --emit=static --quantize=q4_0
""",
    "prepare": """\
usage: lfm2 prepare [--emit=exe|shared] [OPTIONS OF lfm2-compile] MODEL

Does what `lfm2 run` does before it runs the program, and prints the program's path. With
--emit=shared that is a library, as lfm2-serve and the Python package load it.
""",
}
