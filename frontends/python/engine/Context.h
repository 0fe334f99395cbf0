// A conversation's state, as Python sees it: tokens in; logits, hidden states
// and saved states out.

#ifndef LFM2C_FRONTENDS_PYTHON_ENGINE_CONTEXT_H
#define LFM2C_FRONTENDS_PYTHON_ENGINE_CONTEXT_H

#include "frontends/python/engine/Floats.h"
#include "frontends/python/engine/Model.h"
#include "frontends/python/engine/Reader.h"

namespace lfm2py {

/// In one call at a time; a second one is refused. While an answer is made,
/// nothing else may read.
class Context : public std::enable_shared_from_this<Context> {
public:
  /// `threads` 0: one for each core that may be used. `keepsHidden`: the hidden
  /// states of what is read are kept.
  Context(const Model &model, uint32_t tokens, uint32_t threads,
          bool keepsHidden);

  uint32_t position();
  uint32_t capacity();
  std::vector<int32_t> tokens();

  /// Reads tokens behind those that are there.
  void read(pybind11::handle ids);
  /// The same; the logits of each of them, [ids, vocabulary].
  Floats readForLogits(pybind11::handle ids);
  void rewind(uint32_t position);

  /// [vocabulary], where the context has them: what is read next changes them.
  Floats logits();
  /// [tokens, hidden], of the tokens that were read last. Nothing changes them.
  Floats hidden();

  std::shared_ptr<Context> fork();
  /// Without the tokens that were drawn and are to be read next: pending().
  pybind11::bytes save();
  std::vector<int32_t> pending();
  void restore(const pybind11::buffer &saved, pybind11::handle pending);
  void close();
  bool isClosed() const { return guard.isClosed(); }

private:
  friend class Answer;
  Context(std::shared_ptr<lfm2e::Model> model,
          const lfm2rt_context_options &options,
          std::shared_ptr<FairLock> turns, bool keepsHidden);
  /// Throws Refusal while an answer is made.
  void checkAlone() const;

  Guard guard{"conversation"};
  std::shared_ptr<lfm2e::Model> model;
  lfm2rt_context_options options;
  std::shared_ptr<FairLock> turns;
  bool keepsHidden;
  std::shared_ptr<Reader> reader;
  bool hasAnswer = false; ///< In the making.
};

void defineContext(pybind11::module_ &module);

} // namespace lfm2py

#endif // LFM2C_FRONTENDS_PYTHON_ENGINE_CONTEXT_H
