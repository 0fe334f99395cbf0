// A target whose CPUs LLVM knows by name: what the word of --cpu means.
//
// LLVM's tables say which instructions a CPU has, the target's own
// (CpuFacts.td) the rest. Code may use only features that the runtime can check
// before it enters the code (abi.h); any other that LLVM would use by itself is
// switched off, so that a program refuses to start on an unfit CPU rather than
// meet an unknown instruction.
#ifndef LFM2C_TARGETS_LLVMCPU_H
#define LFM2C_TARGETS_LLVMCPU_H

#include "targets/LLVMEmit.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"
#include <optional>

namespace lfm2c {

// Rows of the tables of CpuFacts.td.
struct DotForm {
  uint8_t rank;
  const char *form, *needs;
  uint16_t vectorBits;
  uint8_t registers, lanes;
  bool unsigned8, accumulates;
  uint8_t tileGroups;
};
struct DotTile {
  const char *needs;
  uint8_t tokens, lanes;
  uint16_t vectorBits;
  bool mode;
};
struct CpuMemory {
  const char *cpu;
  uint16_t prefetchBytes;
  uint8_t streams;
  uint16_t nearKiB;
  uint8_t nearThreads;
  uint8_t tileAhead;
};
struct CpuAlias {
  const char *name, *cpu, *features;
};
struct PortableVariant {
  uint8_t rank;
  const char *cpu, *features;
};

/// What the CPUs of one architecture have in common.
struct CpuTables {
  llvm::StringRef arch;  ///< in facts: "x86_64"
  llvm::StringRef words; ///< in messages: "x86-64"
  /// Features in the order of the ABI's table.
  llvm::ArrayRef<const char *> checkedFeatures;
  /// Those of them that LLVM has no word for.
  llvm::ArrayRef<const char *> ownFeatures;
  /// In every CPU of the architecture; nothing to check.
  llvm::ArrayRef<const char *> baseFeatures;
  llvm::ArrayRef<DotForm> dotForms;
  llvm::ArrayRef<DotTile> dotTiles;
  llvm::ArrayRef<CpuMemory> memory;
  llvm::ArrayRef<CpuAlias> aliases;
  llvm::ArrayRef<PortableVariant> portable;
  int64_t portableLanes = 0; ///< of the layout that the variants share
  /// Whether "+feature" may follow a name.
  bool takesFeatures = true;
};

/// The libraries of GNU's C library with what programs take of them that use
/// devices. Before version 2.34, dlopen was in a library of its own; later ones
/// keep that name.
std::vector<StubLibrary> getGnuLibraries();

/// What targets of one architecture differ in: the system.
struct SystemInfo {
  const char *triple;         ///< LLVM's
  const char *description;    ///< for lists: "Linux on x86-64"
  const char *baseline;       ///< a cross build's CPU where none is named
  const char *programRuntime; ///< see Target
  const char *libraryRuntime;
  std::vector<Emit> outputs; ///< see Target
  /// Where programs may use devices.
  std::optional<DeviceHost> device = std::nullopt;
};

class LLVMCpuTarget : public LLVMTarget {
public:
  /// `options` are LLVM's, see LLVMTarget.
  explicit LLVMCpuTarget(const SystemInfo &system,
                         llvm::ArrayRef<llvm::StringRef> options = {})
      : LLVMTarget(options), system(system) {}

  llvm::StringRef getDescription() const override { return system.description; }
  llvm::StringRef getTriple() const override { return system.triple; }
  llvm::StringRef getProgramRuntime() const override {
    return system.programRuntime;
  }
  llvm::StringRef getLibraryRuntime() const override {
    return system.libraryRuntime;
  }
  llvm::ArrayRef<Emit> getOutputs() const override { return system.outputs; }
  const DeviceHost *getDeviceHost() const override {
    return system.device ? &*system.device : nullptr;
  }
  bool isHost() const override;
  llvm::Expected<std::vector<TargetVariant>>
  select(llvm::StringRef cpu, int64_t lanes) const override;
  void listCpus(llvm::raw_ostream &os) const override;

protected:
  using HasFeature = llvm::function_ref<bool(llvm::StringRef)>;

  virtual const CpuTables &getTables() const = 0;
  /// LLVM's names of CPUs.
  virtual void
  listLLVMCpus(llvm::SmallVectorImpl<llvm::StringRef> &names) const = 0;
  /// Instruction sets of LLVM's CPU `cpu`, by LLVM's words.
  virtual void
  listFeatures(llvm::StringRef cpu,
               llvm::SmallVectorImpl<llvm::StringRef> &features) const = 0;
  /// Facts that follow from features and are neither in a table nor general.
  virtual void setFacts(TargetFacts &facts, const DotForm &form,
                        HasFeature has) const = 0;

private:
  /// The variant for LLVM's CPU `cpu` with `features` ("+a,-b") on top, named
  /// `name`. Both are known to be right. `lanes` is that of the packed layout;
  /// 0 is what suits the CPU.
  TargetVariant makeVariant(llvm::StringRef name, llvm::StringRef cpu,
                            llvm::StringRef features, int64_t lanes = 0) const;
  /// The same for a word that may be an alias.
  TargetVariant makeNamed(llvm::StringRef name, llvm::StringRef word,
                          llvm::StringRef features, int64_t lanes = 0) const;
  /// This machine, by what the CPU says: a hypervisor may hide features that
  /// its name promises.
  TargetVariant makeNative(int64_t lanes) const;
  std::vector<TargetVariant> makePortable(int64_t lanes) const;
  llvm::Error checkFeatureWords(llvm::StringRef features) const;

  const SystemInfo system;
};

} // namespace lfm2c

#endif // LFM2C_TARGETS_LLVMCPU_H
