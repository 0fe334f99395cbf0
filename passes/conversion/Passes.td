#ifndef LFM2C_PASSES_CONVERSION_PASSES_TD
#define LFM2C_PASSES_CONVERSION_PASSES_TD

include "mlir/Pass/PassBase.td"

def ExpandF16Pass : Pass<"exec-expand-f16", "::mlir::ModuleOp"> {
  let summary = "Conversions of f16 by integer arithmetic";
  let description = [{
    For targets whose CPUs may lack them in hardware, where LLVM would call a
    library that a freestanding program does not have. To f32 exactly; to f16 to
    nearest, ties to even.

    ```mlir
    // lfm2-opt --exec-expand-f16
    func.func @widen(%x: vector<8xf16>) -> vector<8xf32> {
      %y = arith.extf %x : vector<8xf16> to vector<8xf32>
      return %y : vector<8xf32>
    }
    ```

    becomes

    ```mlir
    func.func @widen(%x: vector<8xf16>) -> vector<8xf32> {
      %exponent_32 = arith.constant dense<2139095040> : vector<8xi32>
      %not_finite = arith.constant dense<260046848> : vector<8xi32>
      %two_to_112 = arith.constant dense<5.19229686E+33> : vector<8xf32>
      ...
      %bits = vector.bitcast %x : vector<8xf16> to vector<8xi16>
      %wide = arith.extui %bits : vector<8xi16> to vector<8xi32>
      %sign = arith.andi %wide, %sign_16 : vector<8xi32>
      %sign_32 = arith.shli %sign, %sixteen : vector<8xi32>
      %rest = arith.andi %wide, %below_sign : vector<8xi32>
      %rest_32 = arith.shli %rest, %thirteen : vector<8xi32>
      %small = vector.bitcast %rest_32 : vector<8xi32> to vector<8xf32>
      %scaled = arith.mulf %small, %two_to_112 : vector<8xf32>
      %scaled_bits = vector.bitcast %scaled : vector<8xf32> to vector<8xi32>
      %is_finite = arith.cmpi ult, %rest_32, %not_finite : vector<8xi32>
      %infinite = arith.ori %rest_32, %exponent_32 : vector<8xi32>
      %magnitude = arith.select %is_finite, %scaled_bits, %infinite : vector<8xi1>, vector<8xi32>
      %whole = arith.ori %magnitude, %sign_32 : vector<8xi32>
      %y = vector.bitcast %whole : vector<8xi32> to vector<8xf32>
      return %y : vector<8xf32>
    }
    ```
  }];
  let options = [
    Option<"keep", "keep", "int64_t", "0",
           "Vectors of a multiple of so many elements are left alone; 0: none">,
    Option<"integers", "integers", "bool", "false",
           "To f32 without a float multiplication, which vectors may not have">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::math::MathDialect",
                           "::mlir::vector::VectorDialect"];
}

def ExpandTileDot4Pass : Pass<"exec-expand-tile-dot4", "::mlir::ModuleOp"> {
  let summary = "Products of tiles as dot4";
  let description = [{
    For targets without matrix products of int8, and for those whose own lowering
    left some because of their size. So a program that is made for the one can
    run on the other, with the same sums. As many tokens as a quarter of the
    registers holds the sums of share each vector of weights.

    ```mlir
    // lfm2-opt --exec-expand-tile-dot4 --canonicalize
    module attributes {exec.target = #exec.target<lanes = 16, registers = 4>} {
      func.func @product(%c: !exec.ptr<scratch>, %x: !exec.ptr<scratch>, %w: !exec.ptr<weights>, %i: index) {
        exec.tile_dot4 %c[%i] = %x[%i] * %w[%i]
            {count = 1 : i64, dots = 2 : i64, lanes = 16 : i64, tokens = 5 : i64, x_stride = 100 : i64} from weights
        return
      }
    }
    ```

    becomes, as four registers hold the sums of one token,

    ```mlir
    module attributes {exec.target = #exec.target<...>} {
      func.func @product(%c: !exec.ptr<scratch>, %x: !exec.ptr<scratch>, %w: !exec.ptr<weights>, %i: index) {
        ...
        scf.for %token = %c0 to %c5 step %c1 {
          %0 = arith.muli %token, %c100 : index
          %x_at = arith.addi %i, %0 : index
          %w0 = exec.load %w[%i] {ordered} : vector<64xi8> in weights
          %x0 = exec.load %x[%x_at] : vector<1xi32> in scratch
          %1 = vector.extract %x0[0] : i32 from vector<1xi32>
          %2 = vector.broadcast %1 : i32 to vector<16xi32>
          %3 = vector.bitcast %2 : vector<16xi32> to vector<64xi8>
          %sum0 = exec.dot4 %zero, %w0, %3 {bits = 8 : i64, signed_w} : vector<16xi32>, vector<64xi8>
          ...
          %sum1 = exec.dot4 %sum0, %w1, %4 {bits = 8 : i64, signed_w} : vector<16xi32>, vector<64xi8>
          ...
          exec.store %sum1, %c[%c_at] : vector<16xi32> in scratch
        }
        return
      }
    }
    ```
  }];
  let dependentDialects = ["::lfm2c::exec::ExecDialect",
                           "::mlir::arith::ArithDialect",
                           "::mlir::scf::SCFDialect",
                           "::mlir::vector::VectorDialect"];
}

