// Scratch of one entry.

#include "passes/tiling/Buffers.h"
#include "lfm2rt/abi.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace lfm2c;

void Buffers::lengthen(exec::BufferOp op) const {
  op.setFirst(std::min<int64_t>(op.getFirst(), phaseIndex));
  op.setLast(std::max<int64_t>(op.getLast(), phaseIndex));
}

exec::BufferOp Buffers::declare(StringRef role, int64_t bytes) {
  std::string symbol = symbolOf(role);
  bytes = llvm::alignTo(bytes, 64);
  exec::BufferOp &op = ops[symbol];
  if (!op) {
    OpBuilder b = OpBuilder::atBlockEnd(module.getBody());
    op = exec::BufferOp::create(b, b.getUnknownLoc(), symbol, entry, bytes,
                                phaseIndex, phaseIndex, /*near=*/false,
                                IntegerAttr());
    return op;
  }
  op.setBytes(std::max<int64_t>(op.getBytes(), bytes));
  lengthen(op);
  return op;
}

BufferRef Buffers::shared(StringRef role, int64_t rowBytes, int64_t rows) {
  rowBytes = llvm::alignTo(rowBytes, 64);
  exec::BufferOp op = declare(role, rowBytes * rows);
  return {op.getSymName().str(), rowBytes};
}

BufferRef Buffers::perThread(StringRef role, int64_t rowBytes) {
  rowBytes = llvm::alignTo(rowBytes, 64);
  exec::BufferOp op =
      declare(role, rowBytes * (ofWorkgroups ? 1 : LFM2_MAX_THREADS));
  op.setNear(ofWorkgroups);
  return {op.getSymName().str(), rowBytes, /*elementStride=*/0, rowBytes,
          ofWorkgroups};
}

Value Buffers::nearAddress(Emitter &e, StringRef role, int64_t bytes) {
  exec::BufferOp op = declare(role, bytes);
  op.setNear(true);
  return exec::AddressOp::create(e.b, e.loc, e.b.getIndexType(),
                                 op.getSymName());
}

std::string Buffers::freeRole(Operation *phase, StringRef role) const {
  auto isReadFromHereOn = [&](Value value) {
    return llvm::any_of(value.getUsers(), [&](Operation *user) {
      Operation *at = phase->getBlock()->findAncestorOpInBlock(*user);
      return at && !at->isBeforeInBlock(phase);
    });
  };
  auto isInUse = [&](StringRef symbol) {
    return llvm::any_of(bound, [&](const auto &pair) {
      return pair.second.name == symbol && isReadFromHereOn(pair.first);
    });
  };
  std::string free = role.str();
  for (int64_t i = 2; isInUse(symbolOf(free)); ++i)
    free = (role + "." + Twine(i)).str();
  return free;
}

void Buffers::keepAcrossLayers(func::FuncOp forward) {
  forward.walk([&](exec::CallOp call) {
    for (Value operand : call.getOperands())
      if (exec::BufferOp op = ops.lookup(lookup(operand).name)) {
        op.setFirst(0);
        op.setLast(1 << 20);
      }
  });
}

Value Buffers::address(Emitter &e, const BufferRef &ref) {
  lengthen(ops.lookup(ref.name));
  Value at = exec::AddressOp::create(e.b, e.loc, e.b.getIndexType(), ref.name);
  if (ref.threadBytes && !ref.isNear)
    at = e.add(at, e.mul(e.toIndex(e.thread), ref.threadBytes));
  return at;
}

Value Buffers::base(Emitter &e, const BufferRef &ref) {
  return e.pointer(ref.isNear ? "near" : "scratch");
}

void Buffers::bindAs(Value to, Value from) {
  if (contains(from))
    bind(to, lookup(from));
}
