// What a program is made with: options, completed by what the model is and by
// what a resumed module was made with.
#ifndef LFM2C_LIB_COMPILER_SETTINGS_H
#define LFM2C_LIB_COMPILER_SETTINGS_H

#include "lib/Compiler/LoadModel.h"
#include "lib/Compiler/Observer.h"
#include "lib/Compiler/Options.h"
#include "lib/Quantize/Recipe.h"

namespace lfm2c {

struct Settings {
  ProgramOptions options;       ///< given, or recorded on the module
  std::string quantize;         ///< "keep", a preset, or the path of a recipe
  std::optional<Recipe> recipe; ///< where the stage is still to run
  std::string kv;               ///< what caches hold; empty: as in the module
  Activations activations;      ///< what contractions see their input as
  int64_t contextMax;           ///< tokens of a conversation, or of a text
  int64_t chunkTokens;          ///< most tokens of one step
  bool takesTexts; ///< whole ones, as a model does that is not causal
};

/// What a module remembers that has been through `last`: what was asked for,
/// and what stages took where nothing was.
ProgramOptions rememberedAfter(Stage last, const Settings &settings);

/// Warns where a context is longer than the model was made for. Fails, as wrong
/// use, where an option is for a stage that the module has been through, where
/// it would go back, or where its value is none for such a model.
llvm::Expected<Settings> settle(const CompileOptions &options,
                                const LoadedModel &model,
                                CompileObserver &observer);

} // namespace lfm2c

#endif // LFM2C_LIB_COMPILER_SETTINGS_H
