// The archive of the fake program: weights, a small tokenizer, a description.
#ifndef LFM2C_TEST_UNIT_RUNTIME_FAKEARCHIVE_H
#define LFM2C_TEST_UNIT_RUNTIME_FAKEARCHIVE_H

#include "test/unit/Runtime/FakeProgram.h"

#include <cstddef>
#include <vector>

namespace fake {

struct ArchiveOptions {
  uint64_t fileOffset = 0; // Where it will stand in its file.
  bool tokenizer = true;
  bool embedding = false; // Prompts, tokens to skip, the longest text.
  bool end = false;       // endToken stands behind each text.
  /// The bytes before the archive; zeros where this is empty.
  std::vector<uint8_t> before;
};

// What `embedding` says: "query" puts this in front.
constexpr char queryPrompt[] = "q: ";
constexpr int32_t skippedToken = '!';
constexpr uint32_t mostTextTokens = 24;
// "<|im_end|>", which `end` puts behind a text.
constexpr int32_t endToken = 258;

/// Makes the footer's hash fit.
void seal(lfm2_footer &footer);

/// Up to and with the footer. Made by hand, with LLVM's hash: the judge of what
/// the compiler and the runtime do.
std::vector<uint8_t> makeArchive(const ArchiveOptions &options = {});

} // namespace fake

#endif // LFM2C_TEST_UNIT_RUNTIME_FAKEARCHIVE_H
