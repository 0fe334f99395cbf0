// Exp, sin and cos without a maths library.
//
// Polynomials by minimax or Taylor on a reduced range. Errors were measured
// over all floats of the range named with each function.

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "passes/tiling/Emitter.h"

using namespace mlir;
using namespace lfm2c;

/// Adding this to a float of less than 2^22 leaves the nearest integer in the
/// low bits of the sum.
static constexpr double roundF32 = 12582912.0;         // 1.5 * 2^23
static constexpr double roundF64 = 6755399441055744.0; // 1.5 * 2^52

/// p * 2^k, where `shifted` is k + roundF32: k is added to the exponent of p.
static Value timesPowerOfTwo(Emitter &e, Value p, Value shifted) {
  Type type = p.getType();
  Type ints = e.i32();
  if (auto vector = dyn_cast<VectorType>(type))
    ints = e.vec(vector.getNumElements(), ints);
  Value k = arith::ShLIOp::create(e.b, e.loc, e.bitcast(shifted, ints),
                                  e.constantInt(ints, 23));
  return e.bitcast(arith::AddIOp::create(e.b, e.loc, e.bitcast(p, ints), k),
                   type);
}

// exp(x) = 2^k exp(r), k = round(x log2 e), |r| <= ln2 / 2, and a polynomial of
// degree 7. Below -87 it gives exp(-87), 1.6e-38, which is as good as 0 here.
Value Emitter::exp(Value x) {
  Type type = x.getType();
  auto c = [&](double value) { return constant(type, value); };
  x = fmax(x, c(-87.0));
  Value over =
      arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGT, x, c(88.0));
  x = select(over, c(88.0), x);
  Value shifted = fma(x, c(1.4426950408889634), c(roundF32));
  Value k = fsub(shifted, c(roundF32));
  Value r = fma(k, c(-0.693359375), x);
  r = fma(k, c(2.12194440e-4), r);
  Value p = c(1.0 / 5040);
  for (double coefficient :
       {1.0 / 720, 1.0 / 120, 1.0 / 24, 1.0 / 6, 0.5, 1.0, 1.0})
    p = fma(p, r, c(coefficient));
  return timesPowerOfTwo(*this, p, shifted);
}

// 2^x = 2^k 2^r, k = round(x), which is exact, and the powers of r ln2 up to
// the sixth, off by 1.2e-7 at most, where |r| is 1/2. Below -125 it gives
// 2^-125.
Value Emitter::exp2Negative(Value x) {
  Type type = x.getType();
  auto c = [&](double value) { return constant(type, value); };
  x = fmax(x, c(-125.0));
  Value shifted = fadd(x, c(roundF32));
  Value r = fsub(x, fsub(shifted, c(roundF32)));
  const double ln2 = 0.69314718055994530942;
  double factor = ln2 * ln2 * ln2 * ln2 * ln2 * ln2 / 720;
  Value p = c(factor);
  for (int64_t n = 6; n > 0; --n)
    p = fma(p, r, c(factor *= n / ln2));
  return timesPowerOfTwo(*this, p, shifted);
}

Value Emitter::silu(Value x) {
  Value one = constant(x.getType(), 1.0);
  Value e = exp(fsub(constant(x.getType(), 0.0), x));
  return fdiv(x, fadd(one, e));
}

Value Emitter::rsqrt(Value scalar) {
  return fdiv(constant(f32(), 1.0), math::SqrtOp::create(b, loc, scalar));
}

// Angles reach the length of a context (10^5 and more), so the reduction by
// pi/2 is done in f64; what is left is below pi/4, and Taylor polynomials of
// degree 13 and 14 are exact to 1e-12 there.
std::pair<Value, Value> Emitter::sinCos(Value angles) {
  int64_t n = cast<VectorType>(angles.getType()).getNumElements();
  VectorType f64 = vec(n, b.getF64Type()), i64 = vec(n, b.getI64Type());
  auto c = [&](double value) { return constant(f64, value); };
  auto mulAdd = [&](Value a, Value x, Value d) { return fadd(fmul(a, x), d); };
  Value a = arith::ExtFOp::create(b, loc, f64, angles);
  Value shifted = mulAdd(a, c(0.63661977236758134308), c(roundF64));
  Value k = fsub(shifted, c(roundF64));
  Value r = mulAdd(k, c(-1.57079632679489655800), a);
  r = mulAdd(k, c(-6.12323399573676603587e-17), r);
  Value r2 = fmul(r, r);
  Value s = c(1.0 / 6227020800.0);
  for (double coefficient :
       {-1.0 / 39916800, 1.0 / 362880, -1.0 / 5040, 1.0 / 120, -1.0 / 6, 1.0})
    s = mulAdd(s, r2, c(coefficient));
  s = fmul(s, r);
  Value q = c(-1.0 / 87178291200.0);
  for (double coefficient : {1.0 / 479001600, -1.0 / 3628800, 1.0 / 40320,
                             -1.0 / 720, 1.0 / 24, -0.5, 1.0})
    q = mulAdd(q, r2, c(coefficient));

  // Quadrant k mod 4: sin is s, c, -s, -c and cos is c, -s, -c, s.
  Value quadrant = bitcast(shifted, i64);
  auto bit = [&](Value v, int64_t mask) {
    Value masked = arith::AndIOp::create(b, loc, v, constantInt(i64, mask));
    return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, masked,
                                 constantInt(i64, 0));
  };
  auto negateIf = [&](Value condition, Value v) {
    return select(condition, arith::NegFOp::create(b, loc, v), v);
  };
  Value odd = bit(quadrant, 1);
  Value sine = select(odd, q, s);
  Value cosine = select(odd, s, q);
  sine = negateIf(bit(quadrant, 2), sine);
  Value next = arith::AddIOp::create(b, loc, quadrant, constantInt(i64, 1));
  cosine = negateIf(bit(next, 2), cosine);
  auto narrow = [&](Value v) {
    return Value(arith::TruncFOp::create(b, loc, vec(n, f32()), v));
  };
  return {narrow(sine), narrow(cosine)};
}
