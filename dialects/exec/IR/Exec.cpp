// The program dialect: registration, and its types.

#include "dialects/exec/IR/Exec.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace lfm2c;
using namespace lfm2c::exec;

#include "dialects/exec/IR/ExecDialect.cpp.inc"

#include "dialects/exec/IR/ExecEnums.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/exec/IR/ExecTypes.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/exec/IR/ExecAttrs.cpp.inc"

/// The memory of a pointer, by its name.
static ParseResult parseMemory(OpAsmParser &parser, Type &type) {
  FailureOr<Memory> memory = FieldParser<Memory>::parse(parser);
  if (failed(memory))
    return failure();
  type = PtrType::get(parser.getContext(), *memory);
  return success();
}
static void printMemory(OpAsmPrinter &printer, Operation *, Type type) {
  printer << stringifyMemory(cast<PtrType>(type).getMemory());
}

#define GET_OP_CLASSES
#include "dialects/exec/IR/ExecOps.cpp.inc"

bool PtrType::isConstant() const {
  switch (getMemory()) {
  case Memory::Step:
  case Memory::Weights:
  case Memory::Tokens:
  case Memory::Shares:
  case Memory::Embeddings:
  case Memory::Runs:
  case Memory::TokenRuns:
  case Memory::LogitTokens:
    return true;
  case Memory::State:
  case Memory::Scratch:
  case Memory::Logits:
  case Memory::Near:
  case Memory::Hidden:
  case Memory::Vectors:
  case Memory::Local:
    return false;
  }
  llvm_unreachable("covered switch");
}

void ExecDialect::initialize() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/exec/IR/ExecTypes.cpp.inc"
      >();
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/exec/IR/ExecAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/exec/IR/ExecOps.cpp.inc"
      >();
}
