#include "lib/Compiler/Archive.h"

#include "lfm2rt/abi.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Alignment.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/xxhash.h"
#include <cassert>
#include <cstring>

using namespace lfm2c;

static constexpr size_t hashBlockBytes = 1 << 20;

HashingStream::HashingStream(llvm::raw_ostream &os) : os(os) {
  SetUnbuffered();
  block.reserve(hashBlockBytes);
}

void HashingStream::write_impl(const char *data, size_t size) {
  os.write(data, size);
  written += size;
  llvm::ArrayRef<uint8_t> rest(reinterpret_cast<const uint8_t *>(data), size);
  while (!rest.empty()) {
    const size_t n = std::min(rest.size(), hashBlockBytes - block.size());
    // A whole block is hashed where it lies.
    if (n == hashBlockBytes) {
      hashes.push_back(llvm::xxh3_64bits(rest.take_front(n)));
    } else {
      block.insert(block.end(), rest.begin(), rest.begin() + n);
      if (block.size() == hashBlockBytes) {
        hashes.push_back(llvm::xxh3_64bits(block));
        block.clear();
      }
    }
    rest = rest.drop_front(n);
  }
}

uint64_t HashingStream::finish() {
  if (!block.empty())
    hashes.push_back(llvm::xxh3_64bits(block));
  return llvm::xxh3_64bits(
      llvm::ArrayRef(reinterpret_cast<const uint8_t *>(hashes.data()),
                     hashes.size() * sizeof(uint64_t)));
}

/// Zeros up to a multiple of `align`, counted from `start`.
static void padTo(llvm::raw_ostream &os, uint64_t start, uint64_t align) {
  uint64_t missing =
      llvm::offsetToAlignment(os.tell() - start, llvm::Align(align));
  for (; missing > 0; missing -= std::min<uint64_t>(missing, 64))
    os.write_zeros(std::min<uint64_t>(missing, 64));
}

llvm::Expected<uint64_t>
lfm2c::writeArchive(llvm::raw_ostream &os, const Identity &identity,
                    llvm::ArrayRef<SectionWriter> sections) {
  assert(sections.size() == LFM2_NUM_SECTIONS && "one writer per section");
  padTo(os, 0, LFM2_ARCHIVE_ALIGN);
  lfm2_footer footer = {};
  std::memcpy(footer.magic, LFM2_ARCHIVE_MAGIC, sizeof footer.magic);
  footer.abi_version = LFM2_ABI_VERSION;
  footer.num_sections = LFM2_NUM_SECTIONS;
  std::memcpy(footer.identity, identity.data(), identity.size());
  footer.archive_offset = os.tell();
  for (auto [section, write] : llvm::zip(footer.sections, sections)) {
    padTo(os, footer.archive_offset, 64);
    section.offset = os.tell() - footer.archive_offset;
    if (llvm::Error error = write(os))
      return error;
    section.bytes = os.tell() - footer.archive_offset - section.offset;
  }
  padTo(os, footer.archive_offset, 64);
  footer.archive_bytes = os.tell() - footer.archive_offset;
  os.write(reinterpret_cast<const char *>(&footer), sizeof footer);
  return os.tell() - footer.archive_offset;
}
