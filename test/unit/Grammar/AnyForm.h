// A form of any text, right or wrong, used as an application uses it: for
// fuzzers and tests. Aborts where something does not hold.

#ifndef LFM2C_TEST_UNIT_GRAMMAR_ANYFORM_H
#define LFM2C_TEST_UNIT_GRAMMAR_ANYFORM_H

#include "llvm/ADT/StringRef.h"
#include <cstdint>

struct lfm2rt_form;
struct lfm2rt_grammar;

namespace lfm2c {

/// Compiles `text` in `bytes` bytes of memory. What comes out is sound, and
/// answers of it are drawn by masks, which `choices` takes from; each mask is
/// what trying single tokens says. Then the same of the tables with some bytes
/// changed, if they are still sound. Returns whether it compiled.
bool useForm(const lfm2rt_form &form, llvm::StringRef text, uint64_t bytes,
             llvm::StringRef choices);

} // namespace lfm2c

#endif // LFM2C_TEST_UNIT_GRAMMAR_ANYFORM_H
