// Forms of answers, compiled, and the few that are kept.

#ifndef LFM2C_LIB_ENGINE_FORM_H
#define LFM2C_LIB_ENGINE_FORM_H

#include "lib/Engine/Functions.h"
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace lfm2e {

/// A grammar together with its memory and the vocabulary it is over. Immutable.
class Form {
public:
  const lfm2rt_grammar *grammar = nullptr;
  const lfm2rt_vocabulary *vocabulary = nullptr;

private:
  friend class Forms;
  /// Words, for the alignment.
  std::vector<uint64_t> memory;
  std::shared_ptr<const std::vector<uint64_t>> vocabularyMemory;
};

/// Those of one model, whose functions and weights must outlive it. Any thread.
class Forms {
public:
  Forms(const Functions &api, const lfm2rt_weights &weights)
      : api(api), weights(weights) {}
  std::shared_ptr<const Form> get(uint32_t kind, uint32_t flags,
                                  const std::string &tool,
                                  std::string_view text);
  std::shared_ptr<const Form> own();

private:
  /// Forms that are kept: an agent has some sets of tools, a service some
  /// schemas.
  static constexpr size_t most = 64;
  using Entry = std::pair<std::string, std::shared_ptr<const Form>>;

  void openVocabulary();
  std::shared_ptr<const Form> compile(const lfm2rt_form &form,
                                      std::string_view text);

  const Functions &api;
  const lfm2rt_weights &weights;
  std::mutex mutex;
  std::shared_ptr<const std::vector<uint64_t>> vocabularyMemory;
  const lfm2rt_vocabulary *vocabulary = nullptr;
  std::shared_ptr<const Form> ownForm;
  bool hasOwn = true; ///< Until it is known.
  /// The one that was used last is the first.
  std::list<Entry> kept;
  std::map<std::string, std::list<Entry>::iterator> byKey;
};

} // namespace lfm2e

#endif // LFM2C_LIB_ENGINE_FORM_H
