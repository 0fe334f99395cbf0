// The archive: places of sections, the footer, the hash of what was streamed.
#include "lib/Compiler/Archive.h"

#include "lfm2rt/abi.h"
#include "lib/Support/Error.h"
#include "llvm/Support/xxhash.h"
#include "gtest/gtest.h"
#include <cstddef>
#include <cstring>

using namespace lfm2c;
using llvm::Error;

namespace {
/// Writes an archive behind `before` bytes and returns the whole file.
std::string write(size_t before, std::vector<std::string> sections) {
  std::string file;
  llvm::raw_string_ostream os(file);
  const std::string program(before, 'x');
  os << program;
  size_t next = 0;
  auto section = [&](HashingStream &os) -> Error {
    os << sections[next++];
    return Error::success();
  };
  Identity identity;
  for (size_t i = 0; i < identity.size(); ++i)
    identity[i] = i;
  auto size = writeArchive(
      os, program, identity,
      {section, section, section, section, section, section, section});
  EXPECT_TRUE(bool(size));
  EXPECT_EQ(file.size() % 64, (*size) % 64);
  return file;
}

lfm2_footer footerOf(const std::string &file) {
  lfm2_footer footer;
  std::memcpy(&footer, file.data() + file.size() - sizeof footer,
              sizeof footer);
  return footer;
}

TEST(Archive, StandsAlignedBehindAProgram) {
  const std::string file =
      write(100, {std::string(1000, 'w'), "tok", "{}", "", "e", "", "g"});
  const lfm2_footer footer = footerOf(file);
  EXPECT_EQ(std::memcmp(footer.magic, LFM2_ARCHIVE_MAGIC, 8), 0);
  EXPECT_EQ(footer.abi_version, LFM2_ABI_VERSION);
  EXPECT_EQ(footer.num_sections, uint32_t(LFM2_NUM_SECTIONS));
  EXPECT_EQ(footer.identity[15], 15);
  EXPECT_EQ(footer.archive_offset, LFM2_ARCHIVE_ALIGN);
  EXPECT_EQ(footer.archive_offset + footer.archive_bytes + sizeof footer,
            file.size());
  const char *archive = file.data() + footer.archive_offset;
  EXPECT_EQ(std::string(archive, 1000), std::string(1000, 'w'));
  EXPECT_EQ(std::string(archive + 1024, 64), "tok" + std::string(61, 0));
  EXPECT_EQ(std::string(archive + 1088, 64), "{}" + std::string(62, 0));
  const uint64_t bytes[] = {1000, 3, 2, 0, 1, 0, 1, 6 * sizeof(uint64_t)};
  for (int i = 0; i < LFM2_NUM_SECTIONS; ++i)
    EXPECT_EQ(footer.section_bytes[i], bytes[i]) << i;
  EXPECT_EQ(footer.archive_bytes, 1280u + 64);
}

TEST(Archive, EveryByteIsUnderAHash) {
  const std::string file =
      write(100, {std::string(3 << 20, 'w'), std::string((1 << 20) + 1, 't'),
                  "", "d", "", "", ""});
  const lfm2_footer footer = footerOf(file);
  const llvm::StringRef archive =
      llvm::StringRef(file).substr(footer.archive_offset, footer.archive_bytes);
  auto hash = [](llvm::StringRef bytes) { return llvm::xxHash64(bytes); };
  const uint64_t expected[] = {
      hash(llvm::StringRef(file).take_front(footer.archive_offset)),
      hash(archive.substr(0, 1 << 20)),
      hash(archive.substr(1 << 20, 1 << 20)),
      hash(archive.substr(2 << 20, 1 << 20)),
      hash(archive.substr(3 << 20, 1 << 20)),
      hash(archive.substr(4 << 20, 64)),
      hash(archive.substr((4 << 20) + 64, 64)),
      0};
  const llvm::StringRef hashes = archive.substr((4 << 20) + 128);
  ASSERT_EQ(footer.section_bytes[LFM2_SECTION_HASHES], 7 * sizeof(uint64_t));
  ASSERT_EQ(hashes.size(), sizeof expected);
  EXPECT_EQ(std::memcmp(hashes.data(), expected, sizeof expected), 0);
  EXPECT_EQ(footer.hashes_hash, hash(hashes));
  EXPECT_EQ(footer.hash,
            hash(llvm::StringRef(file).substr(file.size() - sizeof footer,
                                              offsetof(lfm2_footer, hash))));
}

TEST(Archive, BeginsAFileOfItsOwn) {
  const lfm2_footer footer = footerOf(write(0, {"w", "t", "i", "d", "e"}));
  EXPECT_EQ(footer.archive_offset, 0u);
}

TEST(Archive, AFailingSectionIsReported) {
  std::string file;
  llvm::raw_string_ostream os(file);
  auto good = [](HashingStream &) { return Error::success(); };
  auto bad = [](HashingStream &) -> Error { return makeError("no tokens"); };
  auto size = writeArchive(os, "", Identity{},
                           {good, bad, good, good, good, good, good});
  ASSERT_FALSE(bool(size));
  EXPECT_EQ(llvm::toString(size.takeError()), "no tokens");
}

TEST(HashingStream, DoesNotDependOnThePieces) {
  const std::string data = [] {
    std::string text(3 << 20, 0);
    for (size_t i = 0; i < text.size(); ++i)
      text[i] = i * 2654435761u >> 13;
    return text;
  }();
  auto hash = [&](size_t piece) {
    std::string copy;
    llvm::raw_string_ostream os(copy);
    HashingStream stream(os);
    for (size_t at = 0; at < data.size(); at += piece)
      stream << llvm::StringRef(data).substr(at, piece);
    EXPECT_EQ(stream.tell(), data.size());
    const uint64_t value = stream.digest();
    EXPECT_EQ(copy, data);
    return value;
  };
  EXPECT_EQ(hash(data.size()), hash(1000));
  EXPECT_EQ(hash(1 << 20), hash((1 << 20) + 1));
}
} // namespace
