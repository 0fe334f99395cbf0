// Builds the tokenizer section: resolves names to ids once, here, so the
// runtime has only numbers to compare.

#include "lib/Model/TokenizerTables.h"
#include "lfm2rt/tokenizer_format.h"
#include "lib/Model/AddedTokens.h"
#include "lib/Model/ByteLevel.h"
#include "lib/Model/NormalizationTables.h"
#include "lib/Model/SplitTables.h"
#include "lib/Model/TokenizerMerges.h"
#include "lib/Support/Error.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"

#include <cstring>

using namespace lfm2c;
using llvm::Error;
using llvm::StringRef;

namespace {

constexpr uint32_t none = LFM2_TOKEN_NONE;

class Builder {
public:
  explicit Builder(const TokenizerSpec &spec)
      : spec(spec), vocabulary(uint32_t(spec.tokens.size())) {}

  llvm::Expected<std::vector<uint8_t>> build(const ChatForm &chat);
  llvm::Expected<bool> hasWordsBeyondMerges();

private:
  Error checkSpec() const;
  Error checkId(std::optional<int32_t> id, const char *what) const;
  void resolveTokens();
  Error resolveMerges();
  void findWords();

  template <typename T> void append(int table, const std::vector<T> &elements) {
    section.resize((section.size() + 7) / 8 * 8);
    header.tables[table] = {uint32_t(section.size()),
                            uint32_t(elements.size())};
    const auto *bytes = reinterpret_cast<const uint8_t *>(elements.data());
    section.insert(section.end(), bytes, bytes + elements.size() * sizeof(T));
  }
  void appendStrings(int bytesTable, int offsetsTable,
                     llvm::ArrayRef<std::string> strings);
  void appendTokens();
  void appendNormalizer();
  void appendChat(const ChatForm &chat);

