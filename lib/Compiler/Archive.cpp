#include "lib/Compiler/Archive.h"

#include "lfm2rt/abi.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Alignment.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/xxhash.h"
#include <cassert>
#include <cstddef>
#include <cstring>

using namespace lfm2c;

static constexpr uint64_t sectionAlign = 64;

static llvm::ArrayRef<uint8_t> bytesOf(llvm::ArrayRef<uint64_t> words) {
  return {reinterpret_cast<const uint8_t *>(words.data()),
          words.size() * sizeof(uint64_t)};
}

HashingStream::HashingStream(llvm::raw_ostream &os) : os(os) {
  SetUnbuffered();
  piece.reserve(LFM2_HASH_PIECE);
}

void HashingStream::write_impl(const char *data, size_t size) {
  os.write(data, size);
  written += size;
  llvm::ArrayRef<uint8_t> rest(reinterpret_cast<const uint8_t *>(data), size);
  while (!rest.empty()) {
    const size_t n = std::min(rest.size(), LFM2_HASH_PIECE - piece.size());
    // A whole piece is hashed where it lies.
    if (n == LFM2_HASH_PIECE) {
      hashes.push_back(llvm::xxHash64(rest.take_front(n)));
    } else {
      piece.insert(piece.end(), rest.begin(), rest.begin() + n);
      if (piece.size() == LFM2_HASH_PIECE) {
        hashes.push_back(llvm::xxHash64(piece));
        piece.clear();
      }
    }
    rest = rest.drop_front(n);
  }
}

std::vector<uint64_t> HashingStream::pieces() const {
  std::vector<uint64_t> all = hashes;
  if (!piece.empty())
    all.push_back(llvm::xxHash64(piece));
  return all;
}

uint64_t HashingStream::digest() const {
  return llvm::xxHash64(bytesOf(pieces()));
}

/// Writes zeros up to a multiple of sectionAlign.
static void pad(llvm::raw_ostream &os) {
  os.write_zeros(llvm::offsetToAlignment(os.tell(), llvm::Align(sectionAlign)));
}

llvm::Expected<uint64_t>
lfm2c::writeArchive(llvm::raw_ostream &os, llvm::StringRef before,
                    const Identity &identity,
                    llvm::ArrayRef<SectionWriter> sections) {
  assert(sections.size() == LFM2_SECTION_HASHES && "one writer per section");
  assert(os.tell() == before.size() && "what is before was written");
  // A program has some MB: the copy with the zeros behind it costs little.
  std::vector<uint8_t> padded(before.begin(), before.end());
  padded.resize(llvm::alignTo(before.size(), LFM2_ARCHIVE_ALIGN));
  os.write_zeros(padded.size() - before.size());
  std::vector<uint64_t> hashes = {llvm::xxHash64(padded)};
  lfm2_footer footer = {};
  std::memcpy(footer.magic, LFM2_ARCHIVE_MAGIC, sizeof footer.magic);
  footer.abi_version = LFM2_ABI_VERSION;
  footer.num_sections = LFM2_NUM_SECTIONS;
  std::memcpy(footer.identity, identity.data(), identity.size());
  footer.archive_offset = padded.size();
  for (auto [bytes, write] : llvm::zip(footer.section_bytes, sections)) {
    HashingStream section(os);
    if (llvm::Error error = write(section))
      return error;
    bytes = section.tell();
    pad(section);
    llvm::append_range(hashes, section.pieces());
  }
  footer.section_bytes[LFM2_SECTION_HASHES] = bytesOf(hashes).size();
  hashes.resize(llvm::alignTo(hashes.size(), sectionAlign / sizeof(uint64_t)));
  os.write(reinterpret_cast<const char *>(hashes.data()),
           bytesOf(hashes).size());
  footer.hashes_hash = llvm::xxHash64(bytesOf(hashes));
  footer.archive_bytes = os.tell() - footer.archive_offset;
  footer.hash = llvm::xxHash64(llvm::ArrayRef(
      reinterpret_cast<const uint8_t *>(&footer), offsetof(lfm2_footer, hash)));
  os.write(reinterpret_cast<const char *>(&footer), sizeof footer);
  return os.tell() - footer.archive_offset;
}
