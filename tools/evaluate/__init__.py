"""The parts of tools/lfm2-eval, one idea a file.

programs   what gives logits: a compiled program, run by its command line
texts      what a text has to be
windows    the pieces of a text that are read, and which of their tokens count
logits     files of log probabilities, as llama-perplexity writes and reads them
score      numbers out of log probabilities
table      the numbers for people, and as JSON
"""
