#include "lib/Model/AddedTokens.h"
#include "lib/Model/NormalizationTables.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringRef.h"

#include <tuple>

using namespace lfm2c;

AddedTokenTables lfm2c::buildAddedTokens(const TokenizerSpec &spec,
                                         const std::vector<uint32_t> &offsets,
                                         std::string &bytes) {
  struct Literal {
    std::string text;
    const AddedToken *token;
  };
  std::vector<Literal> passes[LFM2_LITERALS_NUM];
  for (const AddedToken &token : spec.added) {
    if (token.content.empty())
      continue;
    if (!token.normalized)
      passes[LFM2_LITERALS_RAW].push_back({token.content, &token});
    else
      passes[LFM2_LITERALS_NORMALIZED].push_back(
          {spec.normalizer == Normalizer::NFC ? normalizeText(token.content)
                                              : token.content,
           &token});
  }

  AddedTokenTables tables;
  for (int pass = 0; pass < LFM2_LITERALS_NUM; ++pass) {
    std::vector<Literal> &found = passes[pass];
    // By unsigned bytes. Of equal ones, which only normalising makes,
    // `tokenizers` finds one by chance; here it is a special token, then the
    // lower id.
    llvm::sort(found, [](const Literal &a, const Literal &b) {
      return std::make_tuple(llvm::StringRef(a.text), !a.token->special,
                             a.token->id) <
             std::make_tuple(llvm::StringRef(b.text), !b.token->special,
                             b.token->id);
    });
    for (size_t i = 0; i < found.size(); ++i) {
      const auto &[text, token] = found[i];
      if (i > 0 && text == found[i - 1].text)
        continue;
      const uint32_t flags = (token->lstrip ? LFM2_LITERAL_LSTRIP : 0) |
                             (token->rstrip ? LFM2_LITERAL_RSTRIP : 0) |
                             (token->singleWord ? LFM2_LITERAL_SINGLE_WORD : 0);
      uint32_t offset = offsets[size_t(token->id)];
      if (text != token->content) {
        offset = uint32_t(bytes.size());
        bytes += text;
      }
      tables.literals[pass].push_back(
          {uint32_t(token->id) | flags, offset, uint32_t(text.size())});
    }
  }
  return tables;
}
