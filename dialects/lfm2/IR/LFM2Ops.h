// Ops of the lfm2 dialect.

#ifndef DIALECTS_LFM2_IR_LFM2OPS_H
#define DIALECTS_LFM2_IR_LFM2OPS_H

#include "dialects/lfm2/IR/LFM2Dialect.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#define GET_OP_CLASSES
#include "dialects/lfm2/IR/LFM2Ops.h.inc"

#endif // DIALECTS_LFM2_IR_LFM2OPS_H
