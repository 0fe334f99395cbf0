// What Hexagon has no instruction for, against the host's own arithmetic:
// halves exhaustively, the rest at all kinds of exponents and at what rounding
// turns on.
#include "runtime/cpu/hexagon/SoftFloat.h"
#include "runtime/cpu/hexagon/Divide.h"
#include "runtime/cpu/hexagon/Exp.h"

#include "gtest/gtest.h"

#include <cmath>
#include <cstring>
#include <random>
#include <vector>

using namespace lfm2rt::soft;

namespace {

template <typename To, typename From> To cast(From from) {
  static_assert(sizeof(To) == sizeof(From), "the same bits");
  To to;
  std::memcpy(&to, &from, sizeof(to));
  return to;
}
double number(uint64_t bits) { return cast<double>(bits); }
float number(uint32_t bits) { return cast<float>(bits); }

template <typename F> bool same(typename F::Bits a, typename F::Bits b) {
  return isNaN<F>(a) ? isNaN<F>(b) : a == b;
}

// Of each exponent some fractions of few bits, which make ties, and random
// ones; zeros, infinities and what is no number among them.
template <typename F> std::vector<typename F::Bits> samples(int perExponent) {
  using Bits = typename F::Bits;
  std::vector<Bits> all;
  std::mt19937_64 random(1);
  constexpr Bits mask = Bits((Bits(1) << F::fraction) - 1);
  for (int exponent = 0; exponent <= F::largest; ++exponent)
    for (int i = 0; i < perExponent; ++i) {
      Bits fraction = Bits(random()) & mask;
      if (i % 4 == 0)
        fraction = i % 8 ? mask : 0;
      else if (i % 4 == 1)
        fraction = Bits(Bits(1) << random() % F::fraction);
      else if (i % 4 == 2)
        fraction = Bits(fraction << random() % F::fraction) & mask;
      Bits sign = random() & 1 ? F::sign : Bits(0);
      all.push_back(Bits(sign | Bits(exponent) << F::fraction | fraction));
    }
  return all;
}

TEST(SoftFloat, EveryHalf) {
  for (uint32_t bits = 0; bits < 65536; ++bits) {
    float expected = float(cast<_Float16>(uint16_t(bits)));
    uint32_t found = convert<Single, Half>(uint16_t(bits));
    ASSERT_TRUE(same<Single>(found, cast<uint32_t>(expected))) << bits;
    // And back, also from both sides of the point between it and the next.
    if (isNaN<Half>(uint16_t(bits)) ||
        magnitude<Half>(uint16_t(bits)) >= Half::infinity)
      continue;
    ASSERT_EQ((convert<Half, Single>(found)), uint16_t(bits));
    float next = float(cast<_Float16>(uint16_t(bits + 1)));
    double middle = magnitude<Half>(uint16_t(bits)) + 1 == Half::infinity
                        ? std::copysign(65520.0, expected)
                        : (double(expected) + next) / 2;
    for (float towards : {-1e9f, 0.0f, 1e9f}) {
      float single =
          towards == 0 ? float(middle) : std::nextafter(float(middle), towards);
      ASSERT_TRUE(same<Half>(convert<Half, Single>(cast<uint32_t>(single)),
                             cast<uint16_t>(_Float16(single))))
          << single;
      double wide = towards == 0 ? middle : std::nextafter(middle, towards);
      ASSERT_TRUE(same<Half>(convert<Half, Double>(cast<uint64_t>(wide)),
                             cast<uint16_t>(_Float16(wide))))
          << wide;
    }
  }
}

TEST(SoftFloat, Narrowing) {
  for (uint32_t bits : samples<Single>(400))
    ASSERT_TRUE(same<Half>(convert<Half, Single>(bits),
                           cast<uint16_t>(_Float16(number(bits)))))
        << number(bits);
  for (uint64_t bits : samples<Double>(40))
    ASSERT_TRUE(same<Single>(convert<Single, Double>(bits),
                             cast<uint32_t>(float(number(bits)))))
        << number(bits);
}

// Exponents far apart as well as near each other, so that sums of them end in
// every range: overflow, numbers below the normal ones, nothing.
TEST(SoftFloat, ProductsAndQuotients) {
  const std::vector<uint64_t> all = samples<Double>(16);
  std::mt19937_64 random(2);
  for (int i = 0; i < 1000000; ++i) {
    uint64_t a = all[random() % all.size()], b = all[random() % all.size()];
    if (i % 4 == 0) { // Of products around the smallest numbers.
      uint64_t field = magnitude<Double>(a) >> 52;
      uint64_t other = 1023 + random() % 120 - 60;
      if (field < other) // It is to be 2^-1022 or so together with the other's.
        b = (other - field) << 52 | (b & ((uint64_t(1) << 52) - 1));
    }
    ASSERT_TRUE(
        same<Double>(multiply(a, b), cast<uint64_t>(number(a) * number(b))))
        << number(a) << " * " << number(b);
    ASSERT_TRUE(
        same<Double>(divide(a, b), cast<uint64_t>(number(a) / number(b))))
        << number(a) << " / " << number(b);
  }
}

TEST(SoftFloat, SquareRoots) {
  for (uint32_t bits : samples<Single>(4000))
    ASSERT_TRUE(same<Single>(squareRoot<Single>(bits),
                             cast<uint32_t>(std::sqrt(number(bits)))))
        << number(bits);
  for (uint64_t bits : samples<Double>(400))
    ASSERT_TRUE(same<Double>(squareRoot<Double>(bits),
                             cast<uint64_t>(std::sqrt(number(bits)))))
        << number(bits);
  // Squares and what stands beside them.
  for (uint32_t i = 1; i < 200000; i += 7)
    for (int beside = -1; beside <= 1; ++beside) {
      uint64_t bits = cast<uint64_t>(double(i) * i) + uint64_t(int64_t(beside));
      ASSERT_EQ(squareRoot<Double>(bits),
                cast<uint64_t>(std::sqrt(number(bits))));
      uint32_t single = cast<uint32_t>(float(i) * float(i)) + uint32_t(beside);
      ASSERT_EQ(squareRoot<Single>(single),
                cast<uint32_t>(std::sqrt(number(single))));
    }
}

template <typename F, typename T> void checkRounding(typename F::Bits bits) {
  const T x = number(bits);
  const auto is = [&](Rounding way, T expected) {
    return same<F>(roundToWhole<F>(bits, way),
                   cast<typename F::Bits>(expected));
  };
  ASSERT_TRUE(is(Rounding::Down, std::floor(x))) << x;
  ASSERT_TRUE(is(Rounding::Up, std::ceil(x))) << x;
  ASSERT_TRUE(is(Rounding::ToZero, std::trunc(x))) << x;
  ASSERT_TRUE(is(Rounding::ToEven, std::nearbyint(x))) << x;
  ASSERT_TRUE(is(Rounding::FromZero, std::round(x))) << x;
}

TEST(SoftFloat, WholeNumbers) {
  for (uint32_t bits : samples<Single>(400))
    checkRounding<Single, float>(bits);
  for (uint64_t bits : samples<Double>(40))
    checkRounding<Double, double>(bits);
  for (int quarter = -80; quarter <= 80; ++quarter) {
    checkRounding<Single, float>(cast<uint32_t>(float(quarter) / 4));
    checkRounding<Double, double>(cast<uint64_t>(double(quarter) / 4));
  }
}

// In units of the last place of what is expected.
double error(float found, double expected) {
  if (std::isinf(float(expected)) || float(expected) == 0)
    return found == float(expected)
               ? 0
               : std::abs(double(found) - expected) / 1.5e-45;
  int exponent = std::max(std::ilogb(expected), -126);
  return std::abs(found - expected) / std::ldexp(1.0, exponent - 23);
}

TEST(SoftFloat, Exponentials) {
  double worst = 0, worstOfTwo = 0;
  for (int i = -160000; i <= 160000; ++i) {
    float x = float(i) / 997;
    worst = std::max(worst, error(exponentialOf(x), std::exp(double(x))));
    worstOfTwo =
        std::max(worstOfTwo, error(powerOfTwoOf(x), std::exp2(double(x))));
  }
  EXPECT_LT(worst, 1.0);
  EXPECT_LT(worstOfTwo, 1.0);
  EXPECT_EQ(exponentialOf(0), 1);
  EXPECT_EQ(powerOfTwoOf(-149), std::ldexp(1.0f, -149));
  EXPECT_EQ(exponentialOf(-INFINITY), 0);
  EXPECT_EQ(exponentialOf(INFINITY), INFINITY);
  EXPECT_TRUE(std::isnan(exponentialOf(NAN)) && std::isnan(powerOfTwoOf(NAN)));
}

template <typename Word, typename Signed>
void checkDivision(Word n, Word divisor) {
  ASSERT_EQ(divideWhole(n, divisor).quotient, n / divisor)
      << n << " / " << divisor;
  ASSERT_EQ(divideWhole(n, divisor).rest, n % divisor) << n << " % " << divisor;
  if (Signed(divisor) == -1)
    return; // The smallest of all has no negative.
  auto found = divideSigned<Word>(Signed(n), Signed(divisor));
  ASSERT_EQ(found.quotient, Signed(n) / Signed(divisor));
  ASSERT_EQ(found.rest, Signed(n) % Signed(divisor));
}

TEST(SoftFloat, DivisionOfWholeNumbers) {
  std::mt19937_64 random(3);
  for (int i = 0; i < 1000000; ++i) {
    uint64_t n = random() >> random() % 64, divisor = random() >> random() % 64;
    checkDivision<uint64_t, int64_t>(n, divisor ? divisor : 1);
    checkDivision<uint32_t, int32_t>(uint32_t(n),
                                     uint32_t(divisor) ? uint32_t(divisor) : 1);
  }
  for (uint64_t n : {uint64_t(0), uint64_t(1), ~uint64_t(0), uint64_t(1) << 63})
    for (uint64_t divisor :
         {uint64_t(1), uint64_t(2), ~uint64_t(0), uint64_t(1) << 63})
      checkDivision<uint64_t, int64_t>(n, divisor);
}

} // namespace
