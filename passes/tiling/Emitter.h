// Writes the body of a step.
//
// A thin layer over OpBuilder with the words that the emission of phases is
// written in: byte-addressed loads and stores, lanes, loops, a thread's share.
// All offsets are in bytes; a "vector" has one rank.

#ifndef LFM2C_PASSES_TILING_EMITTER_H
#define LFM2C_PASSES_TILING_EMITTER_H

#include "dialects/exec/IR/Exec.h"
#include "dialects/exec/IR/TargetFacts.h"
#include "mlir/IR/Builders.h"

namespace lfm2c {

class Emitter {
public:
  using Body = llvm::function_ref<void(mlir::Value)>;
  using ReduceBody = llvm::function_ref<llvm::SmallVector<mlir::Value>(
      mlir::Value, mlir::ValueRange)>;

  mlir::OpBuilder &b;
  const mlir::Location loc;
  const exec::TargetFacts &facts;
  const mlir::Value step;   ///< !exec.ptr to the step's arguments.
  const mlir::Value thread; ///< i32

  Emitter(mlir::OpBuilder &b, mlir::Location loc,
          const exec::TargetFacts &facts, mlir::Value step, mlir::Value thread)
      : b(b), loc(loc), facts(facts), step(step), thread(thread) {}

  // Types.
  mlir::Type f32() { return b.getF32Type(); }
  mlir::Type i32() { return b.getI32Type(); }
  mlir::VectorType vec(int64_t n, mlir::Type element) {
    return mlir::VectorType::get({n}, element);
  }
  mlir::VectorType lanesF32() { return vec(facts.lanes, f32()); }

  // Index arithmetic, folded where the operands are constants.
  mlir::Value index(int64_t value);
  mlir::Value add(mlir::Value a, mlir::Value c);
  mlir::Value add(mlir::Value a, int64_t c) { return add(a, index(c)); }
  mlir::Value mul(mlir::Value a, mlir::Value c);
  mlir::Value mul(mlir::Value a, int64_t c) { return mul(a, index(c)); }
  mlir::Value sub(mlir::Value a, mlir::Value c);
  mlir::Value div(mlir::Value a, mlir::Value c);
  mlir::Value div(mlir::Value a, int64_t c) { return div(a, index(c)); }
  mlir::Value rem(mlir::Value a, int64_t c);
  mlir::Value min(mlir::Value a, mlir::Value c);
  mlir::Value max(mlir::Value a, mlir::Value c);
  /// `v` rounded down to a multiple of `c`.
  mlir::Value roundDown(mlir::Value v, int64_t c);
  mlir::Value less(mlir::Value a, mlir::Value c);
  mlir::Value equal(mlir::Value a, mlir::Value c);
  mlir::Value select(mlir::Value condition, mlir::Value a, mlir::Value c);
  mlir::Value toIndex(mlir::Value i);
  mlir::Value toI32(mlir::Value i);

  // Floats: scalars or vectors of f32 alike; a scalar `c` is splat to fit.
  mlir::Value constant(mlir::Type type, double value);
  mlir::Value constantInt(mlir::Type type, int64_t value);
  mlir::Value splat(mlir::Value scalar, int64_t n);
  mlir::Value fadd(mlir::Value a, mlir::Value c);
  mlir::Value fsub(mlir::Value a, mlir::Value c);
  mlir::Value fmul(mlir::Value a, mlir::Value c);
  mlir::Value fdiv(mlir::Value a, mlir::Value c);
  /// a * c + d, fused where the target can.
  mlir::Value fma(mlir::Value a, mlir::Value c, mlir::Value d);
  mlir::Value fmax(mlir::Value a, mlir::Value c);
  mlir::Value reduceAdd(mlir::Value vector);
  mlir::Value reduceMax(mlir::Value vector);
  mlir::Value toF32(mlir::Value f16OrInteger);
  /// The same for a vector of i32 of at most 2^22 in magnitude.
  mlir::Value smallToF32(mlir::Value v);
  /// The nearest bf16 of an f32, ties to even; where the fact bf16dot is.
  mlir::Value toBF16(mlir::Value f32);
  /// acc + the products of two bf16 in each lane; `x`, two bf16 in an i32, is
  /// splat to fit.
  mlir::Value dot2(mlir::Value acc, mlir::Value w, mlir::Value x);
  mlir::Value bitcast(mlir::Value v, mlir::Type type);
  /// Elements `first`, `first + 1`, ... of a vector.
  mlir::Value slice(mlir::Value vector, int64_t first, int64_t n);
  mlir::Value extract(mlir::Value vector, int64_t i);

