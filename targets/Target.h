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

/// One CPU to make code for. A portable program has several.
struct TargetVariant {
  std::string name;     ///< as printed: "znver3", "x86-64-v3"
  std::string cpu;      ///< LLVM's processor name
  std::string features; ///< LLVM's feature string: "+avx2,-xop,..."
  TargetFacts facts;
  /// Indexes of the ABI's feature table (abi.h), ascending, which the runtime
  /// checks before it enters code of this variant; and the same as names.
  std::vector<uint32_t> requiredFeatures;
  std::vector<std::string> requiredNames;
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
  MLIR ///< the module after a stage; every target has that
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

struct EmitOptions {
  /// Of the images, in front of their extension: "step".
  std::string name;
  /// Position-independent code, for libraries. An executable needs none.
  bool pic = false;
  /// Functions that the program table names; all others become internal. Empty:
  /// every function keeps its linkage.
  std::vector<std::string> entries;
  /// Appended to the names of the entry points, to tell variants apart.
  std::string entrySuffix;
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
  /// Whether this process runs on such a device, so that "native" means it.
  virtual bool isHost() const = 0;

  /// The CPUs that `cpu` stands for, the best first and never none: "native",
  /// "portable", or a name, which ",+feature,-feature" may follow. An empty
  /// word means the target's own choice. Fails with the nearest names.
  virtual llvm::Expected<std::vector<TargetVariant>>
  select(llvm::StringRef cpu) const = 0;
  /// Names that select() takes, in columns for a terminal.
  virtual void listCpus(llvm::raw_ostream &os) const = 0;

  /// What this target makes, besides Emit::MLIR, in the order of the enum.
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
  virtual llvm::Expected<std::vector<Image>> emit(mlir::ModuleOp module,
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
};

class TargetRegistry {
public:
  struct Entry {
    std::string name;
    std::unique_ptr<Target> target;
  };

  void add(llvm::StringRef name, std::unique_ptr<Target> target);
  llvm::ArrayRef<Entry> getEntries() const { return entries; }
  /// The target called `name`; an empty name is the host's. Fails with the
  /// nearest names. The registry owns what it returns.
  llvm::Expected<const Entry *> lookup(llvm::StringRef name) const;

private:
  std::vector<Entry> entries;
};

void registerAllTargets(TargetRegistry &registry);

} // namespace lfm2c

#endif // LFM2C_TARGETS_TARGET_H
