// A tokenizer of bytes and a few merges, its vocabulary, and forms compiled for
// it.

#ifndef LFM2C_TEST_UNIT_GRAMMAR_SMALLMODEL_H
#define LFM2C_TEST_UNIT_GRAMMAR_SMALLMODEL_H

#include "runtime/grammar/Vocabulary.h"
#include "runtime/include/lfm2rt/constraint.h"
#include "test/unit/Tokenizer/TokenizerFile.h"
#include "llvm/ADT/StringRef.h"

#include <memory>

namespace lfm2c {

/// Memory of exactly the size that is asked for, full of what no code may rely
/// on.
class WordMemory {
public:
  explicit WordMemory(uint64_t bytes);
  void *get() const { return words.get(); }

private:
  std::unique_ptr<uint64_t[]> words;
};

class SmallModel {
public:
  /// Without the tokens around calls of tools and behind thinking.
  explicit SmallModel(bool hasTools);
  static const SmallModel &get();

  const lfm2_tokenizer &tokenizer() const { return open.get(); }
  uint32_t size() const { return lfm2_tokenizer_vocabulary(&open.get()); }
  const lfm2rt_vocabulary &vocabulary() const { return *made; }
  std::vector<int32_t> encode(llvm::StringRef text) const {
    return open.encode(text);
  }
  std::string decode(llvm::ArrayRef<int32_t> ids) const {
    return open.decode(ids);
  }
  int32_t end; ///< the token that ends a text

private:
  OpenTokenizer open;
  WordMemory memory;
  const lfm2rt_vocabulary *made;
};

/// A form compiled in so many bytes; `grammar` is nullptr where it was refused.
struct CompiledForm {
  CompiledForm(const lfm2rt_form &form, llvm::StringRef text,
               const SmallModel &model = SmallModel::get(),
               uint64_t bytes = 1 << 20);
  CompiledForm(uint32_t kind, llvm::StringRef text)
      : CompiledForm(lfm2rt_form{kind, 0, nullptr}, text) {}

  WordMemory memory;
  const lfm2rt_grammar *grammar = nullptr;
  lfm2rt_error error = {};
};

/// A constraint of a form; nullptr where its cache is too small.
struct SmallConstraint {
  explicit SmallConstraint(const lfm2rt_grammar &grammar,
                           const lfm2rt_constraint_options *options = nullptr,
                           const SmallModel &model = SmallModel::get());
  operator lfm2rt_constraint *() const { return pointer; }

  WordMemory memory;
  lfm2rt_constraint *pointer;
};

} // namespace lfm2c

#endif // LFM2C_TEST_UNIT_GRAMMAR_SMALLMODEL_H
