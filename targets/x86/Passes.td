#ifndef LFM2C_TARGETS_X86_PASSES_TD
#define LFM2C_TARGETS_X86_PASSES_TD

include "mlir/Pass/PassBase.td"

def X86LowerDot4Pass : Pass<"x86-lower-dot4", "::mlir::ModuleOp"> {
  let summary = "Lower exec.dot4 to the int8 instructions of an x86-64 CPU";
  let description = [{
    `form` says which there are. VNNI has the instruction. Before it there is
    pmaddubsw, which adds two products in 16 bits: as many of its results are added
    there as the bits of the weights leave room for, then one pmaddwd widens them.

    ```mlir
    // lfm2-opt --x86-lower-dot4=form=avx2
    func.func @two(%acc: vector<8xi32>, %w: vector<32xi8>, %x: vector<32xi8>) -> vector<8xi32> {
      %a = exec.dot4 %acc, %w, %x {bits = 6 : i64} : vector<8xi32>, vector<32xi8>
      %b = exec.dot4 %a, %w, %x {bits = 6 : i64} : vector<8xi32>, vector<32xi8>
      return %b : vector<8xi32>
    }
    ```

    becomes

    ```mlir
    func.func @two(%acc: vector<8xi32>, %w: vector<32xi8>, %x: vector<32xi8>) -> vector<8xi32> {
      %0 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%w, %x) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
      %1 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%w, %x) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
      %2 = arith.addi %0, %1 : vector<16xi16>
      %ones = arith.constant dense<1> : vector<16xi16>
      %3 = llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"(%2, %ones) : (vector<16xi16>, vector<16xi16>) -> vector<8xi32>
      %4 = arith.addi %acc, %3 : vector<8xi32>
      return %4 : vector<8xi32>
    }
    ```

    An error where the lanes are neither 4, 8 nor a multiple of 16, and for a form
    that there is not.
  }];
  let options = [
    Option<"form", "form", "std::string", /*default=*/"\"avx2\"",
           "What the CPU has for dot4: avx512vnni, avxvnni, avx2, ssse3 or sse2">
  ];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect",
                           "::mlir::arith::ArithDialect",
                           "::mlir::vector::VectorDialect"];
}

def X86LowerDot2Pass : Pass<"x86-lower-dot2", "::mlir::ModuleOp"> {
  let summary = "Lower exec.dot2 to vdpbf16ps, or to f32 arithmetic";
  let description = [{
    AVX512-BF16 has vdpbf16ps for 16, 8 and 4 lanes. Without it, and for fewer
    lanes, a bf16 becomes an f32 by 16 zero bits, and the product of two of them is
    exact in f32. Then roundings to bf16 become integer arithmetic as well.

    ```mlir
    // lfm2-opt --x86-lower-dot2=instruction=true
    func.func @pairs(%acc: vector<16xf32>, %w: vector<32xbf16>, %x: vector<32xbf16>) -> vector<16xf32> {
      %r = exec.dot2 %acc, %w, %x : vector<16xf32>, vector<32xbf16>
      return %r : vector<16xf32>
    }
    ```

    becomes

    ```mlir
    func.func @pairs(%acc: vector<16xf32>, %w: vector<32xbf16>, %x: vector<32xbf16>) -> vector<16xf32> {
      %0 = llvm.call_intrinsic "llvm.x86.avx512bf16.dpbf16ps.512"(%acc, %w, %x)
          : (vector<16xf32>, vector<32xbf16>, vector<32xbf16>) -> vector<16xf32>
      return %0 : vector<16xf32>
    }
    ```
  }];
  let options = [Option<"instruction", "instruction", "bool", /*default=*/"false",
                        "The CPU has AVX512-BF16 and VL">];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect",
                           "::mlir::arith::ArithDialect",
                           "::mlir::vector::VectorDialect"];
}

def X86LowerTileDot4Pass : Pass<"x86-lower-tile-dot4", "::mlir::ModuleOp"> {
  let summary = "Lower exec.tile_dot4 to AMX-INT8 where its sizes fit tile registers";
  let description = [{
    A tile register has up to 16 rows of 64 bytes: tokens of activations, vectors of
    weights, tokens of sums. Products come in twos, each with sums of its own: the
    second runs while the first is stored. What is larger than a register stays as
    it is, for `exec-expand-tile-dot4`.

    ```mlir
    // lfm2-opt --x86-lower-tile-dot4
    func.func @tile(%c: !exec.ptr<scratch>, %x: !exec.ptr<scratch>, %w: !exec.ptr<weights>, %i: index) {
      exec.tile_dot4 %c[%i] = %x[%i] * %w[%i]
          {count = 1 : i64, dots = 8 : i64, lanes = 16 : i64, tokens = 16 : i64, x_stride = 128 : i64} from weights
      return
    }
    ```

    becomes

    ```mlir
    func.func @tile(%c: !exec.ptr<scratch>, %x: !exec.ptr<scratch>, %w: !exec.ptr<weights>, %i: index) {
      %tokens = llvm.mlir.constant(16 : i16) : i16
      %sum_bytes = llvm.mlir.constant(64 : i16) : i16
      %x_bytes = llvm.mlir.constant(32 : i16) : i16
      %dots = llvm.mlir.constant(8 : i16) : i16
      %zero = llvm.call_intrinsic "llvm.x86.tilezero.internal"(%tokens, %sum_bytes) : (i16, i16) -> !llvm.x86_amx
      ...
      %xs = llvm.call_intrinsic "llvm.x86.tileloadd64.internal"(%tokens, %x_bytes, %x_at, %x_stride) ...
      %ws = llvm.call_intrinsic "llvm.x86.tileloadd64.internal"(%dots, %sum_bytes, %w_at, %w_stride) ...
      %sums = llvm.call_intrinsic "llvm.x86.tdpbssd.internal"(%tokens, %sum_bytes, %x_bytes, %zero, %xs, %ws) ...
      llvm.call_intrinsic "llvm.x86.tilestored64.internal"(%tokens, %sum_bytes, %c_at, %c_stride, %sums) ...
      return
    }
    ```
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect",
                           "::mlir::arith::ArithDialect"];
}

#endif // LFM2C_TARGETS_X86_PASSES_TD
