// Any bytes as a GGUF file: the reader gives a checkpoint or an error, within the
// limits that libFuzzer sets on time and memory.

#include "frontends/gguf/GGUFFrontend.h"
#include "llvm/Support/Error.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  auto checkpoint = lfm2c::readGGUFMemory({data, size}, "fuzzed.gguf");
  if (!checkpoint) {
    llvm::consumeError(checkpoint.takeError());
    return 0;
  }
  // What a good checkpoint names must be there to be read.
  uint8_t sum = 0;
  for (auto &entry : (*checkpoint)->tensors)
    for (llvm::ArrayRef<uint8_t> piece : entry.second.pieces)
      if (!piece.empty())
        sum ^= piece.front() ^ piece.back();
  asm volatile("" ::"r"(sum));
  return 0;
}
