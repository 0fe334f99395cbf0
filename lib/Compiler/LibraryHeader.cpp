#include "lib/Compiler/LibraryHeader.h"

#include "lib/Compiler/RuntimeLibrary.h"
#include "lib/Compiler/Version.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"

using namespace lfm2c;
using llvm::StringRef;

/// A text that whoever made the checkpoint chose, fit for a comment in C.
static std::string asComment(StringRef text) {
  std::string line;
  for (char c : text) {
    if (StringRef(line).ends_with(c == '/' ? "*" : c == '*' ? "/" : "\n"))
      line += ' ';
    line += static_cast<unsigned char>(c) < ' ' || c == 0x7f ? ' ' : c;
  }
  return line;
}

std::string lfm2c::makeHeader(const LibraryHeader &library,
                              const OutputPaths &paths) {
  const std::string &prefix = paths.prefix;
  const std::string guard = "LFM2_PROGRAM_" + StringRef(prefix).upper() + "_H";
  const bool inside = library.joined && library.emit == Emit::StaticLibrary;
  const std::string open =
      inside
          ? llvm::formatv("lfm2rt_weights_open_memory(&weights, &model, "
                          "{0}_archive,\n"
                          " *       {0}_archive_end - {0}_archive, &error);",
                          prefix)
                .str()
          : llvm::formatv(
                "lfm2rt_weights_open_file(&weights, &model, \"{0}\", &error);",
                llvm::sys::path::filename(library.joined ? paths.main
                                                         : paths.weights))
                .str();
  std::string text;
  llvm::raw_string_ostream os(text);
  os << "/* " << llvm::sys::path::filename(paths.header) << " - "
     << asComment(library.model) << ", compiled for " << library.target
     << " by lfm2-compile " << getCompilerVersion() << ".\n *\n"
     << " *   lfm2rt_model model;\n"
     << " *   lfm2rt_weights weights;\n"
     << " *   lfm2rt_model_open(&model, &" << prefix << "_program, &error);\n"
     << " *   " << open << "\n *\n"
     << " * It gives rows of float32:\n";
  for (const ProgramOutput &output : library.outputs)
    os << " *   " << output.name << " [" << output.rows << ", " << output.width
       << "]\n";
  os << " *\n * What belongs to this model is declared first; the runtime's "
        "interface, "
        "the\n * same for all models, follows. */\n"
     << "#ifndef " << guard << "\n#define " << guard << "\n\n"
     << "#ifdef __cplusplus\nextern \"C\" {\n#endif\n"
     << "extern const struct lfm2_program " << prefix << "_program;\n";
  if (inside)
    os << "extern const unsigned char " << prefix << "_archive[], " << prefix
       << "_archive_end[];\n";
  os << "#ifdef __cplusplus\n}\n#endif\n\n#endif /* " << guard << " */\n\n"
     << getRuntimeHeaders();
  return text;
}
