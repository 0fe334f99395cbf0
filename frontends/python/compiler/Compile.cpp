#include "frontends/python/compiler/Compile.h"

#include "lib/Compiler/Compiler.h"
#include "lib/Support/Error.h"
#include "lib/Support/MappedFile.h"
#include "lib/Weights/Checkpoint.h"
#include "targets/Target.h"
#include "llvm/Support/Signals.h"
#include <chrono>
#include <csignal>
#include <mutex>

namespace py = pybind11;

namespace lfm2py {

namespace {

/// What Python hears of a compilation, and how it ends one.
class Listener final : public lfm2c::CompileObserver {
public:
  explicit Listener(py::object progress) : progress(std::move(progress)) {}

  void stageBegins(const lfm2c::StageInfo &stage, llvm::StringRef) override {
    name = stage.name.str();
    tell(0);
  }
  void stageEnds(double) override { tell(1); }
  void weightsPacked(uint64_t done, uint64_t total) override {
    tellSometimes(done, total);
  }
  void calibrated(uint64_t done, uint64_t total) override {
    name = "calibrate";
    tellSometimes(done, total);
  }
  void note(llvm::StringRef line) override {
    notes.push_back(lfm2c::printable(line));
  }
  void warning(llvm::StringRef line) override {
    warnings.push_back(lfm2c::printable(line));
  }
  llvm::Error goOn() override {
    const py::gil_scoped_acquire locked;
    if (!failure && PyErr_CheckSignals() != 0)
      failure.emplace();
    return failure ? lfm2c::makeError("stopped by the caller")
                   : llvm::Error::success();
  }

  /// Throws what ended the compilation, if Python did. With the GIL.
  void rethrow() {
    if (failure)
      throw py::error_already_set(*failure);
  }

  std::vector<std::string> notes, warnings;

private:
  void tell(double fraction) {
    const py::gil_scoped_acquire locked;
    if (progress.is_none() || failure)
      return;
    try {
      progress(name, fraction);
    } catch (py::error_already_set &error) {
      failure.emplace(std::move(error));
    }
  }
  void tellSometimes(uint64_t done, uint64_t total) {
    const auto now = std::chrono::steady_clock::now();
    if (total == 0 ||
        (done < total && now - toldLast < std::chrono::milliseconds(50)))
      return;
    toldLast = now;
    tell(double(done) / double(total));
  }

  py::object progress;
  std::string name; ///< of the stage
  std::chrono::steady_clock::time_point toldLast;
  std::optional<py::error_already_set> failure;
};

/// Waits for its turn, with the GIL given up by the caller.
std::unique_lock<std::timed_mutex> takeTurn(Listener &listener) {
  // lld and LLVM's options are the process's.
  static std::timed_mutex turn;
  std::unique_lock<std::timed_mutex> held(turn, std::defer_lock);
  while (!held.try_lock_for(std::chrono::milliseconds(100)))
    if (llvm::Error error = listener.goOn())
      throw CompileFailure(llvm::toString(std::move(error)));
  return held;
}

std::string oneLine(llvm::Error error) {
  std::string line;
  llvm::handleAllErrors(std::move(error), [&](const llvm::ErrorInfoBase &info) {
    line += (line.empty() ? "" : "; ") + info.message();
  });
  return line;
}

} // namespace

static lfm2c::CompileResult run(const std::string &model,
                                const std::string &output,
                                const lfm2c::OptionWords &words,
                                lfm2c::CheckpointSource source,
                                Listener &listener) {
  const py::gil_scoped_release unlocked;
  const auto turn = takeTurn(listener);
  const lfm2c::MappedFile::CutFilesReadZeros whole;
  // Made once: it finds LLVM's options, which lld takes away when it links.
  static const lfm2c::TargetRegistry *targets = [] {
    auto *made = new lfm2c::TargetRegistry;
    lfm2c::registerAllTargets(*made);
    return made;
  }();
  auto options = lfm2c::readOptions(words);
  if (!options)
    throw CompileFailure(oneLine(options.takeError()));
  options->model = model;
  options->output = output;
  options->source = std::move(source);
  auto made = lfm2c::compile(*options, *targets, listener);
  if (!made)
    throw CompileFailure(oneLine(made.takeError()));
  return std::move(*made);
}

py::dict compile(const std::string &model, const std::string &output,
                 const lfm2c::OptionWords &words,
                 lfm2c::CheckpointSource source, const py::object &progress) {
  Listener listener(progress);
  lfm2c::CompileResult made;
  try {
    made = run(model, output, words, std::move(source), listener);
  } catch (const CompileFailure &) {
    listener.rethrow();
    throw;
  }
  py::dict result;
  result["output"] = py::bytes(made.output);
  result["header"] = py::bytes(made.header);
  result["weights"] = py::bytes(made.weights);
  result["report"] = made.report;
  py::list notes, warnings;
  for (const std::string &line : listener.notes)
    notes.append(line);
  for (const std::string &line : listener.warnings)
    warnings.append(line);
  result["notes"] = notes;
  result["warnings"] = warnings;
  return result;
}

void keepSignalHandlers() {
  constexpr int count = 32;
  struct sigaction before[count] = {};
  for (int signal = 1; signal < count; ++signal)
    sigaction(signal, nullptr, &before[signal]);
  // LLVM installs its handlers the first time alone.
  llvm::sys::RemoveFileOnSignal("lfm2_compile");
  llvm::sys::DontRemoveFileOnSignal("lfm2_compile");
  for (int signal = 1; signal < count; ++signal)
    sigaction(signal, &before[signal], nullptr);
}

} // namespace lfm2py
