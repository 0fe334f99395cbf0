#include "test/unit/Grammar/AnyForm.h"

#include "runtime/grammar/Constraint.h"
#include "runtime/grammar/Grammar.h"
#include "test/unit/Grammar/SmallModel.h"

#include <cstdlib>
#include <cstring>

using namespace lfm2c;

namespace {

bool isAllowed(const uint32_t *mask, uint32_t id) {
  return mask[id / 32] >> id % 32 & 1;
}

// `checks` compares each mask with trying every token.
void answer(const lfm2rt_grammar &grammar, llvm::StringRef choices,
            bool checks) {
  const lfm2rt_constraint_options options = {8, 1};
  const SmallConstraint constraint(grammar, &options);
  if (!constraint.pointer)
    return;
  const uint32_t size = SmallModel::get().size();
  std::vector<int32_t> ids;
  lfm2rt_constraint_begin(constraint, 0);
  for (size_t step = 0; step < choices.size() && step < 24; ++step) {
    const uint32_t *mask =
        lfm2rt_constraint_allow(ids.data(), uint32_t(ids.size()), constraint);
    const std::vector<uint32_t> kept(mask, mask + (size + 31) / 32);
    std::vector<int32_t> allowed;
    for (uint32_t id = 0; id < size; ++id)
      if (isAllowed(kept.data(), id))
        allowed.push_back(int32_t(id));
    // Some of the tokens, others each time: what is ambiguous in many ways is
    // slow.
    const uint32_t stride = 1 + uint8_t(choices[step]) % 16;
    for (uint32_t id = stride / 2; checks && step < 6 && id < size;
         id += stride) {
      lfm2rt_constraint_allow(ids.data(), uint32_t(ids.size()), constraint);
      const bool accepted = lfm2rt_constraint_accept(constraint, int32_t(id));
      const bool isIn = isAllowed(kept.data(), id);
      if (accepted != isIn && (isIn || !constraint.pointer->leftOut()))
        std::abort();
    }
    lfm2rt_constraint_allow(ids.data(), uint32_t(ids.size()), constraint);
    int32_t forced[16];
    const uint32_t count = lfm2rt_constraint_forced(constraint, forced, 16);
    for (uint32_t i = 0; i < count; ++i)
      if (!lfm2rt_constraint_accept(constraint, forced[i]))
        std::abort();
    if (allowed.empty())
      return;
    ids.push_back(allowed[uint8_t(choices[step]) % allowed.size()]);
    // Now and then it goes back.
    if (choices[step] == 'Z')
      ids.resize(ids.size() / 2);
  }
}

} // namespace

bool lfm2c::useForm(const lfm2rt_form &form, llvm::StringRef text,
                    uint64_t bytes, llvm::StringRef choices) {
  const uint32_t size = SmallModel::get().size();
  const CompiledForm compiled(form, text, SmallModel::get(), bytes);
  if (!compiled.grammar) {
    if (compiled.error.status != LFM2RT_NO_MEMORY &&
        !std::strstr(compiled.error.message, "expected"))
      std::abort();
    return false;
  }
  const uint64_t used = lfm2rt_grammar_used(compiled.grammar);
  const WordMemory image((used + 7) / 8 * 8);
  auto *start = static_cast<uint8_t *>(image.get());
  std::memcpy(start, compiled.grammar, used);
  if (!lfm2rt::grammar::isSound(start, used, size))
    std::abort();
  auto &grammar = *reinterpret_cast<const lfm2rt_grammar *>(start);
  answer(grammar, choices, true);
  for (size_t i = 0; i + 3 <= choices.size() && i < 12; i += 3)
    start[(uint8_t(choices[i]) << 8 | uint8_t(choices[i + 1])) % used] =
        uint8_t(choices[i + 2]);
  if (lfm2rt::grammar::isSound(start, used, size))
    answer(grammar, choices, false);
  return true;
}
