// Any bytes as a GGUF file: the reader gives a checkpoint or an error, within
// the limits that libFuzzer sets on time and memory.
//
// An input that begins with "GGUF" is a file as it stands. Any other is changes
// to a good file, since few inputs get past the metadata.

#include "frontends/gguf/GGUFFrontend.h"
#include "test/unit/Frontends/TinyCheckpoint.h"
#include "llvm/Support/Error.h"
#include <cstring>

using namespace lfm2c;

static void useFile(llvm::ArrayRef<uint8_t> bytes) {
  auto checkpoint = readGGUFMemory(bytes, "fuzzed.gguf");
  if (!checkpoint) {
    llvm::consumeError(checkpoint.takeError());
    return;
  }
  // What a good checkpoint names must be there to be read.
  uint8_t sum = 0;
  for (auto &entry : (*checkpoint)->tensors)
    for (llvm::ArrayRef<uint8_t> piece : entry.second.inputs())
      sum ^= piece.front() ^ piece.back();
  asm volatile("" ::"r"(sum));
}

/// The good file, dense for 0 and with experts for 1, and where its data
/// begins.
static const std::vector<uint8_t> &goodFile(int which, size_t &headerBytes) {
  static test::GGUFBuilder builders[2] = {test::GGUFBuilder(false),
                                          test::GGUFBuilder(true)};
  static const std::vector<uint8_t> files[2] = {builders[0].build(),
                                                builders[1].build()};
  headerBytes = builders[which].headerBytes;
  return files[which];
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size >= 4 && memcmp(data, "GGUF", 4) == 0) {
    useFile({data, size});
    return 0;
  }
  if (size == 0)
    return 0;
  size_t headerBytes;
  std::vector<uint8_t> bytes = goodFile(data[0] % 2, headerBytes);
  // Changes of four bytes: where in the header, how many bytes, and to what.
  for (size_t at = 1; at + 4 <= size && at < 64; at += 4) {
    size_t where = (data[at] | data[at + 1] << 8) % headerBytes;
    size_t count = std::min<size_t>(1 + data[at + 2] % 8, headerBytes - where);
    memset(&bytes[where], data[at + 3], count);
  }
  // Some of them cut short, in memory of exactly their size.
  if (data[0] & 2)
    bytes.resize(bytes.size() * (data[0] >> 2) / 64);
  useFile(std::vector<uint8_t>(bytes));
  return 0;
}
