#include "lib/Compiler/Outputs.h"

#include "lib/Compiler/Link.h"
#include "lib/Compiler/RuntimeLibrary.h"
#include "lib/Compiler/StaticLibrary.h"
#include "lib/Compiler/WeightsObject.h"
#include "lib/Support/Error.h"
#include "lib/Support/InputFiles.h"
#include "lib/Support/MappedFile.h"
#include "lib/Support/ModelName.h"
#include "lib/Support/StandardStreams.h"
#include "lib/Weights/Checkpoint.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"

using namespace lfm2c;
using llvm::Error;
using llvm::StringRef;

static constexpr EmitInfo emits[] = {
    {"exe", Emit::Executable, "",
     "a program that needs nothing else (default)"},
    {"static", Emit::StaticLibrary, ".a", "OUT.a, OUT.h and OUT.weights"},
    {"shared", Emit::SharedLibrary, ".so", "OUT.so, OUT.h and OUT.weights"},
    {"obj", Emit::Object, ".o", "an object file without runtime and weights"},
    {"asm", Emit::Assembly, ".s", "assembly of the generated code"},
    {"llvm", Emit::LLVMIR, ".ll", "optimised LLVM IR of the generated code"},
    {"mlir", Emit::MLIR, ".mlir",
     "the module after import, or after --stop-after; it can be MODEL"},
};

llvm::ArrayRef<EmitInfo> lfm2c::getEmits() { return emits; }

