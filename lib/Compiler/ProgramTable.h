// The table through which the runtime knows a compiled program: `lfm2_program`
// of abi.h and everything it points to, as constants of a module of their own.
#ifndef LFM2C_LIB_COMPILER_PROGRAMTABLE_H
#define LFM2C_LIB_COMPILER_PROGRAMTABLE_H

#include "targets/Target.h"
#include "llvm/ADT/ArrayRef.h"
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace llvm {
class LLVMContext;
class Module;
} // namespace llvm

namespace lfm2c {

using Identity = std::array<uint8_t, 16>;

/// `lfm2_stretch`, field by field.
struct ProgramStretch {
  std::string layer, phase;
  int64_t weightBytes = 0, expertBytes = 0, macs = 0;
  int64_t cacheBytes = 0, cacheMacs = 0;
  int64_t experts = 0, expertsUsed = 0;
  uint32_t flags = 0;
};

struct ProgramPlace {
  uint16_t stretch = 0;
  int16_t layer = -1;
};

/// `lfm2_dispatch`, with the kernel by its name.
struct ProgramDispatch {
  std::string kernel;
  int64_t groups = 0;
  std::vector<uint64_t> arguments;
};

struct ProgramEntry {
  int64_t tokens = 0;       ///< most tokens of one step
  int64_t scratchBytes = 0; ///< of one step
  std::string symbol;       ///< of the function, as it is in the object
  std::vector<ProgramStretch> stretches; ///< for the profile; may be empty
  std::vector<ProgramPlace> places;      ///< in order of execution
  int64_t nearBytes = 0; ///< near memory of one step, of each thread
  std::vector<ProgramDispatch> dispatches; ///< of a device, for each place
};

struct ProgramVariant {
  std::string name;
  std::vector<uint32_t> features; ///< indexes of the ABI's table, ascending
  std::vector<ProgramEntry> entries;
  std::vector<std::string> featureNames = {}; ///< of `features`
  CodeKind code = CodeKind::Cpu;
  std::vector<Kernel> kernels = {}; ///< those that entries dispatch
};

/// The name of the program in what is no library, and, beside one with a
/// prefix, in every shared library.
constexpr const char *loadedProgramSymbol = "lfm2_program";

struct ProgramDescription {
  std::string symbol = loadedProgramSymbol;
  int64_t vocabulary = 0;
  int64_t contextMax = 0;
  int64_t stateFixedBytes = 0;
  int64_t stateBytesPerToken = 0;
  int64_t stateHeadBytes = 0;
  std::string stateForm; ///< what caches hold, "f16"; empty without any
  int64_t weightsBytes = 0;
  int64_t hidden = 0;   ///< channels of hidden states
  int64_t vector = 0;   ///< channels of a vector; 0: none
  uint32_t outputs = 0; ///< LFM2_OUTPUT_*
  uint32_t flags = 0;   ///< LFM2_PROGRAM_*
  Identity identity = {};
  std::vector<ProgramVariant> variants; ///< best first
};

/// Fails where the steps of a variant do not fit its code: those of devices are
/// lists of dispatches, and each dispatches a kernel that there is.
llvm::Error checkDispatches(const ProgramVariant &variant);

/// Makes one of the kernels that do the same, so that drivers compile it once.
void mergeKernels(ProgramVariant &variant);

/// A module that defines the table. All sizes follow the data layout of a
/// 64-bit little-endian target.
std::unique_ptr<llvm::Module>
buildProgramTable(llvm::LLVMContext &context,
                  const ProgramDescription &program);

} // namespace lfm2c

#endif // LFM2C_LIB_COMPILER_PROGRAMTABLE_H
