// Constraints by the C interface: masks, going back, tokens that must follow,
// memory, forms of an archive.

#include "runtime/grammar/Grammar.h"
#include "test/unit/Grammar/SmallModel.h"
#include "test/unit/Runtime/Fixture.h"

#include <cstring>
#include <random>
#include <set>

using namespace lfm2c;

namespace {

const SmallModel &model() { return SmallModel::get(); }

std::set<std::string> allowed(lfm2rt_constraint *constraint,
                              const std::vector<int32_t> &ids) {
  const uint32_t *mask =
      lfm2rt_constraint_allow(ids.data(), uint32_t(ids.size()), constraint);
  std::set<std::string> out;
  for (uint32_t id = 0; id < model().size(); ++id)
    if (mask[id / 32] >> id % 32 & 1)
      out.insert(model().decode(int32_t(id)));
  return out;
}

TEST(Constraint, MasksFollowTheTokens) {
  const CompiledForm form(LFM2RT_FORM_GBNF, "root ::= \"tr\" (\"ue\" | \"y\")");
  ASSERT_TRUE(form.grammar) << form.error.message;
  const SmallConstraint constraint(*form.grammar);
  using Texts = std::set<std::string>;
  // The answer starts behind the first tokens that it is asked about.
  std::vector<int32_t> ids = {1, 2, 3};
  EXPECT_EQ(allowed(constraint, ids), (Texts{"t", "tr", "true"}));
  ids.push_back('t');
  EXPECT_EQ(allowed(constraint, ids), (Texts{"r"}));
  EXPECT_EQ(lfm2rt_constraint_state(constraint), LFM2RT_ANSWER_OPEN);
  ids.push_back('r');
  EXPECT_EQ(allowed(constraint, ids), (Texts{"u", "ue", "y"}));
  ids.push_back('y');
  EXPECT_EQ(allowed(constraint, ids), (Texts{"<eos>"}));
  EXPECT_EQ(lfm2rt_constraint_state(constraint), LFM2RT_ANSWER_ENDED);
  // Back, and on elsewhere.
  ids.resize(5);
  ids.push_back('u');
  EXPECT_EQ(allowed(constraint, ids), (Texts{"e"}));
  ids.resize(3);
  EXPECT_EQ(allowed(constraint, ids), (Texts{"t", "tr", "true"}));
  ids.resize(2);
  EXPECT_EQ(allowed(constraint, ids), (Texts{"t", "tr", "true"}));
  // A token that is not allowed.
  ids = {1, 2, 3, 'x', 'r'};
  EXPECT_EQ(allowed(constraint, ids), (Texts{"<eos>"}));
  EXPECT_EQ(lfm2rt_constraint_state(constraint), LFM2RT_ANSWER_LEFT);
  EXPECT_FALSE(lfm2rt_constraint_accept(constraint, 't'));
  // Another answer, further on.
  lfm2rt_constraint_begin(constraint, LFM2RT_AT_NEXT);
  EXPECT_EQ(allowed(constraint, ids), (Texts{"t", "tr", "true"}));
  lfm2rt_constraint_begin(constraint, 4);
  EXPECT_EQ(allowed(constraint, {1, 2, 3, 4, 't'}), (Texts{"r"}));
}

TEST(Constraint, EndsByATokenThatEnds) {
  const CompiledForm form(LFM2RT_FORM_REGEX, "ab*");
  const SmallConstraint constraint(*form.grammar);
  std::vector<int32_t> ids = {'a'};
  lfm2rt_constraint_begin(constraint, 0);
  EXPECT_EQ(allowed(constraint, ids), (std::set<std::string>{"b", "<eos>"}));
  EXPECT_EQ(lfm2rt_constraint_state(constraint), LFM2RT_ANSWER_MAY_END);
  EXPECT_TRUE(lfm2rt_constraint_accept(constraint, model().end));
  EXPECT_EQ(lfm2rt_constraint_state(constraint), LFM2RT_ANSWER_ENDED);
  EXPECT_TRUE(lfm2rt_constraint_accept(constraint, model().end));
  EXPECT_FALSE(lfm2rt_constraint_accept(constraint, 'b'));
  EXPECT_FALSE(lfm2rt_constraint_accept(constraint, -3));
}

TEST(Constraint, TokensThatMustFollow) {
  const CompiledForm form(
      LFM2RT_FORM_JSON_SCHEMA,
      "{\"properties\": {\"ab\": {\"const\": true}, \"c\": {\"type\": "
      "\"string\"}, \"d\": {\"const\": \"12\"}}, \"required\": [\"ab\", "
      "\"c\", \"d\"]}");
  ASSERT_TRUE(form.grammar) << form.error.message;
  const SmallConstraint constraint(*form.grammar);
  lfm2rt_constraint_begin(constraint, 0);
  int32_t ids[64];
  // The quote that opens the string may become a part of a longer token.
  uint32_t count = lfm2rt_constraint_forced(constraint, ids, 64);
  EXPECT_EQ(model().decode({ids, count}), "{\"ab\": true, \"c\": ");
  EXPECT_EQ(std::vector<int32_t>(ids, ids + count),
            model().encode("{\"ab\": true, \"c\": "));
  // They are not accepted by it.
  EXPECT_EQ(lfm2rt_constraint_forced(constraint, ids, 3), 3u);
  EXPECT_EQ(model().decode({ids, 3}), "{\"ab\":");
  for (int32_t id : model().encode("{\"ab\": true, \"c\": "))
    EXPECT_TRUE(lfm2rt_constraint_accept(constraint, id));
  EXPECT_EQ(lfm2rt_constraint_forced(constraint, ids, 64), 0u);
  EXPECT_TRUE(lfm2rt_constraint_accept(constraint, '"'));
  EXPECT_EQ(lfm2rt_constraint_forced(constraint, ids, 64), 0u);
  EXPECT_TRUE(lfm2rt_constraint_accept(constraint, '"'));
  // To the end, where nothing can follow.
  count = lfm2rt_constraint_forced(constraint, ids, 64);
  EXPECT_EQ(model().decode({ids, count}), ", \"d\": \"12\"}");
  // The same by all tokens of a context.
  std::vector<int32_t> all = {7, 8};
  lfm2rt_constraint_begin(constraint, 2);
  count = lfm2rt_constraint_force(all.data(), 2, ids, 64, constraint);
  EXPECT_EQ(model().decode({ids, count}), "{\"ab\": true, \"c\": ");
}

// A mask by trying each token alone.
std::vector<bool> tried(lfm2rt_constraint *constraint,
                        const std::vector<int32_t> &ids) {
  std::vector<bool> out;
  for (uint32_t id = 0; id < model().size(); ++id) {
    lfm2rt_constraint_allow(ids.data(), uint32_t(ids.size()), constraint);
    out.push_back(lfm2rt_constraint_accept(constraint, int32_t(id)));
  }
  return out;
}

TEST(Constraint, LittleMemoryChangesNothing) {
  // Nested lists, so that frames and configurations grow and are forgotten.
  const CompiledForm form(
      LFM2RT_FORM_GBNF,
      "root ::= list\nlist ::= \"[\" (item (\", \" item)*)? \"]\"\n"
      "item ::= list | [a-z]{1,40} | \"12\"* \"x\"\n");
  ASSERT_TRUE(form.grammar) << form.error.message;
  const lfm2rt_constraint_options little = {4, 1};
  const SmallConstraint small(*form.grammar, &little), large(*form.grammar);
  std::mt19937 random(7);
  std::vector<int32_t> ids;
  lfm2rt_constraint_begin(small, 0);
  lfm2rt_constraint_begin(large, 0);
  for (int step = 0; step < 3000; ++step) {
    const std::set<std::string> texts = allowed(small, ids);
    ASSERT_EQ(texts, allowed(large, ids)) << model().decode(ids);
    if (step % 100 == 0) {
      const uint32_t *mask =
          lfm2rt_constraint_allow(ids.data(), uint32_t(ids.size()), large);
      std::vector<bool> bits;
      for (uint32_t id = 0; id < model().size(); ++id)
        bits.push_back(mask[id / 32] >> id % 32 & 1);
      ASSERT_EQ(bits, tried(small, ids));
    }
    // Nesting is mostly deep.
    std::string next = *std::next(texts.begin(), long(random() % texts.size()));
    if (texts.count("[") && random() % 2)
      next = "[";
    if (next == "<eos>" || random() % 50 == 0)
      ids.resize(ids.size() / 2);
    else
      for (int32_t id : model().encode(next))
        ids.push_back(id);
  }
  // Tokens of long answers are compared, too.
  ASSERT_GT(ids.size(), 8u);
  std::vector<int32_t> other = ids;
  other[6] = other[6] == '[' ? 'a' : '[';
  EXPECT_EQ(allowed(small, other), allowed(large, other));
  EXPECT_EQ(allowed(small, ids), allowed(large, ids));
}

// What must follow is longer than what memory has room for; it is looked for,
// and the answer goes on where it was.
TEST(Constraint, LongTextsThatMustFollow) {
  const CompiledForm form(LFM2RT_FORM_REGEX, "\\w(ab){800}c[xy]");
  ASSERT_TRUE(form.grammar) << form.error.message;
  const lfm2rt_constraint_options little = {4, 1};
  const SmallConstraint constraint(*form.grammar, &little);
  lfm2rt_constraint_begin(constraint, 0);
  ASSERT_TRUE(lfm2rt_constraint_accept(constraint, 'q'));
  std::string text;
  for (;;) {
    int32_t ids[700];
    const uint32_t count = lfm2rt_constraint_forced(constraint, ids, 700);
    if (count == 0)
      break;
    for (uint32_t i = 0; i < count; ++i) {
      EXPECT_FALSE(lfm2rt_constraint_accept(constraint, 'q'));
      ASSERT_TRUE(lfm2rt_constraint_accept(constraint, ids[i])) << text.size();
    }
    text += model().decode({ids, count});
  }
  EXPECT_EQ(text.size(), 1601u);
  EXPECT_EQ(text.back(), 'c');
}

TEST(Constraint, NestingHasALimit) {
  const CompiledForm form(LFM2RT_FORM_GBNF,
                          "root ::= \"(\" root \")\" | \"x\"");
  const SmallConstraint constraint(*form.grammar);
  std::vector<int32_t> ids;
  lfm2rt_constraint_begin(constraint, 0);
  while (ids.size() < 10000 && allowed(constraint, ids).count("("))
    ids.push_back('(');
  // What nests deeper is not allowed; what is open can be closed.
  EXPECT_GT(ids.size(), 3000u);
  EXPECT_LT(ids.size(), 5000u);
  const size_t depth = ids.size();
  ids.push_back('x');
  for (size_t i = 0; i < depth; ++i) {
    ASSERT_EQ(allowed(constraint, ids), std::set<std::string>{")"});
    ids.push_back(')');
  }
  EXPECT_EQ(allowed(constraint, ids), std::set<std::string>{"<eos>"});
}

TEST(Constraint, TokensOfTheGrammar) {
  const CompiledForm form(LFM2RT_FORM_GBNF,
                          "root ::= !</think>* </think> (\"ab\" | <[97]> "
                          "\"12\" | <|tool_call_end|>)");
  ASSERT_TRUE(form.grammar) << form.error.message;
  const SmallConstraint constraint(*form.grammar);
  std::vector<int32_t> ids;
  lfm2rt_constraint_begin(constraint, 0);
  // All of text, and no other control token.
  std::set<std::string> texts = allowed(constraint, ids);
  EXPECT_TRUE(texts.count("</think>") && texts.count("ab") && texts.count("é"));
  EXPECT_FALSE(texts.count("<bos>") || texts.count("<eos>"));
  EXPECT_FALSE(texts.count("<|tool_call_start|>"));
  for (int32_t id : model().encode("hm</think>"))
    ids.push_back(id);
  EXPECT_EQ(allowed(constraint, ids),
            (std::set<std::string>{"a", "ab", "<|tool_call_end|>"}));
  // 'a' is the token, and the first byte of "ab".
  ids.push_back('a');
  EXPECT_EQ(allowed(constraint, ids), (std::set<std::string>{"b", "1", "12"}));
}

TEST(Constraint, Memory) {
  const CompiledForm form(LFM2RT_FORM_REGEX, "a");
  const uint64_t size =
      lfm2rt_constraint_size(form.grammar, &model().vocabulary(), nullptr);
  const WordMemory memory(size);
  lfm2rt_constraint *constraint;
  lfm2rt_error error = {};
  EXPECT_EQ(lfm2rt_constraint_create(&constraint, form.grammar,
                                     &model().vocabulary(), nullptr,
                                     memory.get(), size - 1, &error),
            LFM2RT_NO_MEMORY);
  EXPECT_EQ(error.needed, size);
  EXPECT_TRUE(std::strstr(error.message, "for the constraint"))
      << error.message;
  // A start that takes more than a small cache has room for.
  const CompiledForm wide(LFM2RT_FORM_REGEX, "(\\w?){900}");
  const lfm2rt_constraint_options little = {4, 1};
  const WordMemory room(
      lfm2rt_constraint_size(wide.grammar, &model().vocabulary(), &little));
  EXPECT_EQ(
      lfm2rt_constraint_create(
          &constraint, wide.grammar, &model().vocabulary(), &little, room.get(),
          lfm2rt_constraint_size(wide.grammar, &model().vocabulary(), &little),
          &error),
      LFM2RT_NO_MEMORY);
  EXPECT_TRUE(std::strstr(error.message, "by `cache`")) << error.message;
  EXPECT_TRUE(SmallConstraint(*wide.grammar).pointer);
  // A grammar that names tokens of a larger model.
  lfm2rt_form gbnf = {LFM2RT_FORM_GBNF, 0, nullptr};
  const CompiledForm named(gbnf, "root ::= <[7]>");
  auto *image = const_cast<lfm2rt_grammar *>(named.grammar);
  image->vocabulary += 1000;
  EXPECT_EQ(lfm2rt_constraint_create(&constraint, named.grammar,
                                     &model().vocabulary(), nullptr,
                                     memory.get(), size, &error),
            LFM2RT_INVALID_ARGUMENT);
  EXPECT_TRUE(std::strstr(error.message, "whose tokens are those of"))
      << error.message;
}

TEST(Constraint, OfAModelThatIsOpen) {
  for (const bool hasTokenizer : {true, false}) {
    fake::ArchiveOptions options;
    options.tokenizer = hasTokenizer;
    const std::vector<uint8_t> archive = fake::makeArchive(options);
    const fake::Memory data(archive.size());
    std::memcpy(data.get(), archive.data(), archive.size());
    lfm2rt_model model;
    lfm2rt_weights weights;
    lfm2rt_error error = {};
    ASSERT_EQ(lfm2rt_model_open(&model, &fake::program, &error), LFM2RT_OK);
    ASSERT_EQ(lfm2rt_weights_open_memory(&weights, &model, data.get(),
                                         archive.size(), &error),
              LFM2RT_OK)
        << error.message;
    const uint64_t size = lfm2rt_vocabulary_size(&weights);
    const fake::Memory memory(size + 8);
    lfm2rt_vocabulary *vocabulary;
    if (!hasTokenizer) {
      EXPECT_EQ(size, 0u);
      EXPECT_EQ(lfm2rt_vocabulary_create(&vocabulary, &weights, memory.get(), 8,
                                         &error),
                LFM2RT_NO_TOKENIZER);
      EXPECT_TRUE(std::strstr(error.message, "with a tokenizer"));
      continue;
    }
    EXPECT_EQ(lfm2rt_vocabulary_create(&vocabulary, &weights, memory.get(),
                                       size - 1, &error),
              LFM2RT_NO_MEMORY);
    EXPECT_EQ(error.needed, size);
    ASSERT_EQ(lfm2rt_vocabulary_create(&vocabulary, &weights, memory.get(),
                                       size, &error),
              LFM2RT_OK);
    EXPECT_LE(lfm2rt_vocabulary_used(vocabulary), size);
    // The archive has no form; then one, then one that is damaged.
    const lfm2rt_grammar *grammar;
    EXPECT_EQ(lfm2rt_grammar_open(&grammar, &weights, &error), LFM2RT_OK);
    EXPECT_EQ(grammar, nullptr);
    const fake::Memory room(lfm2rt_grammar_size(10));
    const lfm2rt_form form = {LFM2RT_FORM_REGEX, 0, nullptr};
    ASSERT_EQ(lfm2rt_grammar_create(&grammar, &weights, &form, "[ab]{2}", 7,
                                    room.get(), room.bytes, &error),
              LFM2RT_OK)
        << error.message;
    auto *image = reinterpret_cast<const uint8_t *>(grammar);
    weights.section[LFM2_SECTION_GRAMMAR] = image;
    weights.bytes[LFM2_SECTION_GRAMMAR] = lfm2rt_grammar_used(grammar);
    ASSERT_EQ(lfm2rt_grammar_open(&grammar, &weights, &error), LFM2RT_OK);
    EXPECT_EQ(reinterpret_cast<const uint8_t *>(grammar), image);
    weights.bytes[LFM2_SECTION_GRAMMAR] -= 8;
    EXPECT_EQ(lfm2rt_grammar_open(&grammar, &weights, &error),
              LFM2RT_BAD_WEIGHTS);
    EXPECT_TRUE(std::strstr(error.message, "expected tables of a grammar"));
    EXPECT_EQ(grammar, nullptr);
  }
  lfm2rt_error error = {};
  const lfm2rt_grammar *grammar;
  const lfm2rt_form form = {LFM2RT_FORM_REGEX, 0, nullptr};
  const WordMemory memory(1 << 16);
  EXPECT_EQ(lfm2rt_grammar_create_for(&grammar, memory.get(), 4096, 10, &form,
                                      "a", 1, memory.get(), 1 << 16, &error),
            LFM2RT_INVALID_ARGUMENT);
  EXPECT_TRUE(std::strstr(error.message, "expected tables of a tokenizer"));
}

// Every byte of an image, changed: refused, or used without a step beyond.
TEST(Constraint, DamagedImages) {
  const CompiledForm form(
      LFM2RT_FORM_GBNF,
      "root ::= a | \"[\" root (\", \" root)* \"]\"\na ::= [0-9é]+ | <[7]>");
  ASSERT_TRUE(form.grammar) << form.error.message;
  const uint64_t used = lfm2rt_grammar_used(form.grammar);
  const WordMemory copy((used + 7) / 8 * 8);
  auto *bytes = static_cast<uint8_t *>(copy.get());
  int refused = 0;
  for (uint64_t i = 0; i < used; ++i)
    for (uint8_t change : {1, 128}) {
      std::memcpy(bytes, form.grammar, used);
      bytes[i] ^= change;
      if (!lfm2rt::grammar::isSound(bytes, used, model().size())) {
        ++refused;
        continue;
      }
      const SmallConstraint constraint(
          *reinterpret_cast<const lfm2rt_grammar *>(bytes));
      if (!constraint.pointer)
        continue; // It starts with nothing.
      std::vector<int32_t> ids;
      lfm2rt_constraint_begin(constraint, 0);
      for (int step = 0; step < 5; ++step) {
        const std::set<std::string> texts = allowed(constraint, ids);
        if (texts.empty())
          break;
        for (int32_t id : model().encode(*texts.begin()))
          ids.push_back(id);
      }
    }
  EXPECT_GT(refused, int(used) / 2);
}

} // namespace
