// The importance of weights: read, or gathered by the compiled model.
#include "lib/Compiler/Calibrate.h"

#include "lib/Compiler/CalibrationRun.h"
#include "lib/Compiler/Moments.h"
#include "lib/Compiler/OutputPaths.h"
#include "lib/Quantize/ImportanceFile.h"
#include "lib/Support/Error.h"
#include "lib/Support/ForeignBytes.h"
#include "lib/Support/MappedFile.h"
#include "lib/Support/OutputFile.h"
#include "lib/Weights/Checkpoint.h"
#include "llvm/Support/ConvertUTF.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Signals.h"
#include <chrono>

using namespace lfm2c;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

/// Tokens that are read at a time, as llama-imatrix does.
static constexpr int64_t usualWindow = 512;

namespace {

/// Files of a library that are gone afterwards, also where a signal ends the
/// compiler: they are as large as the model.
class TemporaryLibrary {
public:
  ~TemporaryLibrary() {
    for (StringRef file : {paths.main, paths.header, paths.weights}) {
      (void)llvm::sys::fs::remove(file);
      llvm::sys::DontRemoveFileOnSignal(file);
    }
  }
  /// Names the output of `options`, which make a library, and the files that
  /// come with it.
  Error name(CompileOptions &options) {
    llvm::SmallString<128> path;
    if (std::error_code code =
            llvm::sys::fs::createTemporaryFile("lfm2-calibrate", "so", path))
      return makeError("cannot make a temporary file for calibration: {0}; "
                       "name another place by TMPDIR",
                       code.message());
    options.output = path.str().str();
    paths.main = options.output;
    auto chosen = chooseOutputs(options);
    if (!chosen)
      return chosen.takeError();
    paths = std::move(*chosen);
    for (StringRef file : {paths.main, paths.header, paths.weights})
      llvm::sys::RemoveFileOnSignal(file);
    return Error::success();
  }
  CalibrationProgram getProgram() const {
    return {paths.main, paths.weights, paths.prefix + "_program"};
  }

private:
  OutputPaths paths;
};

/// Shows the stages of the compilation for calibration. What else it has to say
/// the other one says.
class StagesOnly final : public CompileObserver {
public:
  explicit StagesOnly(CompileObserver &to) : to(to) {}
  void stageBegins(const StageInfo &stage, StringRef) override {
    to.stageBegins(stage, "for calibration");
  }
  void weightsPacked(uint64_t done, uint64_t total) override {
    to.weightsPacked(done, total);
  }
  Error goOn() override { return to.goOn(); }

private:
  CompileObserver &to;
};

} // namespace

/// The text of a file, which must be some.
static Error checkText(const MappedFile &file) {
  const StringRef text = file.text();
  if (text.trim().empty())
    return makeError("expected a calibration text in {0}, found nothing; give "
                     "some thousand words",
                     file.getPath());
  auto *begin = reinterpret_cast<const llvm::UTF8 *>(text.begin());
  auto *end = reinterpret_cast<const llvm::UTF8 *>(text.end());
  const llvm::UTF8 *at = begin;
  if (text.contains('\0') || !llvm::isLegalUTF8String(&at, end)) {
    const std::string why = explainForeignBytes(text);
    return makeError("expected a calibration text in UTF-8 in {0}, found other "
                     "bytes{1}; give a file of text",
                     file.getPath(), why.empty() ? "" : ": it " + why);
  }
  return Error::success();
}

/// The same compilation, but of a library for this machine, of the weights as
/// they are.
static CompileOptions optionsForKeeping(const CompileOptions &options,
                                        int64_t window) {
  CompileOptions made;
  made.model = options.model;
  made.source = options.source;
  made.emit = Emit::SharedLibrary;
  made.weights = WeightsPlace::File;
  made.program.pre = options.program.pre;
  made.program.quantize = "keep";
  made.program.context = window;
  made.lora = options.lora;
  made.chatTemplate = "none";
  made.allowNonFinite = options.allowNonFinite;
  made.keepInputs = true;
  return made;
}

static Expected<Importance> gather(const CompileOptions &options,
                                   const Checkpoint &checkpoint,
                                   CompileObserver &observer, CompileFn compile,
                                   int64_t window) {
  const auto begun = std::chrono::steady_clock::now();
  auto text = MappedFile::open(options.calibratePath);
  if (!text)
    return text.takeError();
  if (Error error = checkText(**text))
    return error;
  if (!checkpoint.config.causal)
    return makeError("--calibrate reads causal models, and {0} reads texts as "
                     "a whole; leave it out",
                     options.model);
  CompileOptions keeping = optionsForKeeping(options, window);
  TemporaryLibrary library;
  if (Error error = library.name(keeping))
    return error;
  StagesOnly stages(observer);
  auto kept = compile(keeping, stages);
  if (!kept)
    return kept.takeError();
  if (kept->empty())
    return makeError(
        "--calibrate needs the model as a checkpoint or after "
        "stage 'import', and {0} has been through later ones; give "
        "such a one",
        options.model);
  Moments moments(*kept, checkpoint, options.importanceRun);
  auto tokens = runOver(
      library.getProgram(), (*text)->text(), window, observer,
      [&](const uint8_t *state, int64_t count) { moments.add(state, count); });
  if (!tokens)
    return tokens.takeError();
  const std::chrono::duration<double> seconds =
      std::chrono::steady_clock::now() - begun;
  observer.note(llvm::formatv("importance of weights gathered over {0} tokens "
                              "of {1} in {2:f1} s",
                              *tokens, options.calibratePath, seconds.count())
                    .str());
  return moments.take();
}

static bool hasProducts(const Importance &importance) {
  return llvm::any_of(importance.weights, [](const auto &entry) {
    return entry.second.runColumns != 0;
  });
}

Expected<std::optional<Importance>>
lfm2c::findImportance(const CompileOptions &options,
                      const Checkpoint &checkpoint, CompileObserver &observer,
                      CompileFn compile) {
  if (!options.importancePath.empty()) {
    auto found = readImportance(options.importancePath);
    if (!found)
      return found.takeError();
    if (Error error = fitImportance(*found, checkpoint, options.importancePath))
      return error;
    if (options.importanceRun && !hasProducts(*found))
      return makeError("{0}: expected products of columns, which "
                       "--quantize-effort=feedback needs, but there are none; "
                       "give --calibrate=FILE, with --save-importance to keep "
                       "them",
                       options.importancePath);
    return std::move(*found);
  }
  if (options.calibratePath.empty())
    return std::nullopt;
  if (!options.saveImportance.empty())
    if (Error error = OutputFile::checkPlace(options.saveImportance))
      return error;
  const int64_t window = std::min(usualWindow, checkpoint.config.contextLength);
  auto found = gather(options, checkpoint, observer, compile, window);
  if (!found)
    return found.takeError();
  if (!options.saveImportance.empty()) {
    auto file = OutputFile::create(options.saveImportance);
    if (!file)
      return file.takeError();
    writeImportance(*found, options.calibratePath, window, (*file)->os());
    if (Error error = (*file)->commit())
      return error;
  }
  return std::move(*found);
}
