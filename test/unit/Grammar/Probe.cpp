// GrammarProbe TOKENIZER: the constraints of the runtime, for tests in Python.
// TOKENIZER is a tokenizer.json or a GGUF file. Each line of the standard input
// is an object of JSON, and makes one of the standard output:
//
//   form    "schema", "gbnf", "regex" or "tools"; tool, flags as in lfm2rt_form
//   text    what is compiled; "error" where it is refused; "microseconds" that
//   it took,
//           and "vocabulary", those of the vocabulary
//   check   texts: "accepted" says of each whether it is in the form
//   walks   so many texts drawn by masks alone, up to `most` tokens each, from
//   `seed`:
//           "texts", null where one did not end
//   brute   compares masks along the walks with trying every token: "wrong"
//   counts
//           the tokens in which they differ
//   force   along the walks, tokens that must follow are taken as they are:
//   "forced"
//           counts them; those that are not allowed are "wrong"
//   time    texts that are read token by token, each by a new constraint:
//           "nanoseconds", for each token those of its mask
//   ahead   texts that are read token by token: "must", how many tokens must
//   follow
//           anywhere in them, and "other", how many of these are not those of
//           the text
//   tokens  texts as ids that are accepted one by one: "took", how many of each

#include "runtime/grammar/Constraint.h"
#include "runtime/grammar/Grammar.h"
#include "test/unit/Tokenizer/TokenizerFile.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

#include <chrono>
#include <iostream>
#include <memory>
#include <random>

using namespace lfm2rt;
namespace json = llvm::json;

namespace {

using Memory = std::unique_ptr<uint64_t[]>;
Memory memoryOf(uint64_t bytes) { return Memory(new uint64_t[bytes / 8 + 1]); }

int64_t microsecondsSince(std::chrono::steady_clock::time_point before) {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::steady_clock::now() - before)
      .count();
}

class Probe {
public:
  explicit Probe(lfm2c::OpenTokenizer tokenizer)
      : open(std::move(tokenizer)), tokenizer(open.get()),
        size(lfm2_tokenizer_vocabulary(&this->tokenizer)),
        vocabularyMemory(
            memoryOf(grammar::vocabularySize(this->tokenizer, size))),
        vocabulary(grammar::makeVocabulary(this->tokenizer, size,
                                           vocabularyMemory.get())),
        vocabularyTook(microsecondsSince(start)) {}

