// The device and the CPUs that a program is made for.
#ifndef LFM2C_LIB_COMPILER_TARGETCHOICE_H
#define LFM2C_LIB_COMPILER_TARGETCHOICE_H

#include "lib/Compiler/Observer.h"
#include "lib/Compiler/Options.h"
#include "targets/Target.h"

namespace lfm2c {

struct TargetChoice {
  std::string name;               ///< of --target
  const Target *target = nullptr; ///< the registry's
  /// The best first, and never none. One code is made for each.
  std::vector<TargetVariant> variants;

  /// Tells `variant` from the others in messages and reports; empty where it is
  /// the only one.
  llvm::StringRef labelOf(const TargetVariant &variant) const;
  /// The same as a part of a C identifier, "_x86_64_v3".
  std::string suffixOf(const TargetVariant &variant) const;
  /// Of several: that --cpu=`cpu` means them, and how there is one.
  std::string describeSeveral(llvm::StringRef cpu) const;
};

/// Follows --target, --cpu and --tuning, and notes the choice. Fails where the
/// target has no such output as --emit names, or one of a single CPU is asked
/// for and there are several.
llvm::Expected<TargetChoice> chooseTarget(const CompileOptions &options,
                                          const TargetRegistry &targets,
                                          CompileObserver &observer);

/// What is no program may become a part of either.
CodeUse getCodeUse(const CompileOptions &options);
/// The kind of file that holds the code of one variant.
EmitKind getEmitKind(const CompileOptions &options);

} // namespace lfm2c

#endif // LFM2C_LIB_COMPILER_TARGETCHOICE_H
