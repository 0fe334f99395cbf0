// What is written, and that nothing of it is trusted when it is opened.

#include "lib/Model/TokenizerTables.h"
#include "lib/Model/UnicodeClasses.h"
#include "runtime/tokenizer/Text.h"
#include "test/unit/Tokenizer/SmallTokenizer.h"
#include "test/unit/Tokenizer/TokenizerFile.h"

#include "gtest/gtest.h"
#include <cstring>
#include <unicode/uchar.h>

using namespace lfm2c;

namespace {

SmallTokenizer makeSmall() {
  SmallTokenizer small;
  small.merge("t", "h");
  small.merge("th", "e");
  small.spec.bos = small.add("<|startoftext|>", TokenType::Control);
  small.spec.eos = small.add("<|im_end|>", TokenType::Control);
  small.add("<think>", TokenType::UserDefined);
  small.spec.added.back().normalized = true;
  small.spec.normalizer = Normalizer::NFC;
  small.add("[PAD]", TokenType::Unused);
  small.spec.stop = {*small.spec.eos};
  return small;
}

// A section in memory of exactly its size, at a multiple of 8.
class Section {
public:
  Section() : bytes(good()) {}

  int open(size_t size) const {
    auto *memory = static_cast<uint8_t *>(::operator new(size ? size : 1));
    std::memcpy(memory, bytes.data(), size);
    lfm2_tokenizer tokenizer;
    const int outcome = lfm2_tokenizer_open(&tokenizer, memory, size);
    ::operator delete(memory);
    return outcome;
  }
  int open() const { return open(bytes.size()); }

  lfm2_tokenizer_header &header() {
    return *reinterpret_cast<lfm2_tokenizer_header *>(bytes.data());
  }
  template <typename T> T *table(int which) {
    return reinterpret_cast<T *>(bytes.data() + header().tables[which].offset);
  }

  static const std::vector<uint8_t> &good() {
    static const std::vector<uint8_t> section =
        llvm::cantFail(buildTokenizerSection(makeSmall().spec));
    return section;
  }

