// The tokenizer over a broken section and over any text.
//
// The first byte of an input chooses: the input is a section as it stands; or
// changes to a good section, since few inputs get past a header; or a text for
// the good section, and for one without normaliser, whose pieces must make the
// text again.

#include "lib/Model/TokenizerTables.h"
#include "test/unit/Tokenizer/SmallTokenizer.h"
#include "test/unit/Tokenizer/TokenizerFile.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>

using namespace lfm2c;

namespace {

std::vector<uint8_t> makeSection(bool normalizes) {
  SmallTokenizer small;
  for (const char *pair : {"th", "he", "aa", "ab", "in"})
    small.merge(std::string(1, pair[0]), std::string(1, pair[1]));
  small.merge("th", "e");
  small.merge("aa", "aa");
  small.merge(byteToCharacter(' '), "th");
  small.spec.bos = small.add("<bos>", TokenType::Control);
  small.add("<bos>0", TokenType::Control);
  small.add("<think>", TokenType::UserDefined);
  if (normalizes) {
    small.add("e\u0301", TokenType::UserDefined);
    AddedToken &accent = small.spec.added.back();
    accent.normalized = accent.lstrip = accent.rstrip = accent.singleWord =
        true;
    small.spec.normalizer = Normalizer::NFC;
  }
  small.spec.stop = {*small.spec.bos};
  small.spec.splits.insert(small.spec.splits.begin(),
                           {"\\d{1,3}(?=(?:\\d{3})*(?!\\d))"});
  small.spec.splits.push_back({"[a-c]++", SplitBehavior::MergedWithNext});
  return llvm::cantFail(buildTokenizerSection(small.spec));
}

// Everything in memory of exactly its size, so that the sanitizer sees a step
// beyond.
void useSection(const std::vector<uint8_t> &section, const uint8_t *text,
                size_t bytes) {
  std::unique_ptr<uint64_t[]> memory(new uint64_t[(section.size() + 7) / 8]);
  std::copy(section.begin(), section.end(),
            reinterpret_cast<uint8_t *>(memory.get()));
  lfm2_tokenizer t;
  if (lfm2_tokenizer_open(&t, reinterpret_cast<uint8_t *>(memory.get()),
                          section.size()) != LFM2_TOKENIZER_OK)
    return;
  const uint64_t workBytes = lfm2_tokenizer_work_bytes(&t, bytes);
  std::unique_ptr<char[]> work(new char[workBytes]);
  const uint64_t most = lfm2_tokenizer_most_ids(&t, bytes);
  std::unique_ptr<int32_t[]> ids(new int32_t[most]);
  const auto size = int64_t(bytes);
  const lfm2_tokenizer_span spans[] = {{size / 5, size / 4},
                                       {size / 3, size / 2}};
  const int64_t count = lfm2_tokenizer_encode_around(
      &t, reinterpret_cast<const char *>(text), bytes, spans, 2,
      LFM2_TOKENIZE_ADD_BOS | LFM2_TOKENIZE_PARSE_SPECIAL, ids.get(), most,
      work.get(), workBytes);
  // A broken normaliser may make more of a text than a good one.
  if (count < 0 && !(count == LFM2_TOKENIZE_NO_WORK && t.form_pages))
    std::abort();
  uint32_t length;
  for (int32_t id = -1; id <= int32_t(lfm2_tokenizer_vocabulary(&t)); ++id) {
    const char *piece = lfm2_tokenizer_piece(&t, id, &length);
    lfm2_utf8_whole(piece, length);
    lfm2_tokenizer_kind(&t, id);
    lfm2_tokenizer_is_stop(&t, id);
  }
  for (int i = -1; i <= LFM2_CHAT_NUM_STRINGS; ++i)
    lfm2_tokenizer_chat(&t, i, &length);
}

void useText(const std::vector<uint8_t> &section, llvm::StringRef text) {
  static const OpenTokenizer tokenizer{section}, plain{makeSection(false)};
  // The pieces make the text where nothing is normalised and no white space
  // goes along with a token.
  for (int32_t flags : {0, int32_t(LFM2_TOKENIZE_PARSE_SPECIAL)})
    if (plain.decode(plain.encode(text, flags)) != text ||
        tokenizer.encode(text, flags).size() > 3 * text.size())
      std::abort();
  if (lfm2_utf8_whole(text.data(), text.size()) + 3 < text.size())
    std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const std::vector<uint8_t> good = makeSection(true);
  if (size == 0)
    return 0;
  const uint8_t mode = data[0] % 4;
  ++data;
  --size;
  if (mode == 0) {
    useSection({data, data + size}, data, size);
  } else if (mode <= 2) {
    // Changes of five bytes: where in the section, and a 16-bit value; mode 2
    // changes the header alone.
    std::vector<uint8_t> section = good;
    size_t at = 0;
    for (; at + 5 <= size && at < 40; at += 5) {
      uint32_t where = data[at] | data[at + 1] << 8 | data[at + 2] << 16;
      where %= mode == 2 ? sizeof(lfm2_tokenizer_header) : section.size() - 1;
      std::memcpy(&section[where], data + at + 3, 2);
    }
    useSection(section, data + at, size - at);
  } else {
    useText(good, llvm::StringRef(reinterpret_cast<const char *>(data), size));
  }
  return 0;
}
