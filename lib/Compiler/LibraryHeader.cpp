#include "lib/Compiler/LibraryHeader.h"

#include "lib/Compiler/ProgramTable.h"
#include "lib/Compiler/RuntimeLibrary.h"
#include "lib/Compiler/Version.h"
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

/// A program that opens the model, and what to link it with.
static void writeExample(llvm::raw_ostream &os, const LibraryHeader &library,
                         const OutputPaths &paths, bool inside) {
  const std::string &prefix = paths.prefix;
  os << " *   #include \"" << llvm::sys::path::filename(paths.header) << "\"\n"
     << " *   ...\n"
     << " *   lfm2rt_error error;\n"
     << " *   lfm2rt_model model;\n"
     << " *   lfm2rt_weights weights;\n"
     << " *   if (lfm2rt_model_open(&model, &" << prefix
     << "_program, &error) ||\n";
  if (inside)
    os << " *       lfm2rt_weights_open_memory(&weights, &model, " << prefix
       << "_archive,\n *           " << prefix << "_archive_end - " << prefix
       << "_archive, &error))\n";
  else
    os << " *       lfm2rt_weights_open_file(&weights, &model, \""
       << llvm::sys::path::filename(library.joined ? paths.main : paths.weights)
       << "\", &error))\n";
  os << " *     ... error.message ...\n *\n"
     << " * Link it with " << llvm::sys::path::filename(paths.main);
  if (library.emit == Emit::SharedLibrary)
    os << ", or load that: dlsym() finds " << prefix << "_program as\n * "
       << loadedProgramSymbol << ", too";
  os << ".\n *\n";
}

std::string lfm2c::makeHeader(const LibraryHeader &library,
                              const OutputPaths &paths) {
  const std::string &prefix = paths.prefix;
  const std::string guard = "LFM2_PROGRAM_" + StringRef(prefix).upper() + "_H";
  const bool inside = library.joined && library.emit == Emit::StaticLibrary;
  const std::vector<RuntimeHeader> parts = getRuntimeHeaders();
  std::string text;
  llvm::raw_string_ostream os(text);
  os << "/* " << llvm::sys::path::filename(paths.header) << " - "
     << asComment(library.model) << ", compiled for " << library.target
     << " by lfm2-compile " << getCompilerVersion() << ".\n *\n";
  writeExample(os, library, paths, inside);
  os << " * It gives rows of float32:\n";
  for (const ProgramOutput &output : library.outputs)
    os << " *   " << output.name << " [" << output.rows << ", " << output.width
       << "]\n";
  os << " *\n * Declared here are, in this order:\n"
     << " *   " << prefix << "_program  this model's code\n";
  if (inside)
    os << " *   " << prefix << "_archive  its weights, up to " << prefix
       << "_archive_end\n";
  for (const RuntimeHeader &part : parts)
    os << " *   " << part.name << "  " << part.purpose << '\n';
  os << " * The runtime's parts, named .h, are the same for all models: "
        "headers "
        "of several\n * models may be included together. */\n"
     << "#ifndef " << guard << "\n#define " << guard << "\n\n"
     << "#ifdef __cplusplus\nextern \"C\" {\n#endif\n"
     << "extern const struct lfm2_program " << prefix << "_program;\n";
  if (inside)
    os << "extern const unsigned char " << prefix << "_archive[], " << prefix
       << "_archive_end[];\n";
  os << "#ifdef __cplusplus\n}\n#endif\n\n#endif /* " << guard << " */\n\n";
  for (const RuntimeHeader &part : parts)
    os << part.text;
  return text;
}
