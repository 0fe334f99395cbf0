#include "test/unit/Runtime/FakeArchive.h"

#include "lib/Model/EmbeddingTables.h"
#include "lib/Model/ModelConfig.h"
#include "lib/Model/TokenizerTables.h"
#include "test/unit/Tokenizer/SmallTokenizer.h"
#include "llvm/Support/xxhash.h"

#include <cassert>
#include <cstddef>
#include <cstring>
#include <string>

namespace fake {

static lfm2c::TokenizerSpec makeSpec(bool end) {
  lfm2c::SmallTokenizer small; // Bytes are ids 0 ... 255.
  small.spec.bos = small.add("<|startoftext|>", lfm2c::TokenType::Control);
  small.add("<|im_start|>", lfm2c::TokenType::Control);
  small.spec.eos = small.add("<|im_end|>", lfm2c::TokenType::Control);
  assert(small.spec.eos == endToken);
  if (end)
    small.spec.end = endToken;
  small.merge("l", "l");
  lfm2c::finishTokenizer(small.spec);
  return small.spec;
}

static std::vector<uint8_t> makeEmbedding() {
  lfm2c::ModelConfig config;
  config.causal = false;
  config.embedding.prompts = {{"query", queryPrompt}, {"document", ""}};
  config.embedding.skipIds = {skippedToken, '.'};
  config.embedding.maxTokens = mostTextTokens;
  return llvm::cantFail(lfm2c::buildEmbeddingSection(config));
}

static std::vector<uint8_t> bytesOf(const void *data, size_t bytes) {
  auto *start = static_cast<const uint8_t *>(data);
  return {start, start + bytes};
}

void seal(lfm2_footer &footer) {
  footer.hash = llvm::xxHash64(llvm::ArrayRef(
      reinterpret_cast<const uint8_t *>(&footer), offsetof(lfm2_footer, hash)));
}

std::vector<uint8_t> makeArchive(const ArchiveOptions &options) {
  std::vector<uint8_t> sections[LFM2_NUM_SECTIONS];
  auto &weights = sections[LFM2_SECTION_WEIGHTS];
  weights.resize(weightBytes);
  for (size_t i = 0; i < weights.size(); ++i)
    weights[i] = uint8_t(i / 64 * 37 + i);
  if (options.tokenizer) {
    const lfm2c::TokenizerSpec spec = makeSpec(options.end);
    lfm2c::ChatForm chat = llvm::cantFail(lfm2c::deriveChatForm(spec));
    sections[LFM2_SECTION_TOKENIZER] =
        llvm::cantFail(lfm2c::buildTokenizerSection(spec, chat));
    if (!options.embedding)
      sections[LFM2_SECTION_CHAT] = std::move(chat.section);
  }
  const std::string info = "{\"name\": \"fake\"}";
  sections[LFM2_SECTION_INFO] = bytesOf(info.data(), info.size());
  lfm2_defaults defaults = {0.5f, 0.9f, 0.05f, 1.05f, 40, 64, 256, 0, 1000};
  sections[LFM2_SECTION_DEFAULTS] = bytesOf(&defaults, sizeof(defaults));

  if (options.embedding)
    sections[LFM2_SECTION_EMBEDDING] = makeEmbedding();

  lfm2_footer footer = {};
  std::memcpy(footer.magic, LFM2_ARCHIVE_MAGIC, sizeof(footer.magic));
  footer.abi_version = LFM2_ABI_VERSION;
  footer.num_sections = LFM2_NUM_SECTIONS;
  std::memcpy(footer.identity, program.identity, sizeof(footer.identity));
  footer.archive_offset = options.fileOffset;
  std::vector<uint8_t> before = options.before;
  before.resize(options.fileOffset);
  std::vector<uint64_t> hashes = {llvm::xxHash64(before)};
  std::vector<uint8_t> archive;
  for (int i = 0; i < LFM2_NUM_SECTIONS; ++i) {
    const size_t start = archive.size();
    if (i == LFM2_SECTION_HASHES)
      sections[i] =
          bytesOf(hashes.data(), hashes.size() * sizeof(hashes.front()));
    archive.insert(archive.end(), sections[i].begin(), sections[i].end());
    archive.resize((archive.size() + 63) / 64 * 64);
    footer.section_bytes[i] = sections[i].size();
    footer.hashes_hash =
        llvm::xxHash64(llvm::ArrayRef(archive).drop_front(start));
    for (size_t at = start; at < archive.size(); at += LFM2_HASH_PIECE)
      hashes.push_back(llvm::xxHash64(
          llvm::ArrayRef(archive).drop_front(at).take_front(LFM2_HASH_PIECE)));
  }
  footer.archive_bytes = archive.size();
  seal(footer);
  std::vector<uint8_t> tail = bytesOf(&footer, sizeof(footer));
  archive.insert(archive.end(), tail.begin(), tail.end());
  return archive;
}

} // namespace fake
