// Grammars and regular expressions of any text, and answers in what compiles.
// The first byte of an input says what it is, the second one how much memory
// there is; up to the first 0 stands the text, and behind it what is drawn.

#include "test/unit/Grammar/AnyForm.h"

#include "lfm2rt/constraint.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 2)
    return 0;
  lfm2rt_form form = {};
  form.kind = data[0] % 2 ? LFM2RT_FORM_REGEX : LFM2RT_FORM_GBNF;
  const uint64_t bytes = data[1] < 128 ? 1 << 20 : (data[1] - 127) * 512;
  const llvm::StringRef rest(reinterpret_cast<const char *>(data + 2),
                             size - 2);
  const auto [text, choices] = rest.split('\0');
  lfm2c::useForm(form, text, bytes, choices);
  return 0;
}