  // Generated maths; see EmitMath.cpp for methods and errors.
  mlir::Value exp(mlir::Value x);
  /// 2^x of x that is not above 0.
  mlir::Value exp2Negative(mlir::Value x);
  mlir::Value silu(mlir::Value x);
  mlir::Value rsqrt(mlir::Value scalar);
  /// sin and cos of f32 angles, reduced in f64.
  std::pair<mlir::Value, mlir::Value> sinCos(mlir::Value angles);

  // Memory.
  mlir::Value field(llvm::StringRef name);   ///< An index of the step.
  mlir::Value pointer(llvm::StringRef name); ///< A base of the step.
  /// Whether the caller gave the memory at this base; i1.
  mlir::Value given(mlir::Value base);
  // `align` is what is known of an address, in bytes, beyond its elements'
  // size: for workgroups, whose invocations move a few elements at once.
  mlir::Value load(mlir::Type type, mlir::Value base, mlir::Value offset,
                   int64_t align = 1);
  /// Of packed weights, or of a copy of them in near memory.
  mlir::Value loadWeight(mlir::Type type, mlir::Value base, mlir::Value offset,
                         bool ordered = false);
  void store(mlir::Value v, mlir::Value base, mlir::Value offset,
             int64_t align = 1);

  // Control.
  void loop(mlir::Value lo, mlir::Value hi, int64_t step, Body body);
  void loop(mlir::Value lo, mlir::Value hi, mlir::Value step, Body body);
  llvm::SmallVector<mlir::Value> reduce(mlir::Value lo, mlir::Value hi,
                                        int64_t step, mlir::ValueRange init,
                                        ReduceBody body);
  void ifThen(mlir::Value condition, llvm::function_ref<void()> then);
  /// `body` in a tile_section, where the target's matrix products want one.
  void tileSection(llvm::function_ref<void()> body);
  /// Items `lo` to `hi` of `n` are this thread's, as the step's shares have it;
  /// of a workgroup, as equal parts as there are threads. `n`, where it is no
  /// constant, is at most `most`.
  std::pair<mlir::Value, mlir::Value> share(mlir::Value n, int64_t most);
  /// Waits for all threads; the cancelling flag is not looked at.
  void barrier();

  // A thread that is a workgroup, and what its invocations do; see
  // exec.invocation. Code that all of them run alike may have vectors of
  // `lanes` elements, or of multiples, but takes none of them apart.
  bool isWorkgroup() const { return facts.slices > 0; }
  mlir::Value invocation();
  mlir::Value slice();
  mlir::Value lane();
  /// A loop whose iterations do not depend on each other: an invocation takes
  /// some for itself. Else a loop. Nobody waits.
  void spread(mlir::Value lo, mlir::Value hi, int64_t step, Body body);
  /// The same where slices divide the iterations.
  void spreadSlices(mlir::Value lo, mlir::Value hi, Body body);
  /// Code that reads what it has written over: the first slice, or the first
  /// invocation, runs it alone. Else it is run as it stands. Nobody waits.
  void inOneSlice(llvm::function_ref<void()> body);
  void inOneInvocation(llvm::function_ref<void()> body);
  /// Waits until invocations see what all of them wrote. Else nothing.
  void join();
  /// reduce() of parts of sums: slices divide the iterations, and each slice
  /// gets what its own make. Else the whole sums.
  llvm::SmallVector<mlir::Value> reduceInSlices(mlir::Value lo, mlir::Value hi,
                                                int64_t step,
                                                mlir::ValueRange init,
                                                ReduceBody body);
  /// Of a workgroup: slice i gets the sum of part i over all slices. Else the
  /// only part is the sum.
  mlir::Value sumSlices(mlir::ValueRange parts);
  /// Of a workgroup: what `width` invocations whose numbers follow each other
  /// give together, f32 or i32.
  mlir::Value sumNeighbours(mlir::Value part, int64_t width);
  mlir::Value maxNeighbours(mlir::Value part, int64_t width);
  /// The sum of all elements; of a workgroup, over its slices, too.
  mlir::Value sumThread(mlir::Value part);
};

} // namespace lfm2c

#endif // LFM2C_PASSES_TILING_EMITTER_H
