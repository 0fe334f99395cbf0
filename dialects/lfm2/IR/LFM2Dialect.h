// The lfm2 dialect, its types and its attributes. Ops are in LFM2Ops.h.

#ifndef LFM2C_DIALECTS_LFM2_IR_LFM2DIALECT_H
#define LFM2C_DIALECTS_LFM2_IR_LFM2DIALECT_H

#include "lib/Weights/Format.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "llvm/ADT/APFloat.h"

#include "dialects/lfm2/IR/LFM2Dialect.h.inc"
#include "dialects/lfm2/IR/LFM2Enums.h.inc"
#define GET_TYPEDEF_CLASSES
#include "dialects/lfm2/IR/LFM2Types.h.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/lfm2/IR/LFM2Attrs.h.inc"

namespace lfm2c::lfm2 {

/// Names of the module attributes that the dialect owns.
inline constexpr llvm::StringLiteral kModelAttrName = "lfm2.model";
inline constexpr llvm::StringLiteral kSourceAttrName = "lfm2.source";
inline constexpr llvm::StringLiteral kCheckpointAttrName = "lfm2.checkpoint";
inline constexpr llvm::StringLiteral kOptionsAttrName = "lfm2.options";

/// Of the arguments and results of a function that is a model; see Roles.h.
inline constexpr llvm::StringLiteral kRoleAttrName = "lfm2.role";

/// The layer that an op, or a phase, is a part of.
inline constexpr llvm::StringLiteral kLayerAttrName = "lfm2.layer";

/// The layer of `op`, or null where it is of none.
LayerAttr getLayer(mlir::Operation *op);
/// Makes `op` a part of `layer`; of none where that is null.
void setLayer(mlir::Operation *op, LayerAttr layer);

/// The shapes and constants on `module`, or null where it has none.
ModelAttr getModel(mlir::ModuleOp module);

/// The element type of a weight stored in `format`: f32, f16, bf16, or the
/// quantised type of that name.
mlir::Type getElementType(mlir::MLIRContext *context, Format format);

/// The reverse; nothing for a type that no weight can have.
std::optional<Format> getFormat(mlir::Type elementType);

} // namespace lfm2c::lfm2

#endif // LFM2C_DIALECTS_LFM2_IR_LFM2DIALECT_H
