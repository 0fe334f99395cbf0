// The steps that split a text into words, as tables of the section.

#ifndef LFM2C_LIB_MODEL_SPLITTABLES_H
#define LFM2C_LIB_MODEL_SPLITTABLES_H

#include "lfm2rt/tokenizer_format.h"
#include "lib/Model/TokenizerSpec.h"
#include "lib/Model/UnicodeClasses.h"

#include "llvm/Support/Error.h"

namespace lfm2c {

struct SplitTables {
  ClassTables classes;
  std::vector<lfm2_tokenizer_step> steps;
  std::vector<uint8_t> automata;
};

/// Compiles the steps. Errors name the pattern, what of it is not supported and
/// where, or how it is too large; or say that there are too many steps.
llvm::Expected<SplitTables> buildSplitTables(llvm::ArrayRef<SplitStep> steps);

} // namespace lfm2c

#endif // LFM2C_LIB_MODEL_SPLITTABLES_H
