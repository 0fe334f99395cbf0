// The executor on modules given as text, with weights given as functions.

#include "lib/Reference/Executor.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"
#include <cmath>

using namespace lfm2c;
using Floats = std::vector<float>;

namespace {

/// Values that depend on the name, so that no two weights are alike.
llvm::Error readSome(lfm2::WeightOp weight, int64_t row,
                     llvm::MutableArrayRef<float> out) {
  double phase = 0;
  for (char letter : weight.getSymName())
    phase = 3 * phase + letter;
  for (size_t i = 0; i < out.size(); ++i)
    out[i] = std::sin(phase + 1.7 * row + 0.37 * i);
  return llvm::Error::success();
}

class Executor : public testing::Test {
protected:
  Executor() : context(mlir::MLIRContext::Threading::DISABLED) {
    context.loadDialect<lfm2::LFM2Dialect, mlir::func::FuncDialect,
                        mlir::arith::ArithDialect>();
  }

  std::unique_ptr<ReferenceExecutor> make(llvm::StringRef text,
                                          WeightReader reader = readSome,
                                          ReferenceOptions options = {}) {
    module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
    EXPECT_TRUE(module);
    auto executor = ReferenceExecutor::create(*module, reader, options);
    EXPECT_TRUE(bool(executor)) << toString(executor.takeError());
    return std::move(*executor);
  }

  std::string refusal(llvm::StringRef text) {
    module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
    EXPECT_TRUE(module);
    auto executor = ReferenceExecutor::create(*module, readSome);
    return executor ? "" : toString(executor.takeError());
  }

