#ifndef LFM2C_TARGETS_HEXAGON_PASSES_TD
#define LFM2C_TARGETS_HEXAGON_PASSES_TD

include "mlir/Pass/PassBase.td"

def HexagonLowerDot4Pass : Pass<"hexagon-lower-dot4", "::mlir::ModuleOp"> {
  let summary = "Lower exec.dot4 to HVX's vrmpy, and exec.dot2 to f32 arithmetic";
  let description = [{
    vrmpy has 32 lanes of dot4. Where all lanes take the same four activations, which
    is how contractions are tiled, these stay in a scalar register: that form is of
    unsigned weights. Signed weights, and activations of the lanes' own, are
    multiplied vector by vector.

    ```mlir
    // lfm2-opt --hexagon-lower-dot4
    func.func @one(%acc: vector<32xi32>, %w: vector<128xi8>, %x: i32) -> vector<32xi32> {
      %lanes = vector.broadcast %x : i32 to vector<32xi32>
      %bytes = vector.bitcast %lanes : vector<32xi32> to vector<128xi8>
      %a = exec.dot4 %acc, %w, %bytes {bits = 4 : i64} : vector<32xi32>, vector<128xi8>
      return %a : vector<32xi32>
    }
    ```

    becomes

    ```mlir
    func.func @one(%acc: vector<32xi32>, %w: vector<128xi8>, %x: i32) -> vector<32xi32> {
      ...
      %0 = vector.bitcast %w : vector<128xi8> to vector<32xi32>
      %1 = llvm.call_intrinsic "llvm.hexagon.V6.vrmpybus.acc.128B"(%acc, %0, %x)
          : (vector<32xi32>, vector<32xi32>, i32) -> vector<32xi32>
      return %1 : vector<32xi32>
    }
    ```

    An error where the lanes are no multiple of 32.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect",
                           "::mlir::arith::ArithDialect",
                           "::mlir::vector::VectorDialect"];
}

def HexagonLowerStagesPass : Pass<"hexagon-lower-stages", "::mlir::ModuleOp"> {
  let summary = "Lower exec.stage_start and exec.stage_wait to the DMA engine of v68 "
                "and later";
  let description = [{
    Each thread has an engine, and a descriptor in memory of its own that says what
    to copy. A start waits for nothing; it is the wait that asks the engine whether it
    is done. A stage of 16 MiB and more, which the engine does not take, is left to
    `exec-copy-stages`.

    ```mlir
    // lfm2-opt --hexagon-lower-stages
    func.func @stage(%near: !exec.ptr<near>, %weights: !exec.ptr<weights>, %to: index, %from: index) -> i32 {
      exec.stage_start %near[%to] = %weights[%from] {bytes = 576 : i64}
      exec.stage_wait
      %v = exec.load %near[%to] : i32 in near
      return %v : i32
    }
    ```

    becomes

    ```mlir
    func.func @stage(%near: !exec.ptr<near>, %weights: !exec.ptr<weights>, %to: index, %from: index) -> i32 {
      %descriptor = exec.local 16
      ...
      llvm.inline_asm has_side_effects "release($0):at\0A\09dmstart($0)", "r,~{memory}" %at : (!llvm.ptr) -> ()
      scf.while : () -> () {
        %r = llvm.inline_asm has_side_effects "$0 = dmwait", "=r,~{memory}" : () -> i32
        ...
        scf.condition(%rests)
      } do {
        scf.yield
      }
      %v = exec.load %near[%to] : i32 in near
      return %v : i32
    }
    ```
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect",
                           "::mlir::arith::ArithDialect",
                           "::mlir::scf::SCFDialect"];
}

#endif // LFM2C_TARGETS_HEXAGON_PASSES_TD