  std::vector<uint8_t> bytes;
};

TEST(Section, KnowsItsTokens) {
  const SmallTokenizer small = makeSmall();
  const OpenTokenizer opened =
      llvm::cantFail(OpenTokenizer::fromSpec(small.spec));
  const lfm2_tokenizer *t = &opened.get();
  EXPECT_EQ(lfm2_tokenizer_vocabulary(t), 262u);
  EXPECT_EQ(lfm2_tokenizer_bos(t), *small.spec.bos);
  EXPECT_EQ(lfm2_tokenizer_eos(t), *small.spec.eos);
  EXPECT_TRUE(lfm2_tokenizer_is_stop(t, *small.spec.eos));
  EXPECT_FALSE(lfm2_tokenizer_is_stop(t, 'a'));
  uint32_t count;
  EXPECT_EQ(lfm2_tokenizer_stops(t, &count)[0], uint32_t(*small.spec.eos));
  EXPECT_EQ(count, 1u);
  EXPECT_EQ(lfm2_tokenizer_kind(t, 'a'), LFM2_TOKEN_NORMAL);
  EXPECT_EQ(lfm2_tokenizer_kind(t, 258), LFM2_TOKEN_CONTROL);
  EXPECT_EQ(lfm2_tokenizer_kind(t, 260), LFM2_TOKEN_USER);
  EXPECT_EQ(lfm2_tokenizer_kind(t, 261), LFM2_TOKEN_UNUSED);
  EXPECT_EQ(lfm2_tokenizer_kind(t, 262), LFM2_TOKEN_UNUSED);
  EXPECT_EQ(lfm2_tokenizer_kind(t, -1), LFM2_TOKEN_UNUSED);
  EXPECT_EQ(opened.decode({257, 0xff, 258, 261, 262, -1}),
            "the\xff<|startoftext|>");
}

TEST(Section, OfAModelWithoutTokenizer) {
  const OpenTokenizer opened =
      llvm::cantFail(OpenTokenizer::fromSpec(TokenizerSpec()));
  EXPECT_EQ(lfm2_tokenizer_vocabulary(&opened.get()), 0u);
  EXPECT_EQ(lfm2_tokenizer_bos(&opened.get()), -1);
  EXPECT_TRUE(opened.encode("text", LFM2_TOKENIZE_ADD_BOS).empty());
  EXPECT_EQ(opened.decode({0, 1}), "");
}

TEST(Section, EveryLengthThatIsTooShortIsRefused) {
  const Section section;
  EXPECT_EQ(section.open(), LFM2_TOKENIZER_OK);
  for (size_t size = 0; size < section.bytes.size();
       size += size < 256 ? 1 : 97)
    EXPECT_EQ(section.open(size), LFM2_TOKENIZER_CUT_SHORT) << size;
}

TEST(Section, WrongHeaders) {
  Section section;
  section.header().version += 1;
  EXPECT_EQ(section.open(), LFM2_TOKENIZER_BAD_VERSION);
  section.header().magic[7] = '2';
  EXPECT_EQ(section.open(), LFM2_TOKENIZER_BAD_MAGIC);
  EXPECT_STREQ(lfm2_tokenizer_open_message(LFM2_TOKENIZER_BAD_MAGIC),
               "there is no tokenizer where one is expected");
  std::vector<uint64_t> memory(64);
  lfm2_tokenizer tokenizer;
  EXPECT_EQ(lfm2_tokenizer_open(&tokenizer,
                                reinterpret_cast<uint8_t *>(memory.data()) + 4,
                                400),
            LFM2_TOKENIZER_BAD_MAGIC);
}

TEST(Section, TablesOutOfPlace) {
  for (int table = 0; table < LFM2_TOKENIZER_NUM_TABLES; ++table) {
    const auto withTable = [&](uint32_t offset, uint32_t count) {
      Section section;
      section.header().tables[table] = {offset, count};
      return section.open();
    };
    const lfm2_tokenizer_table good = Section().header().tables[table];
    EXPECT_EQ(withTable(good.offset + 4, good.count), LFM2_TOKENIZER_BAD_TABLE);
    EXPECT_EQ(withTable(0, good.count), LFM2_TOKENIZER_BAD_TABLE);
    EXPECT_EQ(withTable(0xfffffff8u, good.count), LFM2_TOKENIZER_BAD_TABLE);
    EXPECT_EQ(withTable(good.offset, 0xffffffffu), LFM2_TOKENIZER_BAD_TABLE);
  }
  Section section;
  section.header().vocabulary += 1;
  EXPECT_EQ(section.open(), LFM2_TOKENIZER_BAD_TABLE);
}

TEST(Section, EntriesOutOfRange) {
  const auto refused = [](auto change) {
    Section section;
    change(section);
    return section.open() == LFM2_TOKENIZER_BAD_ENTRY;
  };
  for (int table :
       {LFM2_TOKENIZER_BYTE_IDS, LFM2_TOKENIZER_WORDS, LFM2_TOKENIZER_LITERALS,
        LFM2_TOKENIZER_NORMALIZED_LITERALS, LFM2_TOKENIZER_STOPS})
    EXPECT_TRUE(
        refused([&](Section &s) { s.table<uint32_t>(table)[0] = 262; }));
  for (uint32_t lfm2_tokenizer_header::*id :
       {&lfm2_tokenizer_header::bos, &lfm2_tokenizer_header::eos,
        &lfm2_tokenizer_header::pad, &lfm2_tokenizer_header::end})
    EXPECT_TRUE(refused([&](Section &s) { s.header().*id = 262; }));
  for (int table : {LFM2_TOKENIZER_OFFSETS, LFM2_TOKENIZER_MERGE_STARTS,
                    LFM2_TOKENIZER_CHAT_OFFSETS})
    for (int at : {0, 1, 7})
      EXPECT_TRUE(refused(
          [&](Section &s) { s.table<uint32_t>(table)[at] = 1u << 31; }));
  EXPECT_TRUE(refused([](Section &s) {
    s.table<uint64_t>(LFM2_TOKENIZER_MERGES)[1] |= (1u << 21) - 1;
  }));
  EXPECT_TRUE(refused([](Section &s) {
    s.table<uint16_t>(LFM2_TOKENIZER_CLASS_PAGES)[9] = 2048;
  }));
  for (int table :
       {LFM2_TOKENIZER_LITERALS, LFM2_TOKENIZER_NORMALIZED_LITERALS}) {
    const auto withLiteral = [&](uint32_t offset, uint32_t length) {
      return refused([&](Section &s) {
        auto &literal = *s.table<lfm2_tokenizer_literal>(table);
        literal.offset = offset;
        literal.length = length;
      });
    };
    const uint32_t all = Section().header().tables[LFM2_TOKENIZER_BYTES].count;
    EXPECT_FALSE(withLiteral(0, all));
    EXPECT_TRUE(withLiteral(1, all));
    EXPECT_TRUE(withLiteral(0xffffffffu, 2));
    EXPECT_TRUE(withLiteral(0, 0));
  }
  EXPECT_TRUE(refused([](Section &s) {
    s.table<uint8_t>(LFM2_TOKENIZER_FORM_PAGES)[9] = 255;
  }));
  EXPECT_TRUE(refused([](Section &s) {
    s.table<uint8_t>(LFM2_TOKENIZER_CLASSES)[9] = uint8_t(s.header().classes);
  }));
  EXPECT_TRUE(refused([](Section &s) { s.header().bos = 262; }));
  EXPECT_TRUE(refused([](Section &s) { s.header().eos = 1u << 31; }));
  EXPECT_FALSE(refused([](Section &s) { s.header().eos = LFM2_TOKEN_NONE; }));
}

TEST(Section, WithoutNormalizerHasNoTablesOfOne) {
  for (int table : {LFM2_TOKENIZER_FORM_PAGES, LFM2_TOKENIZER_DECOMPOSITIONS,
                    LFM2_TOKENIZER_COMPOSITIONS}) {
    Section section;
    section.header().tables[table].count = 0;
    EXPECT_EQ(section.open(), table == LFM2_TOKENIZER_FORM_PAGES
                                  ? LFM2_TOKENIZER_OK
                                  : LFM2_TOKENIZER_BAD_TABLE);
    section.header().tables[LFM2_TOKENIZER_FORM_PAGES].count = 1;
    EXPECT_EQ(section.open(), LFM2_TOKENIZER_BAD_TABLE);
  }
  SmallTokenizer small;
  const OpenTokenizer plain =
      llvm::cantFail(OpenTokenizer::fromSpec(small.spec));
  small.spec.normalizer = Normalizer::NFC;
  const OpenTokenizer normalizing =
      llvm::cantFail(OpenTokenizer::fromSpec(small.spec));
  EXPECT_GT(normalizing.getBytes(), plain.getBytes() + 30000);
  EXPECT_EQ(plain.get().form_pages, nullptr);
  EXPECT_EQ(plain.encode("e\u0301").size(), 3u);
  EXPECT_EQ(normalizing.encode("e\u0301").size(), 2u);
}

TEST(Section, StepsThatLeadAstray) {
  const auto opened = [](auto change) {
    Section section;
    auto &step = *section.table<lfm2_tokenizer_step>(LFM2_TOKENIZER_STEPS);
    auto *automata = section.table<uint8_t>(LFM2_TOKENIZER_AUTOMATA);
    change(step, automata + step.reverse, automata + step.next);
    return section.open();
  };
  using Step = lfm2_tokenizer_step;
  EXPECT_EQ(opened([](Step &, uint8_t *, uint8_t *) {}), LFM2_TOKENIZER_OK);
  const uint32_t values[] = {0, 256, 0x80000000u, 0xffffffffu};
  for (uint32_t value : values) {
    const auto set = [&](uint32_t Step::*field) {
      return opened([&](Step &s, uint8_t *, uint8_t *) { s.*field = value; });
    };
    EXPECT_EQ(set(&Step::states), LFM2_TOKENIZER_BAD_ENTRY) << value;
    EXPECT_EQ(set(&Step::rows), LFM2_TOKENIZER_BAD_ENTRY) << value;
    if (value > 256) {
      EXPECT_EQ(set(&Step::reverse), LFM2_TOKENIZER_BAD_ENTRY) << value;
      EXPECT_EQ(set(&Step::next), LFM2_TOKENIZER_BAD_ENTRY) << value;
    }
  }
  EXPECT_EQ(opened([](Step &s, uint8_t *reverse, uint8_t *) {
              reverse[5] = uint8_t(s.states);
            }),
            LFM2_TOKENIZER_BAD_ENTRY);
  EXPECT_EQ(opened([](Step &s, uint8_t *, uint8_t *next) {
              next[3] = uint8_t(s.rows);
            }),
            LFM2_TOKENIZER_BAD_ENTRY);
  // On behind the end of a text.
  EXPECT_EQ(opened([](Step &s, uint8_t *, uint8_t *next) {
              next[(s.rows - 1) * s.states + 1] = 1;
            }),
            LFM2_TOKENIZER_BAD_ENTRY);
  EXPECT_EQ(opened([](Step &s, uint8_t *, uint8_t *next) {
              next[(s.rows - 1) * s.states + 2] = 1;
            }),
            LFM2_TOKENIZER_OK);
  Section section;
  section.header().classes = 257;
  EXPECT_EQ(section.open(), LFM2_TOKENIZER_BAD_TABLE);
}

std::string errorOf(const TokenizerSpec &spec) {
  auto section = buildTokenizerSection(spec);
  return section ? "" : llvm::toString(section.takeError());
}

TEST(Section, RefusesSpecsThatContradictThemselves) {
  SmallTokenizer small = makeSmall();
  small.spec.splits.push_back({"a\\b"});
  EXPECT_EQ(errorOf(small.spec),
            "the split pattern 'a\\b': a word boundary, '\\b' or '\\B', is not "
            "supported at character 2");
  small = makeSmall();
  small.spec.merges.emplace_back("the", "y");
  EXPECT_EQ(errorOf(small.spec),
            "merge 2 of the tokenizer, 'the' with 'y', needs the token 'they', "
            "which the vocabulary lacks");
  small = makeSmall();
  small.spec.eos = 262;
  EXPECT_EQ(errorOf(small.spec),
            "the tokenizer's eos token is id 262, but it has 262 tokens");
  small = makeSmall();
  small.spec.added.push_back({-1, "<x>", true});
  EXPECT_EQ(errorOf(small.spec),
            "the tokenizer's added token is id -1, but it has 262 tokens");
  small = makeSmall();
  small.spec.types.pop_back();
  EXPECT_EQ(errorOf(small.spec),
            "the tokenizer has 262 tokens, but the types of 261");
}

TEST(Section, ClassesAreThoseOfUnicode16) {
  const OpenTokenizer opened =
      llvm::cantFail(OpenTokenizer::fromSpec(SmallTokenizer().spec));
  const lfm2_tokenizer &t = opened.get();
  unsigned spaces = 0, words = 0;
  for (uint32_t c = 0; c < 0x110000; ++c) {
    const int flags = t.class_flags[lfm2rt::classOf(t, c)];
    spaces += (flags & LFM2_CLASS_SPACE) != 0;
    words += (flags & LFM2_CLASS_WORD) != 0;
  }
  EXPECT_EQ(spaces, 25u);
  EXPECT_EQ(words, 144667u); // The judge's \w and the two joiners.
  EXPECT_TRUE(getCategories(U_GC_L_MASK).contains(0x2ebf0));  // Unicode 15.1
  EXPECT_TRUE(getCategories(U_GC_N_MASK).contains(0x10d40));  // Unicode 16.0
  EXPECT_TRUE(getCategories(U_GC_CN_MASK).contains(0x16ea0)); // Unicode 17.0
}

} // namespace