def CopyStagesPass : Pass<"exec-copy-stages", "::mlir::ModuleOp"> {
  let summary = "Staging as plain copies";
  let description = [{
    For CPUs without an engine that copies by itself: `exec.stage_start` becomes a
    loop of loads and stores, and there is nothing to wait for. So a program whose
    staging is planned runs anywhere, with the same results.

    ```mlir
    // lfm2-opt --exec-copy-stages --cse
    module attributes {exec.target = #exec.target<lanes = 8>} {
      func.func @stage(%near: !exec.ptr<near>, %weights: !exec.ptr<weights>, %to: index, %from: index) {
        exec.stage_start %near[%to] = %weights[%from] {bytes = 80 : i64}
        exec.stage_wait
        return
      }
    }
    ```

    becomes

    ```mlir
    module attributes {exec.target = #exec.target<...>} {
      func.func @stage(%near: !exec.ptr<near>, %weights: !exec.ptr<weights>, %to: index, %from: index) {
        %c0 = arith.constant 0 : index
        %c64 = arith.constant 64 : index
        %c32 = arith.constant 32 : index
        scf.for %i = %c0 to %c64 step %c32 {
          %0 = arith.addi %from, %i : index
          %1 = exec.load %weights[%0] {constant} : vector<32xi8> in weights
          %2 = arith.addi %to, %i : index
          exec.store %1, %near[%2] : vector<32xi8> in near
        }
        %3 = arith.addi %from, %c64 : index
        %4 = exec.load %weights[%3] {constant} : vector<16xi8> in weights
        %5 = arith.addi %to, %c64 : index
        exec.store %4, %near[%5] : vector<16xi8> in near
        return
      }
    }
    ```
  }];
  let dependentDialects = ["::lfm2c::exec::ExecDialect",
                           "::mlir::arith::ArithDialect",
                           "::mlir::scf::SCFDialect"];
}

def FloatsByLanePass : Pass<"exec-floats-by-lane", "::mlir::ModuleOp"> {
  let summary = "Float arithmetic lane by lane, where vectors hold no floats";
  let description = [{
    For targets whose fact `float_lanes` says so: 1 where vectors are of integers
    only, else the one length of vectors that hold floats. LLVM would take apart
    what they do not hold, lane after lane in a row, which is a lot of code and,
    with 32 lanes, more values than there are registers. Instead the ops of a
    block that belong together become one loop over the lanes, in memory of the
    function (`exec.local`); between such loops values are vectors of integers of
    the same bits.

    Division goes this way too, and all arithmetic in f64.

    ```mlir
    // lfm2-opt --exec-floats-by-lane --canonicalize
    module attributes {exec.target = #exec.target<lanes = 32, float_lanes = 1>} {
      func.func @scale(%p: !exec.ptr<scratch>, %at: index, %s: f32) {
        %x = exec.load %p[%at] : vector<32xf32> in scratch
        %v = vector.broadcast %s : f32 to vector<32xf32>
        %y = arith.mulf %x, %v : vector<32xf32>
        exec.store %y, %p[%at] : vector<32xf32> in scratch
        return
      }
    }
    ```

    becomes

    ```mlir
    module attributes {exec.target = #exec.target<...>} {
      func.func @scale(%p: !exec.ptr<scratch>, %at: index, %s: f32) {
        ...
        %lanes = exec.local 256
        %x = exec.load %p[%at] : vector<32xi32> in scratch
        exec.store %x, %lanes[%c0] {align = 128 : i64} : vector<32xi32> in local
        scf.for %lane = %c0 to %c32 step %c4 {
          %0 = arith.muli %lane, %c4 : index
          %1 = exec.load %lanes[%0] {align = 4 : i64} : f32 in local
          ...
          %2 = arith.mulf %1, %s : f32
          ...
          exec.store %2, %lanes[%3] {align = 4 : i64} : f32 in local
          ...
        }
        %y = exec.load %lanes[%c128] {align = 128 : i64} : vector<32xi32> in local
        exec.store %y, %p[%at] : vector<32xi32> in scratch
        return
      }
    }
    ```
  }];
  let dependentDialects = ["::lfm2c::exec::ExecDialect",
                           "::mlir::arith::ArithDialect",
                           "::mlir::scf::SCFDialect",
                           "::mlir::vector::VectorDialect"];
}

