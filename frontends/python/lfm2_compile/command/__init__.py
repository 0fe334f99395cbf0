"""`lfm2`, the command: a model's name in, an answer out.

Nothing here loads the package's modules in C++, numpy or huggingface_hub before
they are needed, so that a model that is compiled already answers at once."""
