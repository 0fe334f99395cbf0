#include "test/unit/Runtime/Fixture.h"

#include <cstdio>
#include <fstream>

using namespace fake;

namespace {

class Archive : public Runtime {
protected:
  lfm2rt_status open(uint64_t size) {
    return lfm2rt_weights_open_memory(&weights, &model, archive.get(), size,
                                      &error);
  }
  lfm2_footer &footer() {
    return *reinterpret_cast<lfm2_footer *>(
        static_cast<uint8_t *>(archive.get()) + bytes.size() -
        sizeof(lfm2_footer));
  }
};

TEST_F(Archive, SectionsStandWhereTheFooterSays) {
  size_t length = 0;
  const char *info = lfm2rt_weights_info(&weights, &length);
  EXPECT_EQ(std::string(info, length), "{\"name\": \"fake\"}");
  lfm2rt_sampling sampling;
  lfm2rt_sampling_defaults(&weights, &sampling);
  EXPECT_EQ(sampling.temperature, 0.5f);
  EXPECT_EQ(sampling.top_k, 40);
  EXPECT_EQ(sampling.repeat_window, 64);
}

TEST_F(Archive, CutAnywhereIsRefused) {
  for (uint64_t size = 0; size < bytes.size(); size += size < 4096 ? 61 : 65521)
    EXPECT_EQ(open(size), LFM2RT_BAD_WEIGHTS) << size;
  for (uint64_t missing = 1; missing < 300; ++missing)
    EXPECT_EQ(open(bytes.size() - missing), LFM2RT_BAD_WEIGHTS) << missing;
  EXPECT_TRUE(failed("cut short"));
}

TEST_F(Archive, RefusedAlsoWhereNobodyAsksWhy) {
  EXPECT_EQ(lfm2rt_weights_open_memory(&weights, &model, archive.get(),
                                       bytes.size() - 1, nullptr),
            LFM2RT_BAD_WEIGHTS);
  footer().identity[3] ^= 1;
  EXPECT_EQ(lfm2rt_weights_open_memory(&weights, &model, archive.get(),
                                       bytes.size(), nullptr),
            LFM2RT_BAD_WEIGHTS);
}

TEST_F(Archive, OfAnotherModel) {
  footer().identity[3] ^= 1;
  EXPECT_EQ(open(bytes.size()), LFM2RT_BAD_WEIGHTS);
  EXPECT_TRUE(failed("another model"));
}

TEST_F(Archive, OfAnotherVersion) {
  footer().abi_version = 77;
  EXPECT_EQ(open(bytes.size()), LFM2RT_BAD_WEIGHTS);
  EXPECT_TRUE(failed("found version 77"));
}

TEST_F(Archive, NumbersNearTheLargest) {
  const lfm2_footer good = footer();
  for (uint64_t value :
       {UINT64_MAX, UINT64_MAX - 63, uint64_t(1) << 63, uint64_t(1)}) {
    // Where it stands in a file does not matter to an archive in memory, but it
    // is a multiple of the alignment in any case.
    footer() = good, footer().archive_offset = value;
    EXPECT_EQ(open(bytes.size()),
              value % LFM2_ARCHIVE_ALIGN ? LFM2RT_BAD_WEIGHTS : LFM2RT_OK)
        << value;
    footer() = good, footer().archive_bytes = value;
    EXPECT_EQ(open(bytes.size()), LFM2RT_BAD_WEIGHTS) << value;
    footer() = good, footer().sections[LFM2_SECTION_INFO].offset = value;
    EXPECT_EQ(open(bytes.size()), LFM2RT_BAD_WEIGHTS) << value;
    if (value == 1)
      continue; // A section may be that short.
    footer() = good, footer().sections[LFM2_SECTION_TOKENIZER].bytes = value;
    EXPECT_EQ(open(bytes.size()), LFM2RT_BAD_WEIGHTS) << value;
  }
}

TEST_F(Archive, DamagedTokenizer) {
  auto *start = static_cast<uint8_t *>(archive.get());
  start[footer().sections[LFM2_SECTION_TOKENIZER].offset] ^= 1;
  EXPECT_EQ(open(bytes.size()), LFM2RT_BAD_WEIGHTS);
  EXPECT_TRUE(failed("tokenizer"));
}

TEST_F(Archive, AddressMustBeAligned) {
  EXPECT_EQ(lfm2rt_weights_open_memory(&weights, &model,
                                       static_cast<char *>(archive.get()) + 8,
                                       bytes.size() - 8, &error),
            LFM2RT_INVALID_ARGUMENT);
}

TEST_F(Archive, InAFile) {
  const std::string path = testing::TempDir() + "lfm2rt-archive-test";
  EXPECT_EQ(lfm2rt_weights_open_file(&weights, &model, (path + "-none").c_str(),
                                     &error),
            LFM2RT_SYSTEM);
  EXPECT_EQ(error.needed, uint64_t(ENOENT));
  EXPECT_TRUE(failed("no such file"));

  // Behind other bytes, as in an executable.
  ArchiveOptions options;
  options.fileOffset = 3 * LFM2_ARCHIVE_ALIGN;
  std::vector<uint8_t> file(options.fileOffset, 0x7f);
  const std::vector<uint8_t> tail = makeArchive(options);
  file.insert(file.end(), tail.begin(), tail.end());
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char *>(file.data()),
             std::streamsize(file.size()));
  ASSERT_EQ(lfm2rt_weights_open_file(&weights, &model, path.c_str(), &error),
            LFM2RT_OK)
      << error.message;
  EXPECT_EQ(std::memcmp(weights.section[LFM2_SECTION_WEIGHTS], archive.get(),
                        weightBytes),
            0);
  lfm2rt_weights_close(&weights);
  EXPECT_EQ(lfm2rt_weights_open_file(&weights, &model,
                                     testing::TempDir().c_str(), &error),
            LFM2RT_SYSTEM);
  std::remove(path.c_str());
}

TEST_F(Archive, ProgramOfAnotherVersion) {
  lfm2_program other = program;
  other.abi_version = 9;
  EXPECT_EQ(lfm2rt_model_open(&model, &other, &error), LFM2RT_INVALID_ARGUMENT);
  EXPECT_TRUE(failed("found version 9"));
}

} // namespace
