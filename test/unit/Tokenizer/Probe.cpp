// Encodes many texts for test/tokenizer/differential.py:
//
//   TokenizerProbe tokenizer.json FLAGS < texts > ids
//
// A text is a u32 length and its bytes; the answer a u32 count and its ids.
// With --time it encodes all of stdin as one text, and reports the times on
// stderr. `TokenizerProbe --splits FILE` compares what
// test/tokenizer/make_split_goldens.py wrote.

#include "lib/Model/TokenizerTables.h"
#include "runtime/tokenizer/Text.h"
#include "test/unit/Tokenizer/SplitFile.h"

#include "llvm/Support/JSON.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

using namespace lfm2c;

// Seconds of this process, least of some runs: others may run beside it.
template <typename Run> static double timeOf(Run run) {
  double least = 1e9;
  for (int i = 0; i < 7; ++i) {
    const std::clock_t start = std::clock();
    run();
    least = std::min(least, double(std::clock() - start) / CLOCKS_PER_SEC);
  }
  return least;
}

static void report(const TokenizerSpec &spec) {
  std::string text;
  char buffer[65536];
  for (size_t got; (got = std::fread(buffer, 1, sizeof buffer, stdin)) > 0;)
    text.append(buffer, got);
  const double built =
      timeOf([&] { llvm::cantFail(OpenTokenizer::fromSpec(spec)); });
  const OpenTokenizer tokenizer = llvm::cantFail(OpenTokenizer::fromSpec(spec));
  const double opening = timeOf([&] {
    lfm2_tokenizer opened;
    for (int i = 0; i < 100; ++i)
      lfm2_tokenizer_open(
          &opened,
          reinterpret_cast<const uint8_t *>(tokenizer.getWords().data()),
          tokenizer.getBytes());
  });
  std::vector<char> work(
      lfm2_tokenizer_work_bytes(&tokenizer.get(), text.size()));
  std::vector<int32_t> ids(
      lfm2_tokenizer_most_ids(&tokenizer.get(), text.size()));
  int64_t count = 0;
  const double encoding = timeOf([&] {
    count =
        lfm2_tokenizer_encode(&tokenizer.get(), text.data(), text.size(), 0,
                              ids.data(), ids.size(), work.data(), work.size());
  });
  size_t words = 0;
  const double splitting = timeOf([&] {
    words = 0;
    lfm2rt::splitText(
        tokenizer.get(), reinterpret_cast<const uint8_t *>(text.data()),
        text.size(), reinterpret_cast<uint8_t *>(work.data()),
        [](void *to, const uint8_t *, size_t) {
          ++*static_cast<size_t *>(to);
          return true;
        },
        &words);
  });
  const double megabytes = double(text.size()) / 1e6;
  std::fprintf(stderr,
               "section %.3f MB, built in %.0f ms, opened in %.3f ms; %.3f MB "
               "of text to %zu words in %.1f ms, %.1f MB/s, to %lld ids in "
               "%.1f ms, %.1f MB/s\n",
               double(tokenizer.getBytes()) / 1e6, built * 1e3, opening * 10,
               megabytes, words, splitting * 1e3, megabytes / splitting,
               static_cast<long long>(count), encoding * 1e3,
               megabytes / encoding);
}

// Compares the splits of a file; prints the first differences.
static int compareSplits(const char *path) {
  auto file = readSplitFile(path);
  if (!file) {
    llvm::logAllUnhandledErrors(file.takeError(), llvm::errs());
    return 1;
  }
  const std::vector<SplitGolden> &goldens = *file;
  size_t texts = 0, wrong = 0, refused = 0, largest = 0;
  for (const SplitGolden &golden : goldens) {
    auto tokenizer = openSplit(golden.steps);
    if (!tokenizer) {
      ++refused;
      llvm::outs() << llvm::toString(tokenizer.takeError()) << "\n";
      continue;
    }
    largest = std::max(largest, tokenizer->getBytes());
    bool shown = false;
    for (size_t i = 0; i < golden.texts.size(); ++i) {
      ++texts;
      const auto found = splitWords(*tokenizer, golden.texts[i]);
      if (found == golden.pieces[i])
        continue;
      ++wrong;
      if (shown)
        continue;
      shown = true;
      const auto show = [](const char *what, const auto &words) {
        llvm::outs() << what << llvm::json::Value(llvm::json::Array(words))
                     << "\n";
      };
      llvm::outs() << golden.steps[0].pattern << " on "
                   << llvm::json::Value(golden.texts[i]) << "\n";
      show("  expected ", golden.pieces[i]);
      show("  found    ", found);
    }
  }
  llvm::outs() << goldens.size() << " patterns, " << refused << " refused, "
               << texts << " texts, " << wrong << " differ; largest section "
               << largest << "\n";
  return wrong != 0;
}

int main(int argc, char **argv) {
  if (argc != 3)
    return 2;
  if (std::strcmp(argv[1], "--splits") == 0)
    return compareSplits(argv[2]);
  auto spec = readTokenizerFile(argv[1]);
  if (!spec) {
    llvm::logAllUnhandledErrors(spec.takeError(), llvm::errs());
    return 1;
  }
  if (std::strcmp(argv[2], "--time") == 0) {
    report(*spec);
    return 0;
  }
  auto tokenizer = OpenTokenizer::fromSpec(*spec);
  if (!tokenizer) {
    llvm::logAllUnhandledErrors(tokenizer.takeError(), llvm::errs());
    return 1;
  }
  const int flags = std::atoi(argv[2]);
  bool whole =
      !(flags & LFM2_TOKENIZE_ADD_BOS) && spec->normalizer == Normalizer::None;
  for (const AddedToken &token : spec->added)
    whole &= !token.lstrip && !token.rstrip;
  for (const SplitStep &step : spec->splits)
    whole &= step.behavior != SplitBehavior::Removed;
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
