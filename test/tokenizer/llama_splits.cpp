// llama.cpp's splits of many texts, for llama_splits.py. Compiled with its
// src/unicode.cpp and src/unicode-data.cpp:
//
//   llama_splits PATTERN... < texts > words
//
// A text is a u32 length and its bytes; the answer a u32 count and its words,
// each a u32 length and its bytes in GPT-2's form.

#include "unicode.h"

#include <cstdint>
#include <cstdio>

static void put(uint32_t value) { std::fwrite(&value, 4, 1, stdout); }

int main(int argc, char **argv) {
  const std::vector<std::string> patterns(argv + 1, argv + argc);
  for (uint32_t length; std::fread(&length, 4, 1, stdin) == 1;) {
    std::string text(length, '\0');
    if (length && std::fread(text.data(), 1, length, stdin) != length)
      return 1;
    const std::vector<std::string> words =
        unicode_regex_split(text, patterns, true);
    put(uint32_t(words.size()));
    for (const std::string &word : words) {
      put(uint32_t(word.size()));
      std::fwrite(word.data(), 1, word.size(), stdout);
    }
  }
  return 0;
}
