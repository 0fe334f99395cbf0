// Archives: whole, cut, damaged, of another model.
#include "test/unit/Runtime/Fixture.h"

#include <cerrno>
#include <cstddef>
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
  uint8_t *start() { return static_cast<uint8_t *>(archive.get()); }
  /// Offset of a section from the archive's start.
  uint64_t offsetOf(int section) {
    uint64_t at = 0;
    for (int i = 0; i < section; ++i)
      at += (footer().section_bytes[i] + 63) / 64 * 64;
    return at;
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
  seal(footer());
  EXPECT_EQ(open(bytes.size()), LFM2RT_BAD_WEIGHTS);
  EXPECT_TRUE(failed("another model"));
}

TEST_F(Archive, OfAnotherVersion) {
  footer().abi_version = 77;
  EXPECT_EQ(open(bytes.size()), LFM2RT_BAD_WEIGHTS);
  EXPECT_TRUE(failed("found version 77"));
}

TEST_F(Archive, EveryFlippedBitOfTheFooterIsRefused) {
  const lfm2_footer good = footer();
  for (size_t bit = 0; bit < 8 * offsetof(lfm2_footer, reserved); ++bit) {
    footer() = good;
    reinterpret_cast<uint8_t *>(&footer())[bit / 8] ^= uint8_t(1 << bit % 8);
    EXPECT_EQ(open(bytes.size()), LFM2RT_BAD_WEIGHTS) << "bit " << bit;
  }
  footer() = good;
  footer().section_bytes[LFM2_SECTION_WEIGHTS] += 128;
  EXPECT_EQ(open(bytes.size()), LFM2RT_BAD_WEIGHTS);
  EXPECT_TRUE(failed("weights in 'memory': their footer is damaged"));
}

// A hash can be made anew; then the sizes have to fit all the same.
TEST_F(Archive, NumbersNearTheLargest) {
  const lfm2_footer good = footer();
  for (uint64_t value : {UINT64_MAX, UINT64_MAX - 63, uint64_t(1) << 63,
                         uint64_t(1), uint64_t(0)}) {
    // Where it stands in a file does not matter to an archive in memory, but it
    // is a multiple of the alignment in any case.
    footer() = good, footer().archive_offset = value, seal(footer());
    EXPECT_EQ(open(bytes.size()),
              value % LFM2_ARCHIVE_ALIGN ? LFM2RT_BAD_WEIGHTS : LFM2RT_OK)
        << value;
    footer() = good, footer().archive_bytes = value, seal(footer());
    EXPECT_EQ(open(bytes.size()), LFM2RT_BAD_WEIGHTS) << value;
    for (uint64_t &section : footer().section_bytes) {
      const auto i = &section - footer().section_bytes;
      footer() = good, section = value, seal(footer());
      // In front of the same zeros, one byte is as good as sixteen.
      const bool fits = value == good.section_bytes[i] ||
                        (value == 1 && (i == LFM2_SECTION_INFO ||
                                        i == LFM2_SECTION_DEFAULTS));
      EXPECT_EQ(open(bytes.size()), fits ? LFM2RT_OK : LFM2RT_BAD_WEIGHTS)
          << i << " " << value;
    }
  }
  // One grows by what another shrinks.
  footer() = good;
  footer().section_bytes[LFM2_SECTION_WEIGHTS] -= 64;
  footer().section_bytes[LFM2_SECTION_TOKENIZER] += 64;
  seal(footer());
  EXPECT_EQ(open(bytes.size()), LFM2RT_BAD_WEIGHTS);
  EXPECT_TRUE(failed("expected 1572864 bytes of weights in an archive of"));
  footer() = good, footer().num_sections = 4, seal(footer());
  EXPECT_EQ(open(bytes.size()), LFM2RT_BAD_WEIGHTS);
}

TEST_F(Archive, DamagedTokenizer) {
  start()[offsetOf(LFM2_SECTION_TOKENIZER)] ^= 1;
  EXPECT_EQ(open(bytes.size()), LFM2RT_BAD_WEIGHTS);
  EXPECT_TRUE(failed("tokenizer"));
}

TEST_F(Archive, DamagedDefaults) {
  const uint64_t at = offsetOf(LFM2_SECTION_DEFAULTS);
  for (size_t bit = 0; bit < 8 * sizeof(lfm2_defaults); ++bit) {
    start()[at + bit / 8] ^= uint8_t(1 << bit % 8);
    EXPECT_EQ(open(bytes.size()), LFM2RT_BAD_WEIGHTS) << "bit " << bit;
    start()[at + bit / 8] ^= uint8_t(1 << bit % 8);
  }
  EXPECT_TRUE(failed("bytes 0 ... 39 of the defaults are damaged; copy the "
                     "file again"));
}