  json::Object run(const json::Object &in) {
    json::Object out;
    const std::string kind = in.getString("form").value_or("schema").str();
    lfm2rt_form form = {};
    form.kind = kind == "schema"  ? LFM2RT_FORM_JSON_SCHEMA
                : kind == "gbnf"  ? LFM2RT_FORM_GBNF
                : kind == "regex" ? LFM2RT_FORM_REGEX
                                  : LFM2RT_FORM_TOOLS;
    form.flags = uint32_t(in.getInteger("flags").value_or(0));
    const std::string tool = in.getString("tool").value_or("").str();
    form.tool = tool.empty() ? nullptr : tool.c_str();
    const std::string text = in.getString("text").value_or("").str();
    const uint64_t bytes = lfm2rt_grammar_size(text.size());
    Memory memory = memoryOf(bytes);
    lfm2rt_error error;
    const auto before = std::chrono::steady_clock::now();
    if (grammar::compile(&grammar, form, {text.data(), uint32_t(text.size())},
                         &tokenizer, size, memory.get(), bytes,
                         &error) != LFM2RT_OK) {
      out["error"] = error.message;
      return out;
    }
    out["microseconds"] = microsecondsSince(before);
    out["vocabulary"] = vocabularyTook;
    out["bytes"] = int64_t(grammar->bytes);
    lfm2rt_constraint_options options = {};
    options.cache = uint32_t(in.getInteger("cache").value_or(0));
    const uint64_t needed =
        lfm2rt_constraint_size(grammar, vocabulary, &options);
    Memory room = memoryOf(needed);
    if (lfm2rt_constraint_create(&constraint, grammar, vocabulary, &options,
                                 room.get(), needed, &error) != LFM2RT_OK) {
      out["error"] = error.message;
      return out;
    }
    if (const json::Array *texts = in.getArray("check")) {
      json::Array accepted;
      for (const json::Value &one : *texts)
        accepted.push_back(accepts(*one.getAsString()));
      out["accepted"] = std::move(accepted);
    }
    if (const json::Array *texts = in.getArray("time")) {
      json::Array nanoseconds;
      for (const json::Value &one : *texts) {
        if (lfm2rt_constraint_create(&constraint, grammar, vocabulary, &options,
                                     room.get(), needed, &error) != LFM2RT_OK)
          break;
        time(*one.getAsString(), nanoseconds);
      }
      out["nanoseconds"] = std::move(nanoseconds);
    }
    if (const json::Array *texts = in.getArray("ahead")) {
      int64_t must = 0, other = 0;
      for (const json::Value &one : *texts)
        lookAhead(*one.getAsString(), must, other);
      out["must"] = must;
      out["other"] = other;
    }
    if (const json::Array *texts = in.getArray("tokens")) {
      json::Array took;
      for (const json::Value &one : *texts)
        took.push_back(takes(*one.getAsString()));
      out["took"] = std::move(took);
    }
    wrong = numForced = 0;
    force = in.getInteger("force").value_or(0);
    if (auto walks = in.getInteger("walks")) {
      std::mt19937 random{uint32_t(in.getInteger("seed").value_or(1))};
      json::Array texts;
      for (int64_t i = 0; i < *walks; ++i)
        texts.push_back(walk(random, in.getInteger("most").value_or(200),
                             in.getInteger("brute").value_or(0)));
      out["texts"] = std::move(texts);
      out["wrong"] = wrong;
      out["forced"] = numForced;
    }
    return out;
  }

private:
  const std::chrono::steady_clock::time_point start =
      std::chrono::steady_clock::now();
  const lfm2c::OpenTokenizer open;
  const lfm2_tokenizer &tokenizer;
  uint32_t size;
  Memory vocabularyMemory;
  const lfm2rt_vocabulary *vocabulary;
  int64_t vocabularyTook;
  const lfm2rt_grammar *grammar = nullptr;
  lfm2rt_constraint *constraint = nullptr;
  int64_t wrong = 0, numForced = 0;
  bool force = false;

  // Byte by byte, without tokens.
  bool accepts(llvm::StringRef text) {
    grammar::Matcher matcher(*grammar, *vocabulary);
    Arena asked(nullptr, 0);
    uint32_t at = grammar::dead;
    matcher.make(asked, grammar::usualCache, &at);
    Memory memory = memoryOf(asked.needed());
    Arena arena(memory.get(), asked.needed());
    matcher.make(arena, grammar::usualCache, &at);
    at = matcher.start();
    for (char c : text) {
      if (at == grammar::dead)
        return false;
      at = matcher.advance(at, uint8_t(c));
    }
    return at != grammar::dead && matcher.flags(at) & grammar::mayEnd;
  }

  void time(llvm::StringRef text, json::Array &out) {
    lfm2rt_constraint_begin(constraint, 0);
    const std::vector<int32_t> ids = open.encode(text);
    for (size_t count = 0; count <= ids.size(); ++count) {
      const auto before = std::chrono::steady_clock::now();
      lfm2rt_constraint_allow(ids.data(), uint32_t(count), constraint);
      const std::chrono::nanoseconds took =
          std::chrono::steady_clock::now() - before;
      out.push_back(int64_t(took.count()));
    }
    if (lfm2rt_constraint_state(constraint) == LFM2RT_ANSWER_LEFT)
      llvm::errs() << "not in the form: " << text << "\n";
  }

  void lookAhead(llvm::StringRef text, int64_t &must, int64_t &other) {
    lfm2rt_constraint_begin(constraint, 0);
    const std::vector<int32_t> ids = open.encode(text);
    for (size_t i = 0; i <= ids.size(); ++i) {
      int32_t next[64];
      const uint32_t count = lfm2rt_constraint_forced(constraint, next, 64);
      must += count;
      for (uint32_t k = 0; k < count; ++k)
        other += i + k >= ids.size() || ids[i + k] != next[k];
      if (i < ids.size() && !lfm2rt_constraint_accept(constraint, ids[i]))
        llvm::errs() << "not in the form: " << text << "\n";
    }
  }