const EmitInfo &lfm2c::getEmitInfo(Emit emit) {
  return emits[static_cast<size_t>(emit)];
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

/// The files that are written.
static std::vector<StringRef> listWritten(const CompileOptions &options,
                                          const OutputPaths &paths) {
  std::vector<StringRef> written = {paths.main, options.reportPath};
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
    return makeError(
        "a program is no text for standard output; name a file with -o");
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
                         "with -o or --report",
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

Error PendingOutputs::commit() {
  // A full disk shows before the first has its name.
  for (Pending &pending : files)
    if (Error error = pending.file->close())
      return error;
  if (Error error = InputFiles::checkUnchanged())
    return error;
  for (Pending &pending : llvm::reverse(files))
    if (Error error = pending.file->commit(pending.executable))
      return error;
  return Error::success();
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
linkProgram(const ProgramFiles &files) {
  std::vector<LinkInput> inputs = asInputs(files.objects);
  if (files.emit == Emit::Object)
    return link(LinkKind::Relocatable, files.linkArguments, inputs);
  const bool isLibrary = files.emit != Emit::Executable;
  auto runtime = getRuntimeLibrary(files.runtime);
  if (!runtime)
    return runtime.takeError();
  inputs.push_back({"runtime.a", *runtime});
  return link(isLibrary ? LinkKind::SharedLibrary : LinkKind::Executable,
              files.linkArguments, inputs);
}

Error lfm2c::writeTextFile(StringRef path, StringRef text,
                           PendingOutputs &pending) {
  if (path == "-")
    return writeStandardOutput(text);
  auto file = OutputFile::create(path);
  if (!file)
    return file.takeError();
  (*file)->os() << text;
  pending.add(std::move(*file));
  return Error::success();
}

/// OUT.a, with the archive in an object of its own where it is joined. That
/// object is a file for a while, so that the weights never stand in memory.
static llvm::Expected<WrittenSizes> writeLibrary(const ProgramFiles &files,
                                                 ArchiveFn writeArchive,
                                                 llvm::raw_ostream &os) {
  auto runtime = getRuntimeLibrary(files.runtime);
  if (!runtime)
    return runtime.takeError();
  WrittenSizes sizes;
  std::unique_ptr<OutputFile> object;
  std::unique_ptr<MappedFile> mapped;
  StringRef weights;
  if (files.withWeights && files.joined) {
    auto file = OutputFile::create(files.paths.weights);
    if (!file)
      return file.takeError();
    object = std::move(*file);
    const llvm::SmallVector<char, 0> &like = files.objects.back().bytes;
    auto bytes = writeWeightsObject(
        object->os(), StringRef(like.data(), like.size()), files.paths.prefix,
        [&](llvm::raw_ostream &os) { return writeArchive(os, ""); });
    if (!bytes)
      return bytes.takeError();
    sizes.archive = *bytes;
    if (Error error = object->close())
      return error;
    auto map = MappedFile::open(object->getTemporaryPath());
    if (!map)
      return map.takeError();
    mapped = std::move(*map);
    weights = mapped->text();
  }
  if (Error error = writeStaticLibrary(os, files.objects, weights, *runtime))
    return error;
  sizes.program = os.tell() - weights.size();
  return sizes;
}

/// A linked program, with the archive behind it where it is joined.
static llvm::Expected<WrittenSizes> writeLinked(const ProgramFiles &files,
                                                ArchiveFn writeArchive,
                                                llvm::raw_ostream &os) {
  auto program = linkProgram(files);
  if (!program)
    return makeError("cannot make {0}: {1}", files.paths.main,
                     llvm::toString(program.takeError()));
  os.write(program->data(), program->size());
  WrittenSizes sizes;
  sizes.program = program->size();
  if (files.withWeights && files.joined) {
    if (Error error =
            writeArchive(os, StringRef(program->data(), program->size())))
      return error;
    sizes.archive = os.tell() - sizes.program;
  }
  return sizes;
}

llvm::Expected<WrittenSizes> lfm2c::writeProgram(const ProgramFiles &files,
                                                 StringRef headerText,
                                                 ArchiveFn writeArchive,
                                                 PendingOutputs &pending) {
  auto main = OutputFile::create(files.paths.main);
  if (!main)
    return main.takeError();
  const bool isStatic = files.emit == Emit::StaticLibrary;
  auto sizes = isStatic ? writeLibrary(files, writeArchive, (*main)->os())
                        : writeLinked(files, writeArchive, (*main)->os());
  if (!sizes)
    return sizes.takeError();
  pending.add(std::move(*main), files.emit == Emit::Executable ||
                                    files.emit == Emit::SharedLibrary);
  if (files.withWeights && !files.joined) {
    auto weights = OutputFile::create(files.paths.weights);
    if (!weights)
      return weights.takeError();
    if (Error error = writeArchive((*weights)->os(), ""))
      return error;
    sizes->archive = (*weights)->os().tell();
    pending.add(std::move(*weights));
  }
  if (isStatic || files.emit == Emit::SharedLibrary)
    if (Error error = writeTextFile(files.paths.header, headerText, pending))
      return error;
  return *sizes;
}

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

llvm::Expected<std::string> lfm2c::makeHeader(const ModelDescription &model,
                                              const OutputPaths &paths,
                                              Emit emit, bool joined) {
  auto runtime = getRuntimeHeader("lfm2rt.h");
  if (!runtime)
    return runtime.takeError();
  const std::string &prefix = paths.prefix;
  const std::string guard = "LFM2_PROGRAM_" + StringRef(prefix).upper() + "_H";
  const bool inside = joined && emit == Emit::StaticLibrary;
  const std::string open =
      inside
          ? llvm::formatv("lfm2rt_weights_open_memory(&weights, &model, "
                          "{0}_archive,\n"
                          " *       {0}_archive_end - {0}_archive, &error);",
                          prefix)
                .str()
          : llvm::formatv(
                "lfm2rt_weights_open_file(&weights, &model, \"{0}\", &error);",
                llvm::sys::path::filename(joined ? paths.main : paths.weights))
                .str();
  std::string text;
  llvm::raw_string_ostream os(text);
  os << "/* " << llvm::sys::path::filename(paths.header) << " - "
     << asComment(model.checkpoint->config.name) << ", compiled for "
     << model.target << " by lfm2-compile " << getCompilerVersion() << ".\n *\n"
     << " *   lfm2rt_model model;\n"
     << " *   lfm2rt_weights weights;\n"
     << " *   lfm2rt_model_open(&model, &" << prefix << "_program, &error);\n"
     << " *   " << open << "\n *\n"
     << " * What belongs to this model is declared first; the runtime's "
        "interface, "
        "the\n * same for all models, follows. */\n"
     << "#ifndef " << guard << "\n#define " << guard << "\n\n"
     << "#ifdef __cplusplus\nextern \"C\" {\n#endif\n"
     << "extern const struct lfm2_program " << prefix << "_program;\n";
  if (inside)
    os << "extern const unsigned char " << prefix << "_archive[], " << prefix
       << "_archive_end[];\n";
  os << "#ifdef __cplusplus\n}\n#endif\n\n#endif /* " << guard << " */\n\n"
     << *runtime;
  return text;
}
