// A compiled model, loaded: a library that lfm2-compile --emit=shared made, and
// its weights.

#ifndef LFM2C_LIB_ENGINE_MODEL_H
#define LFM2C_LIB_ENGINE_MODEL_H

#include "lib/Engine/Functions.h"
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace lfm2e {

class Form;
class Forms;

/// A conversation, as lfm2rt_conversation has it. Texts are JSON; empty ones
/// are left out.
struct Talk {
  std::string messages;
  std::string tools;
  std::string variables;
  /// LFM2RT_CHAT_*
  uint32_t flags = LFM2RT_CHAT_ANSWER;
};

/// Immutable, and shared by all threads. Every text that it returns as a view
/// lives as long as the model. Each function throws Failure where the runtime
/// refuses.
class Model {
public:
  struct Settings {
    /// The file with the weights; empty: beside the library, with the ending
    /// .weights in place of .so, or in the library itself.
    std::string weights;
    /// Where it runs, as lfm2rt_model_open_device() takes it; empty: this CPU.
    std::string device;
  };
  static std::shared_ptr<Model> open(const std::string &library,
                                     const Settings &settings);
  static std::shared_ptr<Model> open(const std::string &library) {
    return open(library, Settings());
  }
  ~Model();
  Model(const Model &) = delete;
  Model &operator=(const Model &) = delete;

  /// The functions of this library: each has a runtime of its own.
  const Functions &api() const { return functions; }
  const lfm2rt_model &model() const { return opened; }
  const lfm2rt_weights &weights() const { return archive; }
  /// The path that was given.
  const std::string &path() const { return libraryPath; }

  /// What --info prints: JSON.
  std::string_view info() const;
  /// LFM2RT_GIVES_*
  uint32_t gives() const { return functions.model_gives(&opened); }
  bool isBidirectional() const { return gives() & LFM2RT_IS_BIDIRECTIONAL; }
  uint32_t vocabulary() const { return functions.model_vocabulary(&opened); }
  /// Most tokens of a conversation.
  uint32_t contextMax() const { return functions.model_context_max(&opened); }
  bool hasChatTemplate() const { return functions.chat_has_template(&archive); }

  /// Ids of a text; `flags` are LFM2RT_ADD_BOS and LFM2RT_PARSE_SPECIAL.
  std::vector<int32_t> tokenize(std::string_view text, uint32_t flags) const;
  /// Ids of a text that is to become a vector. `prompt` is the name of one of
  /// the model's prompts; nullptr: the usual one.
  std::vector<int32_t> tokenizeForVector(std::string_view text,
                                         const char *prompt) const;
  /// What the chat template makes of a conversation: ids, or a text.
  std::vector<int32_t> encode(const Talk &talk) const;
  std::string render(const Talk &talk) const;
  /// The names of variables that the chat template reads.
  std::vector<std::string_view> templateVariables() const;

  /// The bytes of a token, maybe a part of a character.
  std::string_view textOf(int32_t token) const;
  /// The text of all of these, those that steer left out if asked.
  std::string detokenize(const std::vector<int32_t> &ids,
                         bool withControl) const;
  bool isStop(int32_t token) const {
    return functions.token_is_stop(&archive, token);
  }
  bool isControl(int32_t token) const {
    return functions.token_is_control(&archive, token);
  }

  /// What the makers of the model recommend.
  lfm2rt_sampling recommendedSampling() const;

  /// What forms of answers need: LFM2RT_FORM_AFTER_THINKING where the chat
  /// template lets the model begin with what it reasons, else 0.
  uint32_t answerFormFlags() const { return formFlags; }
  /// Whether a prompt ends with <think>, but for white space.
  bool opensReasoning(const std::vector<int32_t> &prompt) const;
  /// A grammar or schema, compiled; the last ones are kept, so that the same
  /// text costs nothing again. `kind`, `flags` and `tool` as lfm2rt_form has
  /// them.
  std::shared_ptr<const Form> form(uint32_t kind, uint32_t flags,
                                   const std::string &tool,
                                   std::string_view text) const;
  /// The one that the model was compiled with; nullptr: none.
  std::shared_ptr<const Form> ownForm() const;

private:
  Model() = default;
  bool reasonsFirst() const;

  std::string libraryPath;
  void *handle = nullptr;
  Functions functions = {};
  lfm2rt_model opened = {};
  lfm2rt_weights archive = {};
  bool isOpen = false, hasWeights = false;
  uint32_t formFlags = 0;
  /// Of the device that it is open on.
  std::unique_ptr<char, void (*)(char *)> deviceMemory{nullptr, nullptr};
  std::unique_ptr<Forms> forms;
};

} // namespace lfm2e

#endif // LFM2C_LIB_ENGINE_MODEL_H
