#include "lib/Weights/Checkpoint.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/Path.h"

using namespace lfm2c;
namespace endian = llvm::support::endian;

void Checkpoint::addSource(const MappedFile &file) {
  addSource(llvm::sys::path::filename(file.getPath()), file.bytes().size());
}

void Checkpoint::addSource(llvm::StringRef name, uint64_t bytes) {
  for (const Source &source : sources)
    if (source.name == name)
      return;
  sources.push_back({name.str(), static_cast<int64_t>(bytes)});
}

llvm::ArrayRef<uint8_t>
Checkpoint::narrowDoubles(llvm::ArrayRef<uint8_t> doubles) {
  const size_t count = doubles.size() / 8;
  llvm::MutableArrayRef<uint8_t> floats = allocate(count * 4);
  for (size_t i = 0; i < count; ++i) {
    const auto bits = endian::read64le(doubles.data() + 8 * i);
    const float value = float(llvm::bit_cast<double>(bits));
    endian::write32le(floats.data() + 4 * i, llvm::bit_cast<uint32_t>(value));
  }
  return floats;
}
