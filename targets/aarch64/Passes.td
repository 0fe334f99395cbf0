#ifndef LFM2C_TARGETS_AARCH64_PASSES_TD
#define LFM2C_TARGETS_AARCH64_PASSES_TD

include "mlir/Pass/PassBase.td"

def AArch64LowerDot4Pass : Pass<"aarch64-lower-dot4", "::mlir::ModuleOp"> {
  let summary = "Lower exec.dot4 to the int8 instructions of an AArch64 CPU";
  let description = [{
    FEAT_DotProd has sdot, for signed weights, which those of 7 bits and less are
    as well. For 8 unsigned bits FEAT_I8MM has usdot; without it 128 is taken off
    the weights, and 128 times the activations added to the sums. NEON alone
    multiplies in 16 bits: as many products are added there as the bits of the
    weights leave room for, before pairs are widened.

    ```mlir
    // lfm2-opt --aarch64-lower-dot4=form=dotprod
    func.func @one(%acc: vector<4xi32>, %w: vector<16xi8>, %x: vector<16xi8>) -> vector<4xi32> {
      %a = exec.dot4 %acc, %w, %x {bits = 4 : i64} : vector<4xi32>, vector<16xi8>
      return %a : vector<4xi32>
    }
    ```

    becomes

    ```mlir
    func.func @one(%acc: vector<4xi32>, %w: vector<16xi8>, %x: vector<16xi8>) -> vector<4xi32> {
      %0 = llvm.call_intrinsic "llvm.aarch64.neon.sdot.v4i32.v16i8"(%acc, %w, %x)
          : (vector<4xi32>, vector<16xi8>, vector<16xi8>) -> vector<4xi32>
      return %0 : vector<4xi32>
    }
    ```

    An error where the lanes are no whole vectors, and for a form that there is not.
  }];
  let options = [
    Option<"form", "form", "std::string", /*default=*/"\"dotprod\"",
           "What the CPU has for dot4: sve, i8mm, dotprod or neon">,
    Option<"vectorBytes", "vector-bytes", "int64_t", /*default=*/"16",
           "Length of SVE's vectors">
  ];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect",
                           "::mlir::arith::ArithDialect",
                           "::mlir::vector::VectorDialect"];
}

def AArch64LowerDot2Pass : Pass<"aarch64-lower-dot2", "::mlir::ModuleOp"> {
  let summary = "Lower exec.dot2 to bfdot, or to f32 arithmetic";
  let description = [{
    FEAT_BF16 has bfdot for 4 lanes. Without it, and for fewer lanes, a bf16 becomes
    an f32 by 16 zero bits, and the product of two of them is exact in f32. Then
    roundings to bf16 become integer arithmetic as well.

    ```mlir
    // lfm2-opt --aarch64-lower-dot2=instruction=true
    func.func @pairs(%acc: vector<4xf32>, %w: vector<8xbf16>, %x: vector<8xbf16>) -> vector<4xf32> {
      %r = exec.dot2 %acc, %w, %x : vector<4xf32>, vector<8xbf16>
      return %r : vector<4xf32>
    }
    ```

    becomes

    ```mlir
    func.func @pairs(%acc: vector<4xf32>, %w: vector<8xbf16>, %x: vector<8xbf16>) -> vector<4xf32> {
      %0 = llvm.call_intrinsic "llvm.aarch64.neon.bfdot.v4f32.v8bf16"(%acc, %w, %x)
          : (vector<4xf32>, vector<8xbf16>, vector<8xbf16>) -> vector<4xf32>
      return %0 : vector<4xf32>
    }
    ```
  }];
  let options = [Option<"instruction", "instruction", "bool", /*default=*/"false",
                        "The CPU has FEAT_BF16">];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect",
                           "::mlir::arith::ArithDialect",
                           "::mlir::vector::VectorDialect"];
}

def AArch64LowerTileDot4Pass : Pass<"aarch64-lower-tile-dot4", "::mlir::ModuleOp"> {
  let summary = "Make streaming functions of sections with exec.tile_dot4, in SME "
                "with vectors of 512 bits";
  let description = [{
    smopa adds the products of 16 tokens with 16 rows, four columns of each, to
    16 x 16 sums in a tile of the array ZA. Two tiles hold the sums of two products;
    a third turns the tokens' bytes, which lie by token, into vectors of the same
    four columns of all tokens. That takes the streaming mode, which costs tens of
    cycles to enter: an `exec.tile_section` becomes a function that is in it from
    start to end, and rows of sums are read straight from ZA.

    ```mlir
    // lfm2-opt --aarch64-lower-tile-dot4
    func.func @step(%c: !exec.ptr<scratch>, %x: !exec.ptr<scratch>, %w: !exec.ptr<weights>, %y: !exec.ptr<scratch>, %i: index) {
      exec.tile_section {
        exec.tile_dot4 %c[%i] = %x[%i] * %w[%i]
            {count = 1 : i64, dots = 8 : i64, lanes = 16 : i64, tokens = 16 : i64, x_stride = 128 : i64} from weights
        %a = exec.load %c[%i] : vector<16xi32> in scratch
        exec.store %a, %y[%i] : vector<16xi32> in scratch
      }
      return
    }
    ```

    becomes

    ```mlir
    func.func private @tiles_0_step(%x: !exec.ptr<scratch>, %i: index, %w: !exec.ptr<weights>, %y: !exec.ptr<scratch>)
        attributes {arm_locally_streaming, arm_new_za} {
      ...
      llvm.call_intrinsic "llvm.aarch64.sme.ld1w.horiz"(%some, %x_at, %turning, %token) ...
      llvm.call_intrinsic "llvm.aarch64.sme.zero"(%tiles) : (i32) -> ()
      ...
      llvm.call_intrinsic "llvm.aarch64.sme.smopa.wide.nxv16i8"(%tile, %all, %all, %columns, %weights) ...
      %sums = llvm.call_intrinsic "llvm.aarch64.sme.read.horiz.nxv4i32"(%none, %words, %tile_0, %row) ...
      %a = vector.scalable.extract %sums[0] : vector<16xi32> from vector<[4]xi32>
      exec.store %a, %y[%i] : vector<16xi32> in scratch
      return
    }
    func.func @step(%c: !exec.ptr<scratch>, %x: !exec.ptr<scratch>, %w: !exec.ptr<weights>, %y: !exec.ptr<scratch>, %i: index) {
      call @tiles_0_step(%x, %i, %w, %y) : (!exec.ptr<scratch>, index, !exec.ptr<weights>, !exec.ptr<scratch>) -> ()
      return
    }
    ```

    A section with a product of other sizes, or whose rows are read in an order that
    two tiles cannot follow, becomes part of the code around it, and its products are
    left to `exec-expand-tile-dot4`.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect",
                           "::mlir::arith::ArithDialect",
                           "::mlir::func::FuncDialect",
                           "::mlir::vector::VectorDialect"];
}

#endif // LFM2C_TARGETS_AARCH64_PASSES_TD
