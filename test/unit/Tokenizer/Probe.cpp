// Encodes many texts for test/tokenizer/differential.py:
//
//   TokenizerProbe tokenizer.json FLAGS < texts > ids
//
// A text is a u32 length and its bytes; the answer a u32 count and its ids.
// With
// --time it encodes all of stdin as one text, and reports the times on stderr.

#include "lib/Model/TokenizerTables.h"
#include "test/unit/Tokenizer/TokenizerFile.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>

using namespace lfm2c;

static double now() {
  return std::chrono::duration<double>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

static void report(const OpenTokenizer &tokenizer, double built) {
  std::string text;
  char buffer[65536];
  for (size_t got; (got = std::fread(buffer, 1, sizeof buffer, stdin)) > 0;)
    text.append(buffer, got);
  lfm2_tokenizer opened;
  double start = now();
  lfm2_tokenizer_open(
      &opened, reinterpret_cast<const uint8_t *>(tokenizer.getWords().data()),
      tokenizer.getBytes());
  const double opening = now() - start;
  start = now();
  const size_t count = tokenizer.encode(text).size();
  const double encoding = now() - start;
  std::fprintf(stderr,
               "section %.3f MB, built in %.0f ms, opened in %.3f ms; %.3f MB "
               "of text to %zu ids in %.1f ms, %.1f MB/s\n",
               double(tokenizer.getBytes()) / 1e6, built * 1e3, opening * 1e3,
               double(text.size()) / 1e6, count, encoding * 1e3,
               double(text.size()) / 1e6 / encoding);
}

int main(int argc, char **argv) {
  if (argc != 3)
    return 2;
  auto spec = readTokenizerFile(argv[1]);
  if (!spec) {
    llvm::logAllUnhandledErrors(spec.takeError(), llvm::errs());
    return 1;
  }
  const double start = now();
  auto tokenizer = OpenTokenizer::fromSpec(*spec);
  const double built = now() - start;
  if (!tokenizer) {
    llvm::logAllUnhandledErrors(tokenizer.takeError(), llvm::errs());
    return 1;
  }
  if (std::strcmp(argv[2], "--time") == 0) {
    report(*tokenizer, built);
    return 0;
  }
  const int flags = std::atoi(argv[2]);
  bool whole =
      !(flags & LFM2_TOKENIZE_ADD_BOS) && spec->normalizer == Normalizer::None;
  for (const AddedToken &token : spec->added)
    whole &= !token.lstrip && !token.rstrip;
  for (uint32_t length; std::fread(&length, 4, 1, stdin) == 1;) {
    std::string text(length, '\0');
    if (length && std::fread(text.data(), 1, length, stdin) != length)
      return 1;
    const std::vector<int32_t> ids = tokenizer->encode(text, flags);
    if (whole && tokenizer->decode(ids) != text) {
      std::fprintf(stderr, "the pieces do not make the text\n");
      return 1;
    }
    const uint32_t count = uint32_t(ids.size());
    std::fwrite(&count, 4, 1, stdout);
    std::fwrite(ids.data(), 4, ids.size(), stdout);
  }
  return 0;
}