TEST_F(Archive, VerifiedWhole) {
  EXPECT_EQ(lfm2rt_verify(&weights, &error), LFM2RT_OK) << error.message;
  EXPECT_EQ(lfm2rt_verify(&weights, nullptr), LFM2RT_OK);
}

TEST_F(Archive, VerifyNamesWhatIsDamaged) {
  const uint64_t tokenizer = offsetOf(LFM2_SECTION_TOKENIZER),
                 info = offsetOf(LFM2_SECTION_INFO),
                 chat = offsetOf(LFM2_SECTION_CHAT),
                 hashes = offsetOf(LFM2_SECTION_HASHES);
  const auto expect = [&](uint64_t at, const std::string &part) {
    start()[at] ^= 0x10;
    EXPECT_EQ(lfm2rt_verify(&weights, &error), LFM2RT_BAD_WEIGHTS) << part;
    EXPECT_TRUE(failed(part.c_str()));
    start()[at] ^= 0x10;
  };
  expect(0, "bytes 0 ... 1048575 of the weights are damaged; copy the file "
            "again");
  expect((1 << 20) - 1, "bytes 0 ... 1048575 of the weights");
  expect(1 << 20, "bytes 1048576 ... 1572863 of the weights");
  expect(tokenizer - 1, "bytes 1048576 ... 1572863 of the weights");
  expect(tokenizer, "of the tokenizer are damaged");
  expect(info + 3, "bytes 0 ... 15 of the description");
  expect(info + 60, "bytes 0 ... 15 of the description"); // Zeros behind it.
  expect(chat, "of the chat template are damaged");
  expect(hashes, "of the hashes are damaged");
  expect(hashes + 63, "of the hashes are damaged");
  expect(bytes.size() - 20, "of the hashes are damaged"); // The footer.
  EXPECT_EQ(lfm2rt_verify(&weights, &error), LFM2RT_OK);
}

// What still opens gives no worse than other answers, and is found by
// lfm2rt_verify(). Seeded, so that a failure comes again.
TEST_F(Archive, FlippedBitsAnywhere) {
  const uint64_t tokenizer = offsetOf(LFM2_SECTION_TOKENIZER);
  const uint64_t sealed =
      bytes.size() - sizeof(lfm2_footer) + offsetof(lfm2_footer, reserved);
  uint32_t seed = 13;
  for (int i = 0; i < 3000; ++i) {
    seed = seed * 1664525u + 1013904223u;
    const uint64_t at = tokenizer + (seed >> 8) % (sealed - tokenizer);
    const auto bit = uint8_t(1 << (seed >> 4) % 8);
    start()[at] ^= bit;
    lfm2rt_status status = open(bytes.size());
    if (status == LFM2RT_OK) {
      std::vector<uint64_t> work(
          lfm2rt_text_work_size(&weights, 40) / sizeof(uint64_t) + 1);
      int32_t ids[64];
      uint64_t count = 0;
      lfm2rt_tokenize(&weights, "hello <|im_start|> w\xc3\xb6rld", 26,
                      LFM2RT_PARSE_SPECIAL, ids, 64, &count, work.data(),
                      work.size() * sizeof(uint64_t), nullptr);
      for (uint64_t id = 0; id < count && id < 64; ++id) {
        size_t length = 0;
        lfm2rt_token_text(&weights, ids[id], &length);
      }
      // Pieces of a MiB take long under a sanitizer.
      if (i % 16 == 0)
        status = lfm2rt_verify(&weights, &error);
    }
    EXPECT_TRUE(status == LFM2RT_BAD_WEIGHTS || i % 16) << at;
    start()[at] ^= bit;
  }
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
  options.before.resize(options.fileOffset, 0x7f);
  std::vector<uint8_t> file = options.before;
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
  EXPECT_EQ(lfm2rt_verify(&weights, &error), LFM2RT_OK) << error.message;
  lfm2rt_weights_close(&weights);
  std::fstream(path, std::ios::binary | std::ios::in | std::ios::out)
      .seekp(70000)
      .put('x');
  ASSERT_EQ(lfm2rt_weights_open_file(&weights, &model, path.c_str(), &error),
            LFM2RT_OK)
      << error.message;
  EXPECT_EQ(lfm2rt_verify(&weights, &error), LFM2RT_BAD_WEIGHTS);
  EXPECT_TRUE(failed("bytes 0 ... 196607 of the program are damaged"));
  lfm2rt_weights_close(&weights);
  EXPECT_EQ(lfm2rt_weights_open_file(&weights, &model,
                                     testing::TempDir().c_str(), &error),
            LFM2RT_SYSTEM);
  std::remove(path.c_str());
}

TEST_F(Archive, ProgramOfAnotherVersion) {
  lfm2_program other = program;
  other.abi_version = LFM2_ABI_VERSION + 1;
  EXPECT_EQ(lfm2rt_model_open(&model, &other, &error), LFM2RT_INVALID_ARGUMENT);
  EXPECT_TRUE(failed("found version 10"));
}

} // namespace
