// A target is what the compiler knows about one kind of device: its CPUs and
// their facts as data, and how a program becomes that device's code.
//
// Nothing outside a target's folder knows its name. Passes see only the facts,
// which stand on the module as the attribute `exec.target`. CMake gathers the
// folders and registerAllTargets() calls each of them: no static initialisers.
#ifndef LFM2C_TARGETS_TARGET_H
#define LFM2C_TARGETS_TARGET_H

#include "dialects/exec/IR/TargetFacts.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <memory>
#include <string>
#include <vector>

namespace llvm {
class raw_ostream;
class Module;
} // namespace llvm

namespace mlir {
class DialectRegistry;
class ModuleOp;
class OpPassManager;
} // namespace mlir

namespace lfm2c {

using exec::TargetFacts;
struct TileOptions;

/// What runs the code of a variant: LFM2_CODE_* of abi.h.
enum class CodeKind { Cpu, Vulkan };

/// One CPU or device to make code for. A portable program has several.
struct TargetVariant {
  std::string name;     ///< as printed: "znver3", "x86-64-v3"
  std::string cpu;      ///< LLVM's processor name
  std::string features; ///< LLVM's feature string: "+avx2,-xop,..."
  TargetFacts facts;
  /// Indexes of the ABI's feature table (abi.h), ascending, which the runtime
  /// checks before it enters code of this variant; and the same as names.
  std::vector<uint32_t> requiredFeatures;
  std::vector<std::string> requiredNames;
  CodeKind code = CodeKind::Cpu;
};

/// Whose process code runs in: a program's of its own, under the system that
/// the target names, or one that a library is linked into, which may be
/// another's.
enum class CodeUse { Program, Library };

/// What may be made of a model.
enum class Emit {
  Executable,
  StaticLibrary,
  SharedLibrary,
  Object,
  Assembly,
  LLVMIR,
  MLIR, ///< the module after a stage; every target has that
  GGUF  ///< the checkpoint, which has nothing to do with a target
};

/// What Target::emit() writes.
enum class EmitKind { Object, Assembly, LLVMIR };

/// One file of what a target makes of a module: an object, which is linked with
/// the others, or text.
struct Image {
  std::string name; ///< in messages and in libraries: "step.o"
  llvm::SmallVector<char, 0> bytes;

  llvm::StringRef text() const { return {bytes.data(), bytes.size()}; }
};

/// A function of a device: `lfm2_kernel` of abi.h, which the program table
/// holds.
struct Kernel {
  std::string name;
  std::vector<uint32_t> code; ///< for the device's driver: SPIR-V
  uint32_t invocations = 0;   ///< of a workgroup
  uint32_t nearBytes = 0;
  uint32_t numArguments = 0; ///< behind the step
};

/// What becomes of a module. Features that only the finished code shows to be
/// needed come on top of the variant's, in the same form.
struct Code {
  std::vector<Image> images;
  std::vector<Kernel> kernels;
  std::vector<uint32_t> requiredFeatures;
  std::vector<std::string> requiredNames;
};

struct EmitOptions {
  /// Of the images, in front of their extension: "step".
  std::string name;
  /// Position-independent code, for libraries and for programs that a loader
  /// starts. Other executables need none.
  bool pic = false;
  /// Functions that the program table names; all others become internal. Empty:
  /// every function keeps its linkage.
  std::vector<std::string> entries;
  /// Appended to the names of the entry points, to tell variants apart.
  std::string entrySuffix;
};

/// A shared library that programs are linked against by its name. None has to
/// be there: what it has is said here.
struct StubLibrary {
  const char *name; ///< "libc.so.6"
  std::vector<const char *> functions;
};

/// How a system starts a program that loads other code, such as the driver of a
/// device: by its loader and with its C library.
struct ProgramLoader {
  const char *interpreter; ///< "/lib64/ld-linux-x86-64.so.2"
  std::vector<StubLibrary> libraries;
};

/// What a target for CPUs gives for programs that use a device beside its CPU.
struct DeviceHost {
  ProgramLoader loader;       ///< of executables, where it makes any
  const char *cpu;            ///< a word of select(), where none is named
  const char *programRuntime; ///< see Target
  const char *libraryRuntime;
};

/// One kind of device. A program is made by stages (lib/Pipeline): those up to
/// the phases between two barriers are the same for every target, all after
/// them are the target's own: buildTilePipeline(), planning, then
/// buildCodegenPipeline(), then emit().
class Target {
public:
  virtual ~Target();

