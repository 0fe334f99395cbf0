// What llama.cpp's grammars accept: see make_goldens.py, which builds this with
// its library. Reads lines of hexadecimal bytes from the standard input: a
// grammar, the number of texts, the texts. Writes for each grammar a line:
// "refused", or a digit for each text, 1 where it is in the grammar.
#include "llama-grammar.h"

#include <cstdio>
#include <iostream>
#include <string>

static std::string readBytes() {
  std::string line, bytes;
  std::getline(std::cin, line);
  for (size_t i = 0; i + 1 < line.size(); i += 2)
    bytes.push_back(char(std::stoi(line.substr(i, 2), nullptr, 16)));
  return bytes;
}

// `text` is UTF-8.
static bool accepts(const std::string &grammarText, const std::string &text) {
  llama_grammar *grammar = llama_grammar_init_impl(
      nullptr, grammarText.c_str(), "root", false, nullptr, 0, nullptr, 0);
  bool in = true;
  try {
    llama_grammar_accept_str(*grammar, text);
  } catch (const std::exception &) {
    in = false;
  }
  bool ends = false;
  for (const auto &stack : llama_grammar_get_stacks(grammar))
    ends |= stack.empty();
  llama_grammar_free_impl(grammar);
  return in && ends;
}

int main() {
  while (std::cin.peek() != EOF) {
    const std::string grammar = readBytes();
    std::string count;
    std::getline(std::cin, count);
    llama_grammar *made = llama_grammar_init_impl(
        nullptr, grammar.c_str(), "root", false, nullptr, 0, nullptr, 0);
    std::string line = made ? "" : "refused";
    for (int i = 0; i < std::stoi(count); ++i) {
      const std::string text = readBytes();
      if (made)
        line += accepts(grammar, text) ? '1' : '0';
    }
    if (made)
      llama_grammar_free_impl(made);
    std::cout << line << std::endl;
  }
}
