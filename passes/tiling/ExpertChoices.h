// Choices of experts, by expert.
//
// A token's choices are its `used` experts. What is computed of a choice is a
// row, at the choice's place; choices of the same expert lie behind each other,
// so that an expert's weights are read once for all of its tokens.

#ifndef LFM2C_PASSES_TILING_EXPERTCHOICES_H
#define LFM2C_PASSES_TILING_EXPERTCHOICES_H

#include "passes/tiling/PhaseContext.h"

namespace lfm2c {

class ExpertChoices {
public:
  /// `ids` is a buffer of the chosen experts, [token][used] i32.
  ExpertChoices(PhaseContext &context, int64_t experts, int64_t used,
                const BufferRef &ids);

  /// Tables of an exec.sort_choices: each thread's own, or those that all
  /// workgroups share. With one token there are none: choices stay as they are.
  struct Tables {
    BufferRef places; ///< [token * used + j] i32.
    BufferRef starts; ///< [experts + 2] i32: first place of each, their end.
  };
  static Tables declareTables(PhaseContext &context, int64_t experts,
                              int64_t used);
  void use(const Tables &tables);
  /// Fills the tables with the choices of all tokens; of those that are shared,
  /// `places` with this thread's share of the choices, forShare().
  void sort();
  /// Runs `body(t, j)` for this thread's share of all choices.
  void forShare(llvm::function_ref<void(mlir::Value, mlir::Value)> body);

  /// Of choice `j` of token `t`.
  mlir::Value placeOf(mlir::Value t, mlir::Value j);
  /// Choices of one token.
  int64_t getUsed() const { return used; }
  /// How many there are in this step.
  mlir::Value count();
  /// Runs `body(expert, first, last)` for every expert that was chosen: places
  /// `first` to `last` are its own.
  void forExperts(
      llvm::function_ref<void(mlir::Value, mlir::Value, mlir::Value)> body);

private:
  /// From and to: this thread's share of the choices.
  std::pair<mlir::Value, mlir::Value> share();
  void forChoices(llvm::function_ref<void(mlir::Value, mlir::Value)> body);
  void sortByCounting();
  mlir::Value idOf(mlir::Value t, mlir::Value j);
  /// Element `i` of a table of i32 in scratch.
  mlir::Value at(mlir::Value table, mlir::Value i);
  void set(mlir::Value table, mlir::Value i, mlir::Value value);

  PhaseContext &context;
  Emitter &e;
  int64_t experts, used, idBytes;
  mlir::Value scratch, ids;
  mlir::Value starts, places; ///< This thread's; null without tables.
};

/// The choices that an op of experts takes: `ids` of it, sorted by its
/// `tables`.
ExpertChoices choicesOf(PhaseContext &context, int64_t experts, mlir::Value ids,
                        mlir::ValueRange tables);

} // namespace lfm2c

#endif // LFM2C_PASSES_TILING_EXPERTCHOICES_H
