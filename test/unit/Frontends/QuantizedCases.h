// The matrices of goldens/quantized.safetensors.

#ifndef LFM2C_TEST_UNIT_FRONTENDS_QUANTIZEDCASES_H
#define LFM2C_TEST_UNIT_FRONTENDS_QUANTIZEDCASES_H

#include "frontends/safetensors/HFQuantization.h"
#include "lib/Support/CheckedJSON.h"
#include "lib/Support/MappedFile.h"
#include "llvm/ADT/StringExtras.h"

namespace lfm2c::test {

struct QuantizedCase {
  MatrixParts matrix;
  std::string config; // The text of config.json.
  SafetensorsEntry expected;

  llvm::Expected<QuantizedMatrix> read() const {
    auto json = parseJSONObject(config, "config.json", 1000);
    if (!json)
      return json.takeError();
    auto scheme = readHFQuantization(JSONReader(*json, "config.json"));
    if (!scheme)
      return scheme.takeError();
    return (*scheme)->read(matrix);
  }
};

struct QuantizedCases {
  QuantizedCases() {
    file = llvm::cantFail(MappedFile::open(LFM2_QUANTIZED_GOLDENS));
    auto entries = llvm::cantFail(parseSafetensors(file->bytes(), "goldens"));
    for (SafetensorsEntry &entry : entries) {
      auto [name, part] = llvm::StringRef(entry.name).split('.');
      QuantizedCase &c = all[name.str()];
      c.matrix.module = (name + ".m").str();
      if (part.consume_front("m."))
        c.matrix.parts[part.str()] = {entry, "goldens"};
      else if (part == "config")
        c.config = llvm::toStringRef(entry.bytes).str();
      else
        c.expected = entry;
    }
  }

  std::unique_ptr<MappedFile> file;
  std::map<std::string, QuantizedCase> all;
};

} // namespace lfm2c::test

#endif // LFM2C_TEST_UNIT_FRONTENDS_QUANTIZEDCASES_H
