// The archive of the fake program: weights, a small tokenizer, a description.
#ifndef LFM2C_TEST_UNIT_RUNTIME_FAKEARCHIVE_H
#define LFM2C_TEST_UNIT_RUNTIME_FAKEARCHIVE_H

#include "test/unit/Runtime/FakeProgram.h"

#include <vector>

namespace fake {

struct ArchiveOptions {
  uint64_t fileOffset = 0; // Where it will stand in its file.
  bool tokenizer = true;
};

/// Up to and with the footer.
std::vector<uint8_t> makeArchive(const ArchiveOptions &options = {});

} // namespace fake

#endif
