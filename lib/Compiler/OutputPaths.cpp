#include "lib/Compiler/OutputPaths.h"

#include "lib/Support/Error.h"
#include "lib/Support/ModelName.h"
#include "lib/Support/OutputFile.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace lfm2c;
using llvm::Error;
using llvm::StringRef;

/// A C identifier made of a file's name.
static std::string makePrefix(StringRef name) {
  std::string prefix;
  for (char c : name)
    prefix += llvm::isAlnum(c) ? c : '_';
  if (prefix.empty() || llvm::isDigit(prefix.front()))
    prefix = "lfm2_" + prefix;
  return prefix;
}

/// The files that are written.
static std::vector<StringRef> listWritten(const CompileOptions &options,
                                          const OutputPaths &paths) {
  std::vector<StringRef> written = {paths.main, options.reportPath,
                                    options.depfilePath,
                                    options.saveImportance};
  if (options.emitsLibrary())
    written.push_back(paths.header);
  if (options.writesWeights() && !options.joinsWeights())
    written.push_back(paths.weights);
  llvm::erase_if(written,
                 [](StringRef path) { return path.empty() || path == "-"; });
  return written;
}

/// Whether both are names of one file, be it there or not.
static bool isSameFile(StringRef a, StringRef b) {
  if (llvm::sys::fs::equivalent(a, b))
    return true;
  auto folderOf = [](StringRef path) {
    const StringRef folder = llvm::sys::path::parent_path(path);
    return folder.empty() ? StringRef(".") : folder;
  };
  return llvm::sys::path::filename(a) == llvm::sys::path::filename(b) &&
         (folderOf(a) == folderOf(b) ||
          llvm::sys::fs::equivalent(folderOf(a), folderOf(b)));
}

llvm::Expected<OutputPaths>
lfm2c::chooseOutputs(const CompileOptions &options) {
  const StringRef extension = getEmitInfo(options.emit).extension;
  OutputPaths paths;
  std::string base = options.output;
  if (base.empty()) {
    if (options.emitsText()) {
      paths.main = "-";
      return paths;
    }
    base = modelNameOf(options.model);
  }
  // -o names the program; where it has the extension already, it stays one.
  StringRef stem = base;
  if (!extension.empty())
    stem.consume_back(extension);
  paths.main = options.emitsLibrary() || options.output.empty()
                   ? (stem + extension).str()
                   : base;
  paths.header = (stem + ".h").str();
  paths.weights = (stem + ".weights").str();
  paths.prefix = makePrefix(llvm::sys::path::filename(stem));
  if (paths.main == "-" && !options.emitsText())
    return makeError("{0} is no text for standard output; name a file with -o",
                     options.emitsCheckpoint() ? "a GGUF file" : "a program");
  // As a model's folder has the name of the model.
  if (options.output.empty() && llvm::sys::fs::is_directory(paths.main))
    return makeError("the output is named after the model, but {0} is a "
                     "directory; name a file with -o",
                     paths.main);
  const std::vector<StringRef> written = listWritten(options, paths);
  for (auto [i, path] : llvm::enumerate(written))
    for (StringRef other : llvm::ArrayRef(written).take_front(i))
      if (isSameFile(path, other))
        return makeError("two outputs, {0} and {1}, are one file; name another "
                         "with -o, --report, --depfile or --save-importance",
                         other, path);
  if (Error error = checkOutputs(options, paths))
    return error;
  return paths;
}

Error lfm2c::checkOutputs(const CompileOptions &options,
                          const OutputPaths &paths) {
  for (StringRef path : listWritten(options, paths))
    if (Error error = OutputFile::checkPlace(path))
      return error;
  return Error::success();
}
