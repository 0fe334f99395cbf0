#include "lib/Compiler/RuntimeLibrary.h"

#include "lib/Support/Error.h"
#include "llvm/ADT/StringExtras.h"

using namespace lfm2c;
using llvm::StringRef;

// Made by CMake: an assembly file that includes the bytes of each file, and the
// list of their symbols.
#define LFM2_EMBEDDED(symbol, name)                                            \
  extern "C" const char lfm2c_embedded_##symbol[],                             \
      lfm2c_embedded_##symbol##_end[];
#include "lib/Compiler/Embedded.def"
#undef LFM2_EMBEDDED

static StringRef find(StringRef wanted) {
#define LFM2_EMBEDDED(symbol, name)                                            \
  if (wanted == name)                                                          \
    return StringRef(lfm2c_embedded_##symbol,                                  \
                     lfm2c_embedded_##symbol##_end - lfm2c_embedded_##symbol);
#include "lib/Compiler/Embedded.def"
#undef LFM2_EMBEDDED
  return {};
}

llvm::Expected<StringRef> lfm2c::getRuntimeLibrary(StringRef name) {
  const StringRef bytes = find(("liblfm2rt_" + name + ".a").str());
  if (bytes.empty())
    return makeError("this lfm2-compile was built without the runtime for {0}",
                     name);
  return bytes;
}

/// The first sentence of "/* NAME - SENTENCE." without its full stop; its lines
/// begin with " * ".
static std::string readPurpose(StringRef text) {
  std::string sentence;
  for (StringRef line : llvm::split(text.split(" - ").second, '\n')) {
    line.consume_front(" * ");
    sentence += sentence.empty() ? "" : " ";
    sentence += line;
    if (line.ends_with("."))
      return StringRef(sentence).drop_back().str();
  }
  return sentence;
}

std::vector<RuntimeHeader> lfm2c::getRuntimeHeaders() {
  std::vector<RuntimeHeader> headers;
  auto add = [&](StringRef name, StringRef bytes) {
    RuntimeHeader &header = headers.emplace_back();
    header.name = name;
    header.purpose = readPurpose(bytes);
    for (StringRef line : llvm::split(bytes.rtrim('\n'), '\n'))
      if (!line.starts_with("#include \"lfm2rt/"))
        (header.text += line) += '\n';
  };
#define LFM2_HEADER(name) add(name, find(name));
#include "lib/Compiler/Headers.def"
#undef LFM2_HEADER
  return headers;
}