  int64_t takes(llvm::StringRef text) {
    lfm2rt_constraint_begin(constraint, 0);
    int64_t count = 0;
    for (int32_t id : open.encode(text))
      count += lfm2rt_constraint_accept(constraint, id);
    return count;
  }

  json::Value walk(std::mt19937 &random, int64_t most, int64_t brute) {
    lfm2rt_constraint_begin(constraint, 0);
    std::vector<int32_t> tokens;
    std::string text;
    for (int64_t step = 0; step < most; ++step) {
      int32_t ids[64];
      const uint32_t must =
          force ? lfm2rt_constraint_forced(constraint, ids, 64) : 0;
      for (uint32_t i = 0; i < must; ++i) {
        wrong += !lfm2rt_constraint_accept(constraint, ids[i]);
        put(ids[i], tokens, text);
      }
      numForced += must;
      const uint32_t *mask = lfm2rt_constraint_allow(
          tokens.data(), uint32_t(tokens.size()), constraint);
      std::vector<int32_t> allowed;
      for (uint32_t id = 0; id < size; ++id)
        if (mask[id / 32] >> id % 32 & 1)
          allowed.push_back(int32_t(id));
      if (brute) {
        const std::vector<uint32_t> kept(mask, mask + (size + 31) / 32);
        for (uint32_t id = 0; id < size; ++id)
          wrong += int(kept[id / 32] >> id % 32 & 1) != tries(tokens, id);
        lfm2rt_constraint_allow(tokens.data(), uint32_t(tokens.size()),
                                constraint);
      }
      if (allowed.empty())
        return "nothing is allowed behind: " + text;
      // Ends are rare among what is allowed; without a hurry texts would not
      // end.
      int32_t token = allowed[std::uniform_int_distribution<size_t>(
          0, allowed.size() - 1)(random)];
      if (random() % 4 == 0)
        for (int32_t id : allowed)
          if (lfm2_tokenizer_is_stop(&tokenizer, id) || endsString(id))
            token = id;
      if (lfm2_tokenizer_is_stop(&tokenizer, token))
        return text;
      put(token, tokens, text);
      // As a loop that looks for what must follow before it reads the token.
      if (force)
        wrong += !lfm2rt_constraint_accept(constraint, token);
    }
    return nullptr;
  }
  void put(int32_t token, std::vector<int32_t> &tokens,
           std::string &text) const {
    tokens.push_back(token);
    uint32_t length;
    const char *piece = lfm2_tokenizer_piece(&tokenizer, token, &length);
    text.append(piece, length);
  }
  bool endsString(int32_t id) const {
    uint32_t length;
    const char *piece = lfm2_tokenizer_piece(&tokenizer, id, &length);
    return length == 1 && (*piece == '"' || *piece == '}' || *piece == ']');
  }

  bool tries(const std::vector<int32_t> &tokens, uint32_t id) {
    lfm2rt_constraint_allow(tokens.data(), uint32_t(tokens.size()), constraint);
    return lfm2rt_constraint_accept(constraint, int32_t(id));
  }
};

} // namespace

int main(int argc, char **argv) {
  if (argc != 2) {
    llvm::errs() << "usage: GrammarProbe TOKENIZER < LINES\n";
    return 2;
  }
  auto spec = lfm2c::readTokenizerFile(argv[1]);
  if (!spec) {
    llvm::errs() << llvm::toString(spec.takeError()) << "\n";
    return 1;
  }
  auto open = lfm2c::OpenTokenizer::fromSpec(*spec);
  if (!open) {
    llvm::errs() << llvm::toString(open.takeError()) << "\n";
    return 1;
  }
  Probe probe(std::move(*open));
  for (std::string line; std::getline(std::cin, line);) {
    json::Value in = llvm::cantFail(json::parse(line));
    llvm::outs() << json::Value(probe.run(*in.getAsObject())) << "\n";
    llvm::outs().flush();
  }
  return 0;
}
