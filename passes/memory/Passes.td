#ifndef LFM2C_PASSES_MEMORY_PASSES_TD
#define LFM2C_PASSES_MEMORY_PASSES_TD

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
    same way, in a thread's own bytes; `near` on an entry is how many it needs.

    ```mlir
    // lfm2-opt --exec-plan-memory
    module attributes {exec.entries = [#exec.entry<name = "decode", tokens = 1, symbol = "step_1">]} {
      exec.weight @up [#exec.segment<tensor = "up", format = "f32", first = 0, rows = 8, unit = 8>]
          {cols = 9 : i64, lanes = 8 : i64, count = 1 : i64, bytes = 288 : i64}
      exec.weight @down [#exec.segment<tensor = "down", format = "f32", first = 0, rows = 8, unit = 8>]
          {cols = 8 : i64, lanes = 8 : i64, count = 1 : i64, bytes = 256 : i64}
      exec.buffer @normed {entry = "decode", bytes = 256 : i64, first = 0 : i64, last = 1 : i64}
      exec.buffer @hidden {entry = "decode", bytes = 128 : i64, first = 1 : i64, last = 2 : i64}
      exec.buffer @sums {entry = "decode", bytes = 192 : i64, first = 2 : i64, last = 3 : i64}
      func.func @step_1() -> (index, index) {
        %0 = exec.address @down
        %1 = exec.address @hidden
        return %0, %1 : index, index
      }
    }
    ```

    becomes, as @normed and @sums are never alive in the same phase,

    ```mlir
    module attributes {exec.entries = [#exec.entry<name = "decode", tokens = 1, symbol = "step_1", scratch = 384>],
        exec.weights_bytes = 576 : i64} {
      exec.weight @up [...] {... offset = 0 : i64}
      exec.weight @down [...] {... offset = 320 : i64}
      exec.buffer @normed {... offset = 0 : i64}
      exec.buffer @hidden {... offset = 256 : i64}
      exec.buffer @sums {... offset = 0 : i64}
      func.func @step_1() -> (index, index) {
        %0 = arith.constant 320 : index
        %1 = arith.constant 256 : index
        return %0, %1 : index, index
      }
    }
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
  let statistics = [Statistic<"numBuffers", "num-buffers", "Buffers placed">];
}

#endif // LFM2C_PASSES_MEMORY_PASSES_TD