def ExecToLLVMPass : Pass<"exec-to-llvm", "::mlir::ModuleOp"> {
  let summary = "The program's memory, barrier and functions in the LLVM dialect";
  let description = [{
    Loads and stores become accesses at byte offsets, the step's fields those of
    `lfm2_step` in `lfm2rt/abi.h`, a barrier a call through it. Indexes and
    pointers are as wide as the fact `address_bits` says. What reads
    weights and the step's fields is marked invariant. Functions, calls and
    branches are converted too; arithmetic and vectors are left to upstream's
    passes. `exec.dot4` and
    `exec.tile_dot4` are the target's own and must be gone; `exec.weight` and
    `exec.buffer`, planned by now, are erased.

    Some back ends of LLVM gather loads of one base, whatever else they are told
    about order, and then have no registers for them: `ordered` loads must be
    volatile there. Others keep the order by themselves, and join neighbouring
    loads to one of a pair as long as none is volatile.

    ```mlir
    // lfm2-opt --exec-to-llvm
    func.func @first(%step: !exec.ptr<step>, %at: index) {
      %weights = exec.field %step "weights" : !exec.ptr<weights>
      %w = exec.load %weights[%at] {constant} : vector<8xf32> in weights
      %scratch = exec.field %step "scratch" : !exec.ptr<scratch>
      exec.store %w, %scratch[%at] : vector<8xf32> in scratch
      return
    }
    ```

    becomes

    ```mlir
    llvm.func @first(%step: !llvm.ptr, %at: i64) {
      %0 = llvm.getelementptr %step[0] : (!llvm.ptr) -> !llvm.ptr, i8
      %weights = llvm.load %0 invariant {alignment = 8 : i64} : !llvm.ptr -> !llvm.ptr
      %1 = llvm.getelementptr %weights[%at] : (!llvm.ptr, i64) -> !llvm.ptr, i8
      %w = llvm.load %1 invariant {alignment = 4 : i64} : !llvm.ptr -> vector<8xf32>
      %2 = llvm.getelementptr %step[16] : (!llvm.ptr) -> !llvm.ptr, i8
      %scratch = llvm.load %2 invariant {alignment = 8 : i64} : !llvm.ptr -> !llvm.ptr
      %3 = llvm.getelementptr %scratch[%at] : (!llvm.ptr, i64) -> !llvm.ptr, i8
      llvm.store %w, %3 {alignment = 4 : i64} : vector<8xf32>, !llvm.ptr
      llvm.return
    }
    ```
  }];
  let options = [Option<"volatileOrder", "volatile-order", "bool",
                        /*default=*/"true",
                        "Make ordered loads volatile">];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

def LanesToInvocationsPass : Pass<"exec-lanes-to-invocations", "mlir::ModuleOp"> {
  let summary = "Make the code of one invocation of that of a workgroup";
  let description = [{
    For targets whose threads are workgroups (the fact `slices`), on functions with
    the attribute `exec.kernel`. An invocation holds of a vector of `lanes` elements,
    or of a multiple, those of its lane, and of one with as many bytes as there are
    in a word of each lane that word; all other vectors, and those within
    `exec.by_invocation`, it holds whole. So vectors are left in loads and stores
    alone, of two or four elements, and in tables that an element is taken out of.
    Sums of slices and threads go through the workgroup's memory, as trees that are
    written out.

    ```mlir
    // lfm2-opt --exec-lanes-to-invocations --canonicalize --cse
    module attributes {exec.target = #exec.target<lanes = 8, slices = 32>} {
    func.func @double(%step: !exec.ptr<step>, %thread: i32, %at: index) attributes {exec.kernel = 256 : i64} {
      %scratch = exec.field %step "scratch" : !exec.ptr<scratch>
      %v = exec.load %scratch[%at] : vector<8xf32> in scratch
      %w = arith.addf %v, %v : vector<8xf32>
      exec.store %w, %scratch[%at] : vector<8xf32> in scratch
      return
    }
    }
    ```

    becomes

    ```mlir
    module attributes {exec.target = #exec.target<...>} {
    func.func @double(%step: !exec.ptr<step>, %thread: i32, %at: index) attributes {exec.kernel = 256 : i64} {
      %c4 = arith.constant 4 : index
      %c8 = arith.constant 8 : index
      %invocation = exec.invocation
      %lane = arith.remui %invocation, %c8 : index
      %scratch = exec.field %step "scratch" : !exec.ptr<scratch>
      %own = arith.muli %lane, %c4 : index
      %own_at = arith.addi %at, %own : index
      %v = exec.load %scratch[%own_at] : f32 in scratch
      %w = arith.addf %v, %v : f32
      exec.store %w, %scratch[%own_at] : f32 in scratch
      return
    }
    }
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::scf::SCFDialect",
                           "::mlir::vector::VectorDialect"];
}

#endif // LFM2C_PASSES_CONVERSION_PASSES_TD
