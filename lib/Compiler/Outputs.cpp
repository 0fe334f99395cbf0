#include "lib/Compiler/Outputs.h"

#include "lib/Compiler/Link.h"
#include "lib/Compiler/RuntimeLibrary.h"
#include "lib/Compiler/StaticLibrary.h"
#include "lib/Support/Error.h"
#include "lib/Support/OutputFile.h"
#include "lib/Weights/Checkpoint.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"

using namespace lfm2c;
using llvm::Error;
using llvm::StringRef;

static StringRef extensionOf(Emit emit) {
  switch (emit) {
  case Emit::Executable:
    return "";
  case Emit::StaticLibrary:
    return ".a";
  case Emit::SharedLibrary:
    return ".so";
  case Emit::Object:
    return ".o";
  case Emit::Assembly:
    return ".s";
  case Emit::LLVMIR:
    return ".ll";
  case Emit::MLIR:
    return ".mlir";
  }
  llvm_unreachable("covered switch");
}

/// A C identifier made of a file's name.
static std::string makePrefix(StringRef name) {
  std::string prefix;
  for (char c : name)
    prefix += llvm::isAlnum(c) ? c : '_';
  if (prefix.empty() || llvm::isDigit(prefix.front()))
    prefix = "lfm2_" + prefix;
  return prefix;
}

llvm::Expected<OutputPaths>
lfm2c::chooseOutputs(const CompileOptions &options) {
  const StringRef extension = extensionOf(options.emit);
  const bool isText = options.emit == Emit::Assembly ||
                      options.emit == Emit::LLVMIR ||
                      options.emit == Emit::MLIR;
  OutputPaths paths;
  std::string base = options.output;
  if (base.empty()) {
    if (isText) {
      paths.main = "-";
      return paths;
    }
    StringRef model = options.model;
    while (model.size() > 1 && model.ends_with("/"))
      model = model.drop_back();
    StringRef name = llvm::sys::path::filename(model);
    if (!name.consume_back(".gguf"))
      name.consume_back(".mlir");
    base = name.str();
  }
  // -o names the program; where it has the extension already, it stays one.
  StringRef stem = base;
  if (!extension.empty())
    stem.consume_back(extension);
  const bool isLibrary = options.emit == Emit::StaticLibrary ||
                         options.emit == Emit::SharedLibrary;
  paths.main =
      isLibrary || options.output.empty() ? (stem + extension).str() : base;
  paths.header = (stem + ".h").str();
  paths.weights = (stem + ".weights").str();
  paths.prefix = makePrefix(llvm::sys::path::filename(stem));
  if (paths.main != "-" && llvm::sys::fs::is_directory(paths.main))
    return makeError("the output {0} is a folder; name a file with -o",
                     paths.main);
  if (paths.main == options.model)
    return makeError(
        "the output {0} would replace the model; name another with -o",
        paths.main);
  return paths;
}

static std::vector<LinkInput> asInputs(llvm::ArrayRef<ObjectFile> objects) {
  std::vector<LinkInput> inputs;
  for (const ObjectFile &object : objects)
    inputs.push_back(
        {object.name, StringRef(object.bytes.data(), object.bytes.size())});
  return inputs;
}

/// The bytes of the program without its archive.
static llvm::Expected<llvm::SmallVector<char, 0>>
makeProgram(const ProgramFiles &files) {
  std::vector<LinkInput> inputs = asInputs(files.objects);
  if (files.emit == Emit::Object)
    return link(LinkKind::Relocatable, files.linkArguments, inputs);
  const bool isLibrary = files.emit != Emit::Executable;
  auto runtime = getRuntimeLibrary(files.target, /*libc=*/isLibrary);
  if (!runtime)
    return runtime.takeError();
  if (files.emit == Emit::StaticLibrary)
    return makeStaticLibrary(files.objects, *runtime);
  inputs.push_back({"runtime.a", *runtime});
  return link(isLibrary ? LinkKind::SharedLibrary : LinkKind::Executable,
              files.linkArguments, inputs);
}

Error lfm2c::writeTextFile(StringRef path, StringRef text) {
  if (path == "-") {
    llvm::outs() << text;
    llvm::outs().flush();
    return Error::success();
  }
  auto file = OutputFile::create(path);
  if (!file)
    return file.takeError();
  (*file)->os() << text;
  return (*file)->commit();
}

llvm::Expected<WrittenSizes> lfm2c::writeProgram(const ProgramFiles &files,
                                                 StringRef headerText,
                                                 ArchiveFn writeArchive) {
  WrittenSizes sizes;
  auto program = makeProgram(files);
  if (!program)
    return program.takeError();
  sizes.program = program->size();
  const bool isStatic = files.emit == Emit::StaticLibrary;
  const bool isExecutable =
      files.emit == Emit::Executable || files.emit == Emit::SharedLibrary;

  auto main = OutputFile::create(files.paths.main);
  if (!main)
    return main.takeError();
  llvm::raw_pwrite_stream &os = (*main)->os();
  os.write(program->data(), program->size());

  std::unique_ptr<OutputFile> weights;
  if (files.withWeights && files.joined) {
    if (Error error = writeArchive(os))
      return error;
    sizes.archive = os.tell() - sizes.program;
  } else if (files.withWeights) {
    auto file = OutputFile::create(files.paths.weights);
    if (!file)
      return file.takeError();
    weights = std::move(*file);
    if (Error error = writeArchive(weights->os()))
      return error;
    sizes.archive = weights->os().tell();
    if (Error error = weights->commit())
      return error;
  }
  if (isStatic || files.emit == Emit::SharedLibrary)
    if (Error error = writeTextFile(files.paths.header, headerText))
      return error;
  if (Error error = (*main)->commit(isExecutable))
    return error;
  return sizes;
}

llvm::Expected<std::string> lfm2c::makeHeader(const ModelDescription &model,
                                              const OutputPaths &paths,
                                              bool joined) {
  auto runtime = getRuntimeHeader("lfm2rt.h");
  if (!runtime)
    return runtime.takeError();
  const std::string guard =
      "LFM2_PROGRAM_" + StringRef(paths.prefix).upper() + "_H";
  const StringRef file = llvm::sys::path::filename(paths.header);
  const StringRef weights =
      llvm::sys::path::filename(joined ? paths.main : paths.weights);
  std::string text;
  llvm::raw_string_ostream os(text);
  os << llvm::formatv(
      R"(/* {0} - {1}, compiled for {2} by lfm2-compile {3}.
 *
 *   lfm2rt_model model;
 *   lfm2rt_weights weights;
 *   lfm2rt_model_open(&model, &{4}_program, &error);
 *   lfm2rt_weights_open_file(&weights, &model, "{5}", &error);
 *
 * The program alone is below; the runtime's interface, the same for all models,
 * follows it. */
#ifndef {6}
#define {6}

#ifdef __cplusplus
extern "C" {{
#endif
extern const struct lfm2_program {4}_program;
#ifdef __cplusplus
}
#endif

#endif /* {6} */

)",
      file, model.checkpoint->config.name, model.target, getCompilerVersion(),
      paths.prefix, weights, guard);
  os << *runtime;
  return text;
}