  static Floats run(ReferenceExecutor &executor, llvm::ArrayRef<int32_t> ids) {
    auto results = executor.run(ids);
    EXPECT_TRUE(bool(results)) << toString(results.takeError());
    return std::move(results->logits);
  }

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

// A convolution, an attention, a dense and an expert feed-forward.
constexpr llvm::StringLiteral everyOp = R"(
lfm2.weight @embd : tensor<11x8xf32>
lfm2.weight @norm : tensor<8xf32>
lfm2.weight @in : tensor<24x8xf32>
lfm2.weight @filter : tensor<8x4xf32>
lfm2.weight @k : tensor<4x8xf32>
lfm2.weight @v : tensor<4x8xf32>
lfm2.weight @head_norm : tensor<4xf32>
lfm2.weight @up : tensor<8x8xf32>
lfm2.weight @router : tensor<5x8xf32>
lfm2.weight @bias : tensor<5xf32>
lfm2.weight @gates : tensor<5x6x8xf32>
lfm2.weight @ups : tensor<5x6x8xf32>
lfm2.weight @downs : tensor<5x8x6xf32>
func.func @forward(%ids: tensor<?xi32> {lfm2.role = #lfm2.role<tokens>},
                   %p: index {lfm2.role = #lfm2.role<position>},
                   %s: tensor<3x8xf32> {lfm2.role = #lfm2.role<conv_state>},
                   %kc: tensor<?x1x4xf16> {lfm2.role = #lfm2.role<keys>},
                   %vc: tensor<?x1x4xf16> {lfm2.role = #lfm2.role<values>})
    -> (tensor<?x11xf32> {lfm2.role = #lfm2.role<logits>},
        tensor<3x8xf32> {lfm2.role = #lfm2.role<conv_state>},
        tensor<?x1x4xf16> {lfm2.role = #lfm2.role<keys>},
        tensor<?x1x4xf16> {lfm2.role = #lfm2.role<values>}) {
  %x = lfm2.embed %ids, @embd : tensor<?xi32> -> tensor<?x8xf32>
  %u = lfm2.rms_norm %x, @norm eps(1.0e-5) : tensor<?x8xf32>
  %g = lfm2.linear %u, @in : tensor<?x8xf32> -> tensor<?x24xf32>
  %c, %s1 = lfm2.short_conv %g, @filter state(%s)
      : tensor<?x24xf32>, tensor<3x8xf32> -> tensor<?x8xf32>
  %x1 = arith.addf %x, %c : tensor<?x8xf32>
  %k = lfm2.linear %x1, @k : tensor<?x8xf32> -> tensor<?x4xf32>
  %v = lfm2.linear %x1, @v : tensor<?x8xf32> -> tensor<?x4xf32>
  %qr = lfm2.head_norm_rope %x1, @head_norm position(%p) heads(2 of 4)
      eps(1.0e-5) theta(1.0e4) : tensor<?x8xf32>
  %kr = lfm2.head_norm_rope %k, @head_norm position(%p) heads(1 of 4)
      eps(1.0e-5) theta(1.0e4) : tensor<?x4xf32>
  %a, %k1, %v1 = lfm2.attention %qr, %kr, %v cache(%kc, %vc) position(%p)
      heads(2 of 4) kv_heads(1) causal
      : tensor<?x8xf32>, tensor<?x4xf32>, tensor<?x1x4xf16>
  %up = lfm2.linear %a, @up : tensor<?x8xf32> -> tensor<?x8xf32>
  %f = lfm2.swiglu %a, %up : tensor<?x8xf32>
  %w, %e = lfm2.route %f, @router bias(@bias) use(2) normalize scale(1.0)
      : tensor<?x8xf32> -> tensor<?x2xf32>, tensor<?x2xi32>
  %m = lfm2.experts %f, %w, %e gate(@gates) up(@ups) down(@downs)
      : tensor<?x8xf32>, tensor<?x2xf32>, tensor<?x2xi32>
  %x2 = arith.addf %x1, %m : tensor<?x8xf32>
  %y = lfm2.head %x2, @embd : tensor<?x8xf32> -> tensor<?x11xf32>
  return %y, %s1, %k1, %v1
      : tensor<?x11xf32>, tensor<3x8xf32>, tensor<?x1x4xf16>, tensor<?x1x4xf16>
}
)";

TEST_F(Executor, PiecesGiveTheSameBits) {
  auto executor = make(everyOp);
  const std::vector<int32_t> ids = {3, 1, 4, 1, 5, 9, 2, 6, 5};
  const Floats whole = run(*executor, ids);
  ASSERT_EQ(whole.size(), ids.size() * 11);
  EXPECT_EQ(executor->getPosition(), 9);
  EXPECT_EQ(executor->getColumns(lfm2::Role::logits), 11);
  for (size_t piece : {1, 2, 4}) {
    executor->reset();
    Floats pieces;
    for (size_t at = 0; at < ids.size(); at += piece) {
      Floats part = run(
          *executor, llvm::ArrayRef<int32_t>(ids).slice(at).take_front(piece));
      pieces.insert(pieces.end(), part.begin(), part.end());
    }
    EXPECT_EQ(pieces, whole) << "in pieces of " << piece;
  }
}

TEST_F(Executor, WhatCameBeforeMatters) {
  auto executor = make(everyOp);
  Floats first = run(*executor, {7, 7});
  EXPECT_NE(Floats(first.begin(), first.begin() + 11),
            Floats(first.begin() + 11, first.end()));
}

// Attention to a single position gives back the value that was cached there.
TEST_F(Executor, CacheIsRoundedIfAsked) {
  constexpr llvm::StringLiteral text = R"(
    lfm2.weight @w : tensor<3x4xf32>
    func.func @forward(%ids: tensor<?xi32> {lfm2.role = #lfm2.role<tokens>},
                   %p: index {lfm2.role = #lfm2.role<position>},
                   %kc: tensor<?x1x4xf16> {lfm2.role = #lfm2.role<keys>},
                   %vc: tensor<?x1x4xf16> {lfm2.role = #lfm2.role<values>})
    -> (tensor<?x4xf32> {lfm2.role = #lfm2.role<logits>},
        tensor<?x1x4xf16> {lfm2.role = #lfm2.role<keys>},
        tensor<?x1x4xf16> {lfm2.role = #lfm2.role<values>}) {
      %x = lfm2.embed %ids, @w : tensor<?xi32> -> tensor<?x4xf32>
      %y, %k1, %v1 = lfm2.attention %x, %x, %x cache(%kc, %vc) position(%p)
          heads(1 of 4) kv_heads(1) causal
          : tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x1x4xf16>
      return %y, %k1, %v1
          : tensor<?x4xf32>, tensor<?x1x4xf16>, tensor<?x1x4xf16>
    })";
  Floats exact = run(*make(text), {2});
  ReferenceOptions options;
  options.roundCache = true;
  Floats rounded = run(*make(text, readSome, options), {2});
  for (size_t i = 0; i < exact.size(); ++i) {
    EXPECT_NE(exact[i], rounded[i]);
    EXPECT_EQ(rounded[i], halfToFloat(floatToHalf(exact[i])));
  }
}

TEST_F(Executor, RouteSelectsWithTheBiasAndWeighsWithoutIt) {
  // Scores of the four experts: sigmoid of 0, 1, 2, 3. The bias lifts expert 0.
  auto read = [](lfm2::WeightOp weight, int64_t row,
                 llvm::MutableArrayRef<float> out) -> llvm::Error {
    llvm::StringRef name = weight.getSymName();
    for (size_t i = 0; i < out.size(); ++i)
      out[i] = name == "bias" ? (i == 0 ? 1 : 0) : name == "router" ? row : 1;
    return llvm::Error::success();
  };
  auto executor = make(R"(
    lfm2.weight @one : tensor<1x1xf32>
    lfm2.weight @router : tensor<4x1xf32>
    lfm2.weight @bias : tensor<4xf32>
    func.func @forward(%ids: tensor<?xi32> {lfm2.role = #lfm2.role<tokens>},
                   %p: index {lfm2.role = #lfm2.role<position>})
    -> (tensor<?x2xf32> {lfm2.role = #lfm2.role<logits>}) {
      %u = lfm2.embed %ids, @one : tensor<?xi32> -> tensor<?x1xf32>
      %w, %e = lfm2.route %u, @router bias(@bias) use(2) normalize scale(2.0)
          : tensor<?x1xf32> -> tensor<?x2xf32>, tensor<?x2xi32>
      return %w : tensor<?x2xf32>
    })",
                       read);
  const double first = 0.5, second = 1 / (1 + std::exp(-3.0));
  const double sum = first + second + 1e-6;
  Floats weights = run(*executor, {0});
  EXPECT_FLOAT_EQ(weights[0], 2 * first / sum);
  EXPECT_FLOAT_EQ(weights[1], 2 * second / sum);
}

TEST_F(Executor, RefusesIdsOutsideTheVocabulary) {
  auto executor = make(everyOp);
  for (int32_t id : {-1, 11}) {
    auto logits = executor->run({id});
    ASSERT_FALSE(bool(logits));
    EXPECT_EQ(toString(logits.takeError()),
              "expects token ids from 0 to 10, but got " + std::to_string(id));
    executor->reset();
  }
}

TEST_F(Executor, RefusesToRunNothing) {
  auto logits = make(everyOp)->run({});
  ASSERT_FALSE(bool(logits));
  EXPECT_EQ(toString(logits.takeError()),
            "expects at least one token to run, but got none");
}

TEST_F(Executor, RefusesModulesWithoutForward) {
  EXPECT_EQ(refusal("func.func private @forward()"),
            "expects the module to define the function @forward, but it does "
            "not; import it from a checkpoint");
}

TEST_F(Executor, RefusesOtherFunctions) {
  EXPECT_EQ(refusal("func.func @forward(%ids: tensor<?xi32>) { return }"),
            "@forward has no argument with the role 'tokens', which a model "
            "has; write 'lfm2.role = #lfm2.role<...>' on each argument and "
            "result, as a front end does");
}

// A model that is not causal, with all that one can give.
constexpr llvm::StringLiteral encoder = R"(
lfm2.weight @embd : tensor<11x8xf32>
lfm2.weight @norm : tensor<8xf32>
lfm2.weight @in : tensor<24x8xf32>
lfm2.weight @filter : tensor<8x3xf32>
lfm2.weight @dense : tensor<3x8xf32>
func.func @forward(%ids: tensor<?xi32> {lfm2.role = #lfm2.role<tokens>},
                   %rows: tensor<?x8xf32> {lfm2.role = #lfm2.role<embeddings>})
    -> (tensor<?x8xf32> {lfm2.role = #lfm2.role<hidden>},
        tensor<?x8xf32> {lfm2.role = #lfm2.role<vectors>},
        tensor<?x3xf32> {lfm2.role = #lfm2.role<token_vectors>}) {
  %x = lfm2.embed %ids, @embd embeddings(%rows)
      : tensor<?xi32>, tensor<?x8xf32> -> tensor<?x8xf32>
  %g = lfm2.linear %x, @in : tensor<?x8xf32> -> tensor<?x24xf32>
  %c = lfm2.centred_conv %g, @filter : tensor<?x24xf32> -> tensor<?x8xf32>
  %h = lfm2.rms_norm %c, @norm eps(1.0e-5) : tensor<?x8xf32>
  %p = lfm2.pool %h kind(KIND) : tensor<?x8xf32> -> tensor<?x8xf32>
  %t = lfm2.linear %h, @dense : tensor<?x8xf32> -> tensor<?x3xf32>
  return %h, %p, %t : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x3xf32>
}
)";

std::string withPooling(llvm::StringRef kind) {
  auto [before, after] = encoder.split("KIND");
  return (before + kind + after).str();
}

TEST_F(Executor, PoolsTheRowsOfAText) {
  const size_t rows = 5;
  for (llvm::StringRef kind : {"mean", "cls", "last"}) {
    auto results = make(withPooling(kind))->run({3, 1, 4, 1, 5});
    ASSERT_TRUE(bool(results)) << toString(results.takeError());
    ASSERT_EQ(results->hidden.size(), rows * 8);
    ASSERT_EQ(results->vectors.size(), 8u);
    EXPECT_EQ(results->tokenVectors.size(), rows * 3);
    EXPECT_TRUE(results->logits.empty());
    for (size_t c = 0; c < 8; ++c) {
      double sum = 0;
      for (size_t t = 0; t < rows; ++t)
        sum += results->hidden[t * 8 + c];
      const float expected = kind == "mean"  ? float(sum / rows)
                             : kind == "cls" ? results->hidden[c]
                                             : results->hidden[4 * 8 + c];
      EXPECT_EQ(results->vectors[c], expected);
    }
  }
}

TEST_F(Executor, IdsBelowZeroTakeGivenEmbeddings) {
  auto executor = make(withPooling("cls"));
  auto plain = executor->run({3, 1, 4});
  ASSERT_TRUE(bool(plain)) << toString(plain.takeError());
  // The same rows, given out of order.
  Floats rows(16);
  module->walk([&](lfm2::WeightOp weight) {
    if (weight.getSymName() != "embd")
      return;
    llvm::MutableArrayRef<float> to(rows);
    llvm::cantFail(readSome(weight, 4, to.take_front(8)));
    llvm::cantFail(readSome(weight, 3, to.drop_front(8)));
  });
  auto given = executor->run({-2, 1, -1}, rows);
  ASSERT_TRUE(bool(given)) << toString(given.takeError());
  EXPECT_EQ(given->hidden, plain->hidden);

  auto missing = executor->run({-3}, rows);
  ASSERT_FALSE(bool(missing));
  EXPECT_EQ(toString(missing.takeError()),
            "expects ids below 0 to name one of 2 embeddings, -1 the first, "
            "but got -3");
}

TEST_F(Executor, RefusesOpsOfLaterPhases) {
  auto executor = make(R"(
    lfm2.weight @w : tensor<4x2xf32>
    func.func @forward(%ids: tensor<?xi32> {lfm2.role = #lfm2.role<tokens>},
                   %p: index {lfm2.role = #lfm2.role<position>})
    -> (tensor<?x2xf32> {lfm2.role = #lfm2.role<logits>}) {
      %x = lfm2.embed %ids, @w : tensor<?xi32> -> tensor<?x2xf32>
      %y = arith.mulf %x, %x : tensor<?x2xf32>
      return %y : tensor<?x2xf32>
    })");
  auto logits = executor->run({0});
  ASSERT_FALSE(bool(logits));
  EXPECT_EQ(toString(logits.takeError()),
            "the reference executor runs modules as they are imported, but "
            "@forward holds a 'arith.mulf'; run it on the module before that "
            "was made");
}

TEST_F(Executor, PassesOnErrorsOfTheReader) {
  auto executor =
      make(everyOp, [](lfm2::WeightOp, int64_t, llvm::MutableArrayRef<float>) {
        return llvm::createStringError("no such row");
      });
  auto logits = executor->run({0});
  ASSERT_FALSE(bool(logits));
  EXPECT_EQ(toString(logits.takeError()), "no such row");
}

} // namespace
