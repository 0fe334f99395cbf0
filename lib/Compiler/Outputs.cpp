#include "lib/Compiler/Outputs.h"

#include "lib/Compiler/Link.h"
#include "lib/Compiler/RuntimeLibrary.h"
#include "lib/Compiler/StaticLibrary.h"
#include "lib/Compiler/WeightsObject.h"
#include "lib/Support/Error.h"
#include "lib/Support/InputFiles.h"
#include "lib/Support/MappedFile.h"
#include "lib/Support/StandardStreams.h"

using namespace lfm2c;
using llvm::Error;
using llvm::StringRef;

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

static std::vector<LinkInput> asInputs(llvm::ArrayRef<Image> objects) {
  std::vector<LinkInput> inputs;
  for (const Image &object : objects)
    inputs.push_back({object.name, object.text()});
  return inputs;
}

/// The bytes of the program without its archive.
static llvm::Expected<llvm::SmallVector<char, 0>>
linkProgram(const ProgramFiles &files) {
  std::vector<LinkInput> inputs = asInputs(files.objects);
  if (files.emit == Emit::Object)
    return link(LinkKind::Relocatable, files.linkArguments, inputs);
  auto runtime = getRuntimeLibrary(files.runtime);
  if (!runtime)
    return runtime.takeError();
  inputs.push_back({"runtime.a", *runtime});
  if (files.emit != Emit::Executable)
    return link(LinkKind::SharedLibrary, files.linkArguments, inputs);
  if (!files.loader)
    return link(LinkKind::Executable, files.linkArguments, inputs);
  std::vector<std::string> arguments = files.linkArguments.vec();
  arguments.push_back("--dynamic-linker=" +
                      std::string(files.loader->interpreter));
  return link(LinkKind::LoadedProgram, arguments, inputs,
              files.loader->libraries, files.triple);
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
    auto bytes = writeWeightsObject(
        object->os(), files.objects.back().text(), files.paths.prefix,
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
