#ifndef LFM2_PASSES_MEMORY
#define LFM2_PASSES_MEMORY

include "mlir/Pass/PassBase.td"

def PlanMemoryPass : Pass<"exec-plan-memory", "::mlir::ModuleOp"> {
  let summary = "Place every byte: the weight archive and each step's scratch";
  let description = [{
    Weights follow each other in the order in which a step reads them, each at a
    multiple of 64 bytes. Scratch buffers of an entry share memory where their
    lives within a layer do not touch, the largest placed first, at the lowest
    place that is free. `exec.address` becomes a constant; `offset` is set on
    `exec.weight` and `exec.buffer`, `scratch` on each of `exec.entries`, and
    `exec.weights_bytes` on the module. Buffers in near memory are placed in the
    same way, in a thread's part of it; `near` on an entry is what that part takes.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
  let statistics = [Statistic<"numBuffers", "num-buffers", "Buffers placed">];
}

#endif
