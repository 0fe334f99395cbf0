// What a user asks the compiler for.
#ifndef LFM2C_LIB_COMPILER_OPTIONS_H
#define LFM2C_LIB_COMPILER_OPTIONS_H

#include "lib/Compiler/ProgramOptions.h"
#include "lib/Pipeline/Stages.h"
#include "lib/Quantize/Effort.h"
#include "targets/Target.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lfm2c {
struct Checkpoint;
struct ReadOptions;

/// What is known of a kind of output. Emit::MLIR is the module after import, or
/// after the stage that CompileOptions::stopAfter names.
struct EmitInfo {
  const char *word; ///< of --emit
  Emit value;
  const char *extension; ///< of the file's name: ".so"
  const char *description;
};
/// All kinds, in the order of the enum.
llvm::ArrayRef<EmitInfo> getEmits();
const EmitInfo &getEmitInfo(Emit emit);

/// Where the archive goes: behind the program, or into OUT.weights. By default
/// an executable has it with it and a library beside it; text forms have none.
enum class WeightsPlace { Default, Join, File };
struct WeightsPlaceInfo {
  const char *word; ///< of --weights
  WeightsPlace value;
  const char *description;
};
/// All but the default.
llvm::ArrayRef<WeightsPlaceInfo> getWeightsPlaces();

/// Reads a checkpoint that no path leads to, without the adapters.
using CheckpointSource =
    std::function<llvm::Expected<std::unique_ptr<Checkpoint>>(
        const ReadOptions &)>;

struct CompileOptions {
  std::string model; ///< a checkpoint, or an .mlir file of an earlier stage
  /// Where the checkpoint comes from, if set; `model` is its name then. May be
  /// called more than once.
  CheckpointSource source;
  std::string output; ///< empty: after the model, in the working directory
  std::string target; ///< empty: this machine's
  std::string cpu;    ///< empty: the target's choice
  Emit emit = Emit::Executable;
  WeightsPlace weights = WeightsPlace::Default;
  ProgramOptions program;
  Effort quantizeEffort = Effort::Fit; ///< where weights are packed
  std::optional<Stage> stopAfter;
  std::vector<Stage> dumpAfter; ///< the observer gets the module after these
  std::string reportPath;       ///< empty: no report
  std::string depfilePath;      ///< see Depfile.h; empty: none
  std::string tuningPath;       ///< see Tuning.h; empty: the target's own facts
  std::vector<std::string> lora; ///< adapters to merge: PATH or PATH:SCALE
  std::string chatTemplate;      ///< a file, or "none"; empty: the checkpoint's
  std::string schemaPath;        ///< answers meet it; empty: they need not
  std::string grammarPath;       ///< the same of a grammar; one of both
  bool verifyRoundTrip = false;
  std::string calibratePath;  ///< a text to gather importance over, or empty
  std::string importancePath; ///< importance that was gathered, or empty
  std::string saveImportance; ///< where gathered importance goes, or empty
  int64_t importanceRun = 0;  ///< columns whose products are gathered; 0: none
  bool keepInputs = false;    ///< of products, for calibration; see Calibrate.h
  bool allowNonFinite = false; ///< go on with weights of NaN or infinity

  /// A model for other programs, without code.
  bool emitsCheckpoint() const { return emit == Emit::GGUF; }
  bool emitsText() const {
    return emit == Emit::Assembly || emit == Emit::LLVMIR || emit == Emit::MLIR;
  }
  bool emitsLibrary() const {
    return emit == Emit::StaticLibrary || emit == Emit::SharedLibrary;
  }
  /// Whether the archive goes behind the program.
  bool joinsWeights() const {
    return weights == WeightsPlace::Default ? emit == Emit::Executable
                                            : weights == WeightsPlace::Join;
  }
  /// Whether an archive is written at all.
  bool writesWeights() const {
    return !emitsText() && !emitsCheckpoint() &&
           (emit != Emit::Object || weights == WeightsPlace::File);
  }
};

/// The same error as one of wrong use: its code is std::errc::invalid_argument,
/// to which the command line gives an exit status of its own.
llvm::Error asUsage(llvm::Error error);

} // namespace lfm2c

#endif // LFM2C_LIB_COMPILER_OPTIONS_H