  /// One line for lists: "Linux on x86-64".
  virtual llvm::StringRef getDescription() const = 0;
  /// LLVM's triple of generated code.
  virtual llvm::StringRef getTriple() const = 0;
  /// Whether its programs are for this machine, so that "native" means it.
  virtual bool isHost() const = 0;

  /// The CPUs that `cpu` stands for, the best first and never none: "native",
  /// "portable", or a name, which ",+feature,-feature" may follow. An empty
  /// word means the target's own choice. Fails with the nearest names. `lanes`
  /// is that of the packed layout, for variants that share it with others; 0 is
  /// what suits the CPUs.
  virtual llvm::Expected<std::vector<TargetVariant>>
  select(llvm::StringRef cpu, int64_t lanes = 0) const = 0;
  /// What an empty word means to select(), for messages.
  virtual llvm::StringRef describeUsualCpus() const {
    return isHost() ? "native" : "the target's baseline";
  }
  /// Names that select() takes, in columns for a terminal.
  virtual void listCpus(llvm::raw_ostream &os) const = 0;

  /// What this target makes, besides Emit::MLIR and Emit::GGUF, in the order of
  /// the enum.
  virtual llvm::ArrayRef<Emit> getOutputs() const = 0;

  /// Makes the target's own passes known by name, for lfm2-opt.
  virtual void registerPasses() const {}
  /// From phases on tensors to the program as memory planning and
  /// buildCodegenPipeline() take it, with `exec.entries` on the module. Here:
  /// one function for each kind of layer and each size of step, which all
  /// threads enter; see passes/tiling.
  virtual void buildTilePipeline(mlir::OpPassManager &pm,
                                 const TargetVariant &variant,
                                 const TileOptions &options) const;
  /// Dialects that buildCodegenPipeline() leaves ops of, for emit().
  virtual void registerDialects(mlir::DialectRegistry &registry) const = 0;
  /// From the planned program to the last dialect of this target.
  virtual void buildCodegenPipeline(mlir::OpPassManager &pm,
                                    const TargetVariant &variant,
                                    CodeUse use) const = 0;
  /// Machine code, or what comes just before it, of a module in those dialects:
  /// one image or more. Text is one image.
  virtual llvm::Expected<Code> emit(mlir::ModuleOp module,
                                    const TargetVariant &variant,
                                    const EmitOptions &options,
                                    EmitKind kind) const = 0;
  /// The same for a module of LLVM IR that holds constants alone, the program
  /// table; none where the text of the code goes without.
  virtual llvm::Expected<std::vector<Image>>
  emitTable(llvm::Module &module, const TargetVariant &variant,
            const EmitOptions &options, EmitKind kind) const = 0;

  /// Arguments of ld.lld for this target, ahead of inputs and output. Of these
  /// three each is asked for only where an output needs it.
  virtual std::vector<std::string> getLinkArguments() const = 0;
  /// The runtime (lfm2rt_NAME) that executables are made with.
  virtual llvm::StringRef getProgramRuntime() const = 0;
  /// The runtime that libraries carry.
  virtual llvm::StringRef getLibraryRuntime() const = 0;
  /// What starts its executables; none where they are static and need nothing.
  virtual const ProgramLoader *getProgramLoader() const { return nullptr; }
  /// What a device's target makes its programs of, for this one's machines;
  /// none where there are no devices.
  virtual const DeviceHost *getDeviceHost() const { return nullptr; }
};

class TargetRegistry {
public:
  struct Entry {
    std::string name;
    std::unique_ptr<Target> target;
    /// The name of that one among several alike which is for this machine. Of
    /// those for CPUs it is empty.
    std::string group;
  };

  void add(llvm::StringRef name, std::unique_ptr<Target> target,
           llvm::StringRef group = "");
  llvm::ArrayRef<Entry> getEntries() const { return entries; }
  /// The target called `name`, or the one of the group `name` that is for this
  /// machine. Fails with the nearest names. The registry owns what it returns.
  llvm::Expected<const Entry *> lookup(llvm::StringRef name) const;

private:
  std::vector<Entry> entries;
};

void registerAllTargets(TargetRegistry &registry);

} // namespace lfm2c

#endif // LFM2C_TARGETS_TARGET_H