  const TokenizerSpec &spec;
  const uint32_t vocabulary;
  std::vector<std::string> bytes; // By id: what a token stands for.
  std::vector<uint8_t> kinds;     // By id: LFM2_TOKEN_*.
  llvm::StringMap<uint32_t> ids;  // By the name that the files use.
  std::vector<uint32_t> byteIds, words;
  MergeTable merges;
  lfm2_tokenizer_header header = {};
  std::vector<uint8_t> section;
};

Error Builder::checkId(std::optional<int32_t> id, const char *what) const {
  if (!id || (*id >= 0 && uint32_t(*id) < vocabulary))
    return Error::success();
  return makeError("the tokenizer's {0} is id {1}, but it has {2} tokens", what,
                   *id, vocabulary);
}

Error Builder::checkSpec() const {
  if (spec.tokens.size() >= 1u << LFM2_TOKENIZER_ID_BITS)
    return makeError("a vocabulary of {0} tokens; at most {1} are supported",
                     spec.tokens.size(), (1u << LFM2_TOKENIZER_ID_BITS) - 1);
  if (spec.types.size() != spec.tokens.size())
    return makeError("the tokenizer has {0} tokens, but the types of {1}",
                     spec.tokens.size(), spec.types.size());
  uint64_t total = 0;
  for (const std::string &token : spec.tokens)
    total += token.size();
  if (total >> 30)
    return makeError("the tokens take {0} bytes; at most 1 GiB is supported",
                     total);
  for (const AddedToken &token : spec.added)
    if (Error error = checkId(token.id, "added token"))
      return error;
  for (int32_t id : spec.stop)
    if (Error error = checkId(id, "stop token"))
      return error;
  if (Error error = checkId(spec.bos, "bos token"))
    return error;
  if (Error error = checkId(spec.eos, "eos token"))
    return error;
  return checkId(spec.pad, "padding token");
}

void Builder::resolveTokens() {
  bytes.resize(vocabulary);
  kinds.resize(vocabulary);
  for (uint32_t id = 0; id < vocabulary; ++id) {
    switch (spec.types[id]) {
    case TokenType::Control:
      kinds[id] = LFM2_TOKEN_CONTROL;
      break;
    case TokenType::UserDefined:
      kinds[id] = LFM2_TOKEN_USER;
      break;
    case TokenType::Unused:
      kinds[id] = LFM2_TOKEN_UNUSED;
      break;
    default:
      kinds[id] = LFM2_TOKEN_NORMAL;
    }
    // A row without a token has a name like [PAD64500], which is no text.
    if (kinds[id] == LFM2_TOKEN_NORMAL)
      bytes[id] = characterFormToBytes(spec.tokens[id]);
    else if (kinds[id] != LFM2_TOKEN_UNUSED)
      bytes[id] = spec.tokens[id];
  }
  for (const AddedToken &token : spec.added) {
    const auto id = size_t(token.id);
    kinds[id] = token.special ? LFM2_TOKEN_CONTROL : LFM2_TOKEN_USER;
    bytes[id] = token.content;
  }
  // Merges may name tokens that are matched literally, too; where a name occurs
  // twice, the normal token is meant.
  for (const bool normal : {true, false})
    for (uint32_t id = 0; id < vocabulary; ++id)
      if (kinds[id] != LFM2_TOKEN_UNUSED &&
          (kinds[id] == LFM2_TOKEN_NORMAL) == normal)
        ids.try_emplace(spec.tokens[id], id);
  byteIds.assign(256, none);
  for (unsigned byte = 0; byte < 256; ++byte)
    if (const auto it = ids.find(byteToCharacter(uint8_t(byte)));
        it != ids.end())
      byteIds[byte] = it->second;
}

Error Builder::resolveMerges() {
  if (spec.merges.size() > 1u << LFM2_TOKENIZER_RANK_BITS)
    return makeError("{0} merges; at most {1} are supported",
                     spec.merges.size(), 1u << LFM2_TOKENIZER_RANK_BITS);
  merges.reserve(spec.merges.size());
  for (size_t rank = 0; rank < spec.merges.size(); ++rank) {
    const auto &[left, right] = spec.merges[rank];
    const std::string result = left + right;
    uint32_t found[3];
    const StringRef names[3] = {left, right, result};
    for (int i = 0; i < 3; ++i) {
      const auto it = ids.find(names[i]);
      if (it == ids.end())
        return makeError("merge {0} of the tokenizer, {1} with {2}, needs the "
                         "token {3}, which the vocabulary lacks",
                         rank, quoted(left), quoted(right), quoted(names[i]));
      found[i] = it->second;
    }
    merges.add(found[0], found[1], uint32_t(rank), found[2]);
  }
  return Error::success();
}

// The pre-tokens that become one token at once. Filled to three quarters, so
// that a look-up takes about two steps.
void Builder::findWords() {
  std::vector<uint32_t> taken;
  for (uint32_t id = 0; id < vocabulary; ++id)
    if (kinds[id] == LFM2_TOKEN_NORMAL && bytes[id].size() > 1 &&
        (spec.ignoreMerges || merges.leadTo(bytes[id], byteIds, id)))
      taken.push_back(id);
  // Where one was not found before the split, by single_word; no special one,
  // which a text could spell then.
  if (spec.ignoreMerges)
    for (const AddedToken &token : spec.added)
      if (token.inVocabulary && !token.special &&
          characterFormToBytes(token.content) == token.content)
        taken.push_back(uint32_t(token.id));
  words.assign(taken.size() + taken.size() / 3 + 1, none);
  for (uint32_t id : taken) {
    const auto *text = reinterpret_cast<const uint8_t *>(bytes[id].data());
    uint64_t slot = lfm2_tokenizer_hash(text, bytes[id].size());
    for (slot = slot * words.size() >> 32; words[slot] != none;)
      slot = (slot + 1) % words.size();
    words[slot] = id;
    header.longest_word =
        std::max(header.longest_word, uint32_t(bytes[id].size()));
  }
}

llvm::Expected<bool> Builder::hasWordsBeyondMerges() {
  if (Error error = checkSpec())
    return std::move(error);
  resolveTokens();
  if (Error error = resolveMerges())
    return std::move(error);
  for (uint32_t id = 0; id < vocabulary; ++id)
    if (kinds[id] == LFM2_TOKEN_NORMAL && bytes[id].size() > 1 &&
        !merges.leadTo(bytes[id], byteIds, id))
      return true;
  return false;
}

void Builder::appendTokens() {
  std::string all;
  std::vector<uint32_t> offsets = {0};
  for (const std::string &token : bytes) {
    all += token;
    offsets.push_back(uint32_t(all.size()));
  }
  const AddedTokenTables added = buildAddedTokens(spec, offsets, all);
  append(LFM2_TOKENIZER_BYTES, std::vector<uint8_t>(all.begin(), all.end()));
  append(LFM2_TOKENIZER_OFFSETS, offsets);
  append(LFM2_TOKENIZER_LITERALS, added.literals[LFM2_LITERALS_RAW]);
  append(LFM2_TOKENIZER_NORMALIZED_LITERALS,
         added.literals[LFM2_LITERALS_NORMALIZED]);
}

void Builder::appendNormalizer() {
  NormalizationTables tables;
  if (spec.normalizer == Normalizer::NFC)
    tables = getNormalizationTables();
  append(LFM2_TOKENIZER_FORM_PAGES, tables.pageOfRun);
  append(LFM2_TOKENIZER_FORMS, tables.pages);
  append(LFM2_TOKENIZER_DECOMPOSITIONS, tables.decompositions);
  append(LFM2_TOKENIZER_COMPOSITIONS, tables.compositions);
}

void Builder::appendStrings(int bytesTable, int offsetsTable,
                            llvm::ArrayRef<std::string> strings) {
  std::vector<uint8_t> all;
  std::vector<uint32_t> offsets = {0};
  for (const std::string &string : strings) {
    all.insert(all.end(), string.begin(), string.end());
    offsets.push_back(uint32_t(all.size()));
  }
  append(bytesTable, all);
  append(offsetsTable, offsets);
}

void Builder::appendChat(const ChatForm &chat) {
  appendStrings(LFM2_TOKENIZER_CHAT_BYTES, LFM2_TOKENIZER_CHAT_OFFSETS,
                chat.strings);
  header.flags = (spec.addBos && spec.bos ? LFM2_TOKENIZER_ADD_BOS : 0) |
                 (chat.appends ? LFM2_TOKENIZER_HAS_CHAT : 0) |
                 (chat.startsBos && spec.bos ? LFM2_TOKENIZER_CHAT_BOS : 0);
}

llvm::Expected<std::vector<uint8_t>> Builder::build(const ChatForm &chat) {
  if (Error error = checkSpec())
    return std::move(error);
  resolveTokens();
  if (Error error = resolveMerges())
    return std::move(error);
  llvm::Expected<SplitTables> split = buildSplitTables(spec.splits);
  if (!split)
    return split.takeError();
  findWords();

  section.resize(sizeof header);
  appendTokens();
  append(LFM2_TOKENIZER_KINDS, kinds);
  append(LFM2_TOKENIZER_BYTE_IDS, byteIds);
  std::vector<uint32_t> mergeStarts;
  std::vector<uint64_t> mergeEntries;
  merges.pack(vocabulary, mergeStarts, mergeEntries);
  append(LFM2_TOKENIZER_MERGE_STARTS, mergeStarts);
  append(LFM2_TOKENIZER_MERGES, mergeEntries);
  append(LFM2_TOKENIZER_WORDS, words);
  append(LFM2_TOKENIZER_CLASS_PAGES, split->classes.pageOfRun);
  append(LFM2_TOKENIZER_CLASSES, split->classes.pages);
  append(LFM2_TOKENIZER_STOPS,
         std::vector<uint32_t>(spec.stop.begin(), spec.stop.end()));
  appendChat(chat);
  appendNormalizer();
  append(LFM2_TOKENIZER_CLASS_FLAGS, split->classes.flags);
  append(LFM2_TOKENIZER_STEPS, split->steps);
  append(LFM2_TOKENIZER_AUTOMATA, split->automata);

  std::memcpy(header.magic, LFM2_TOKENIZER_MAGIC, sizeof header.magic);
  header.version = LFM2_TOKENIZER_VERSION;
  header.bytes = uint32_t(section.size());
  header.vocabulary = vocabulary;
  header.classes = split->classes.numClasses + 1;
  header.bos = spec.bos ? uint32_t(*spec.bos) : none;
  header.eos = spec.eos ? uint32_t(*spec.eos) : none;
  header.pad = spec.pad ? uint32_t(*spec.pad) : none;
  header.end = spec.end ? uint32_t(*spec.end) : none;
  std::memcpy(section.data(), &header, sizeof header);
  return std::move(section);
}

} // namespace

llvm::Expected<std::vector<uint8_t>>
lfm2c::buildTokenizerSection(const TokenizerSpec &spec, const ChatForm &chat) {
  return Builder(spec).build(chat);
}

llvm::Expected<bool> lfm2c::hasWordsBeyondMerges(const TokenizerSpec &spec) {
  return Builder(spec).hasWordsBeyondMerges();
}
