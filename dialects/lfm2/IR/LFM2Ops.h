// Ops of the lfm2 dialect.

#ifndef LFM2C_DIALECTS_LFM2_IR_LFM2OPS_H
#define LFM2C_DIALECTS_LFM2_IR_LFM2OPS_H

#include "dialects/lfm2/IR/Caches.h"
#include "dialects/lfm2/IR/LFM2Dialect.h"
#include "dialects/lfm2/Interfaces/ModelOpInterface.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#define GET_OP_CLASSES
#include "dialects/lfm2/IR/LFM2Ops.h.inc"

#endif // LFM2C_DIALECTS_LFM2_IR_LFM2OPS_H
