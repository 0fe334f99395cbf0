// The archive: places of sections, the footer, the hash of what was streamed.
#include "lib/Compiler/Archive.h"

#include "lfm2rt/abi.h"
#include "lib/Support/Error.h"
#include "gtest/gtest.h"
#include <cstring>

using namespace lfm2c;
using llvm::Error;

namespace {
/// Writes an archive behind `before` bytes and returns the whole file.
std::string write(size_t before, std::vector<std::string> sections) {
  std::string file;
  llvm::raw_string_ostream os(file);
  os << std::string(before, 'x');
  size_t next = 0;
  auto section = [&](llvm::raw_ostream &os) -> Error {
    os << sections[next++];
    return Error::success();
  };
  Identity identity;
  for (size_t i = 0; i < identity.size(); ++i)
    identity[i] = i;
  auto size = writeArchive(os, identity, {section, section, section, section});
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
      write(100, {std::string(1000, 'w'), "tok", "{}", ""});
  const lfm2_footer footer = footerOf(file);
  EXPECT_EQ(std::memcmp(footer.magic, LFM2_ARCHIVE_MAGIC, 8), 0);
  EXPECT_EQ(footer.abi_version, LFM2_ABI_VERSION);
  EXPECT_EQ(footer.num_sections, uint32_t(LFM2_NUM_SECTIONS));
  EXPECT_EQ(footer.identity[15], 15);
  EXPECT_EQ(footer.archive_offset, LFM2_ARCHIVE_ALIGN);
  EXPECT_EQ(footer.archive_offset + footer.archive_bytes + sizeof footer,
            file.size());
  const char *archive = file.data() + footer.archive_offset;
  const char *expected[] = {"www", "tok", "{}", ""};
  for (int i = 0; i < LFM2_NUM_SECTIONS; ++i) {
    EXPECT_EQ(footer.sections[i].offset % 64, 0u);
    EXPECT_EQ(std::string(archive + footer.sections[i].offset,
                          std::strlen(expected[i])),
              expected[i]);
  }
  EXPECT_EQ(footer.sections[LFM2_SECTION_WEIGHTS].offset, 0u);
  EXPECT_EQ(footer.sections[LFM2_SECTION_WEIGHTS].bytes, 1000u);
  EXPECT_EQ(footer.sections[LFM2_SECTION_DEFAULTS].bytes, 0u);
}

TEST(Archive, BeginsAFileOfItsOwn) {
  const lfm2_footer footer = footerOf(write(0, {"w", "t", "i", "d"}));
  EXPECT_EQ(footer.archive_offset, 0u);
}

TEST(Archive, AFailingSectionIsReported) {
  std::string file;
  llvm::raw_string_ostream os(file);
  auto good = [](llvm::raw_ostream &) { return Error::success(); };
  auto bad = [](llvm::raw_ostream &) -> Error {
    return makeError("no tokens");
  };
  auto size = writeArchive(os, Identity{}, {good, bad, good, good});
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
    const uint64_t value = stream.finish();
    EXPECT_EQ(copy, data);
    return value;
  };
  EXPECT_EQ(hash(data.size()), hash(1000));
  EXPECT_EQ(hash(1 << 20), hash((1 << 20) + 1));
}
} // namespace
