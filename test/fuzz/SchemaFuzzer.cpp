// JSON schemas and declared tools of any text, and answers in what compiles.
// The first byte of an input says what it is and which flags are set, the
// second one how much memory there is; up to the first 0 stands the text, and
// behind it what is drawn.

#include "test/unit/Grammar/AnyForm.h"

#include "lfm2rt/constraint.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 2)
    return 0;
  lfm2rt_form form = {};
  form.kind = data[0] % 4 == 3 ? LFM2RT_FORM_TOOLS : LFM2RT_FORM_JSON_SCHEMA;
  form.flags = data[0] / 4 % 16;
  static const char *const tools[] = {nullptr, "required", "f", "auto"};
  form.tool = tools[data[0] / 64];
  const uint64_t bytes = data[1] < 128 ? 1 << 20 : (data[1] - 127) * 1024;
  const llvm::StringRef rest(reinterpret_cast<const char *>(data + 2),
                             size - 2);
  const auto [text, choices] = rest.split('\0');
  lfm2c::useForm(form, text, bytes, choices);
  return 0;
}
