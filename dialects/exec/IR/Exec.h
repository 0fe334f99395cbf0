// The program dialect.
//
// Include this to build or match `exec` ops.

#ifndef LFM2C_DIALECTS_EXEC_IR_EXEC_H
#define LFM2C_DIALECTS_EXEC_IR_EXEC_H

#include "dialects/lfm2/IR/LFM2Ops.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/exec/IR/ExecDialect.h.inc"
#include "dialects/exec/IR/TargetFacts.h"

#include "dialects/exec/IR/ExecEnums.h.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/exec/IR/ExecTypes.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/exec/IR/ExecAttrs.h.inc"

#define GET_OP_CLASSES
#include "dialects/exec/IR/ExecOps.h.inc"

namespace lfm2c::exec {

/// Attribute of a function that runs on a device: the invocations of a
/// workgroup, each of which runs it. `exec-outline-kernels` makes such
/// functions.
inline constexpr llvm::StringLiteral kernelAttr = "exec.kernel";

/// Of such a function: bytes of near memory of its workgroup.
inline constexpr llvm::StringLiteral nearAttr = "exec.near";

/// Whether `base`, a pointer, is of the step's near memory.
bool isNear(mlir::Value base);

} // namespace lfm2c::exec

#endif // LFM2C_DIALECTS_EXEC_IR_EXEC_H
