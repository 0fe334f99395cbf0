// Modules made out of checkpoints that have shapes and formats, but no bytes.

#include "frontends/ImportModel.h"
#include "dialects/lfm2/IR/LFM2Ops.h"
#include "dialects/lfm2/IR/Roles.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Verifier.h"
#include "gtest/gtest.h"

using namespace lfm2c;

namespace {

class ImportModel : public testing::Test {
protected:
  ImportModel() : context(mlir::MLIRContext::Threading::DISABLED) {
    ModelConfig &config = checkpoint.config;
    config.name = "tiny";
    config.architecture = "lfm2";
    config.hidden = 32;
    config.vocab = 50;
    config.heads = 4;
    config.headSize = 6;
    config.convTaps = 4;
    config.contextLength = 64;
    config.normEps = 1e-5;
    config.ropeTheta = 1e6;
    checkpoint.path = "dir/tiny.gguf";
    add("token_embd.weight", {50, 32}, Format::Q8_0);
    add("token_embd_norm.weight", {32});
  }

  void add(llvm::StringRef name, llvm::ArrayRef<int64_t> shape,
           Format format = Format::F32) {
    Tensor &tensor = checkpoint.tensors[name];
    tensor.name = name.str();
    tensor.format = format;
    tensor.shape.assign(shape.begin(), shape.end());
  }

  void addLayer(LayerConfig layer) {
    std::string blk =
        "blk." + std::to_string(checkpoint.config.layers.size()) + ".";
    add(blk + "attn_norm.weight", {32});
    add(blk + "ffn_norm.weight", {32});
    if (layer.kind == LayerKind::Conv) {
      add(blk + "shortconv.in_proj.weight", {96, 32}, Format::Q4_0);
      add(blk + "shortconv.conv.weight", {32, 4}, Format::BF16);
      add(blk + "shortconv.out_proj.weight", {32, 32}, Format::F16);
    } else {
      add(blk + "attn_q.weight", {24, 32});
      add(blk + "attn_k.weight", {6 * layer.kvHeads, 32});
      add(blk + "attn_v.weight", {6 * layer.kvHeads, 32});
      add(blk + "attn_output.weight", {32, 24});
      add(blk + "attn_q_norm.weight", {6});
      add(blk + "attn_k_norm.weight", {6});
    }
    if (layer.isMoE()) {
      add(blk + "ffn_gate_inp.weight", {layer.experts, 32});
      if (layer.hasExpertBias)
        add(blk + "exp_probs_b.bias", {layer.experts});
      add(blk + "ffn_gate_exps.weight", {layer.experts, layer.ffnSize, 32});
      add(blk + "ffn_up_exps.weight", {layer.experts, layer.ffnSize, 32});
      add(blk + "ffn_down_exps.weight", {layer.experts, 32, layer.ffnSize});
    } else {
      add(blk + "ffn_gate.weight", {layer.ffnSize, 32});
      add(blk + "ffn_up.weight", {layer.ffnSize, 32});
      add(blk + "ffn_down.weight", {32, layer.ffnSize});
    }
    checkpoint.config.layers.push_back(layer);
  }

  /// One of each kind: dense convolution, attention with experts.
  void addLayers() {
    LayerConfig conv;
    conv.ffnSize = 40;
    addLayer(conv);
    LayerConfig attention;
    attention.kind = LayerKind::Attention;
    attention.kvHeads = 2;
    attention.ffnSize = 16;
    attention.experts = 5;
    attention.expertsUsed = 2;
    attention.hasExpertBias = true;
    addLayer(attention);
  }

  mlir::ModuleOp import() {
    module = importModel(checkpoint, context);
    EXPECT_TRUE(mlir::succeeded(mlir::verify(*module)));
    return *module;
  }

  mlir::func::FuncOp forward() {
    return module->lookupSymbol<mlir::func::FuncOp>("forward");
  }

  /// Roles of its arguments, then of its results.
  std::vector<lfm2::Role> roles() {
    std::vector<lfm2::Role> found;
    for (unsigned i = 0; i < forward().getNumArguments(); ++i)
      found.push_back(*lfm2::argumentRole(forward(), i));
    for (unsigned i = 0; i < forward().getNumResults(); ++i)
      found.push_back(*lfm2::resultRole(forward(), i));
    return found;
  }

  /// Names of the ops of @forward, in order.
  std::vector<std::string> opNames() {
    std::vector<std::string> names;
    for (mlir::Operation &op : forward().getBody().front())
      names.push_back(op.getName().getStringRef().str());
    return names;
  }

  template <typename T> static std::string text(T value) {
    std::string result;
    llvm::raw_string_ostream(result) << value;
    return result;
  }

  mlir::MLIRContext context;
  Checkpoint checkpoint;
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

TEST_F(ImportModel, SignatureHasTheStateOfEveryLayer) {
  addLayers();
  import();
  EXPECT_EQ(text(forward().getFunctionType()),
            "(tensor<?xi32>, index, tensor<?x32xf32>, tensor<3x32xf32>, "
            "tensor<?x2x6xf16>, tensor<?x2x6xf16>) -> (tensor<?x50xf32>, "
            "tensor<?x32xf32>, tensor<3x32xf32>, tensor<?x2x6xf16>, "
            "tensor<?x2x6xf16>)");
  using lfm2::Role;
  EXPECT_EQ(roles(),
            (std::vector<Role>{Role::tokens, Role::position, Role::embeddings,
                               Role::conv_state, Role::keys, Role::values,
                               Role::logits, Role::hidden, Role::conv_state,
                               Role::keys, Role::values}));
}

TEST_F(ImportModel, WhatAModelForSearchGives) {
  addLayers();
  ModelConfig &config = checkpoint.config;
  config.causal = false;
  config.convTaps = 3;
  add("blk.0.shortconv.conv.weight", {32, 3});
  config.embedding.pooling = Pooling::Mean;
  config.embedding.hasVectors = true;
  config.embedding.hasLogits = false;
  config.embedding.projections = {16, 8};
  add("dense_2.weight", {16, 32});
  add("dense_3.weight", {8, 16});
  import();
  using lfm2::Role;
  EXPECT_EQ(roles(),
            (std::vector<Role>{Role::tokens, Role::position, Role::embeddings,
                               Role::keys, Role::values, Role::hidden,
                               Role::vectors, Role::keys, Role::values}));
  std::vector<std::string> names = opNames();
  EXPECT_EQ(
      std::vector<std::string>(names.end() - 5, names.end()),
      (std::vector<std::string>{"lfm2.rms_norm", "lfm2.pool", "lfm2.linear",
                                "lfm2.linear", "func.return"}));

  // A vector for each token; logits beside them.
  config.embedding.pooling = Pooling::None;
  config.embedding.perToken = true;
  config.embedding.hasLogits = true;
  import();
  module->walk([](lfm2::PoolOp op) { ADD_FAILURE() << text(op); });
  EXPECT_EQ(roles(), (std::vector<Role>{
                         Role::tokens, Role::position, Role::embeddings,
                         Role::keys, Role::values, Role::logits, Role::hidden,
                         Role::token_vectors, Role::keys, Role::values}));
}

TEST_F(ImportModel, CachesOfAnF32CheckpointAreF32) {
  addLayers();
  checkpoint.tensors["token_embd.weight"].format = Format::F32;
  import();
  EXPECT_EQ(text(forward().getArgumentTypes()[4]), "tensor<?x2x6xf32>");
}

TEST_F(ImportModel, OpsInTheOrderOfTheLayers) {
  addLayers();
  import();
  const std::vector<std::string> expected = {
      "lfm2.embed",
      // Convolution, dense.
      "lfm2.rms_norm", "lfm2.linear", "lfm2.short_conv", "lfm2.linear",
      "arith.addf", "lfm2.rms_norm", "lfm2.linear", "lfm2.linear",
      "lfm2.swiglu", "lfm2.linear", "arith.addf",
      // Attention, experts.
      "lfm2.rms_norm", "lfm2.linear", "lfm2.linear", "lfm2.linear",
      "lfm2.head_norm_rope", "lfm2.head_norm_rope", "lfm2.attention",
      "lfm2.linear", "arith.addf", "lfm2.rms_norm", "lfm2.route",
      "lfm2.experts", "arith.addf",
      //
      "lfm2.rms_norm", "lfm2.head", "func.return"};
  EXPECT_EQ(opNames(), expected);
}

TEST_F(ImportModel, WeightsInTheOrderOfTheirUseAndInTheirFormats) {
  addLayers();
  import();
  std::vector<std::string> weights;
  for (auto weight : module->getOps<lfm2::WeightOp>())
    weights.push_back(weight.getSymName().str() + " " + text(weight.getType()));
  ASSERT_EQ(weights.size(), checkpoint.tensors.size());
  EXPECT_EQ(weights[0], "token_embd.weight tensor<50x32x!lfm2.quant<q8_0>>");
  EXPECT_EQ(weights[1], "blk.0.attn_norm.weight tensor<32xf32>");
  EXPECT_EQ(weights[2],
            "blk.0.shortconv.in_proj.weight tensor<96x32x!lfm2.quant<q4_0>>");
  EXPECT_EQ(weights[3], "blk.0.shortconv.conv.weight tensor<32x4xbf16>");
  EXPECT_EQ(weights[4], "blk.0.shortconv.out_proj.weight tensor<32x32xf16>");
  EXPECT_EQ(weights.back(), "token_embd_norm.weight tensor<32xf32>");
}

TEST_F(ImportModel, ScaledRotaryPositionsReachTheOps) {
  addLayers();
  RopeScaling &scaling = checkpoint.config.ropeScaling;
  scaling.kind = RopeScalingKind::Linear;
  scaling.factor = 4;
  scaling.magnitude = 1.5;
  import();
  unsigned found = 0;
  module->walk([&](lfm2::HeadNormRopeOp op) {
    ++found;
    ASSERT_TRUE(op.getScalingAttr());
    EXPECT_EQ(op.getScalingAttr().getMagnitude().convertToDouble(), 1.5);
    EXPECT_EQ(op.getScalingAttr().getScales().asArrayRef(),
              (llvm::ArrayRef<double>{0.25, 0.25, 0.25}));
    EXPECT_EQ(lfm2::getModel(*module).getRopeScaling(), op.getScalingAttr());
  });
  EXPECT_EQ(found, 2u);
}

TEST_F(ImportModel, AFactorOfOneIsNoScaling) {
  addLayers();
  checkpoint.config.ropeScaling.kind = RopeScalingKind::Yarn;
  import();
  module->walk(
      [](lfm2::HeadNormRopeOp op) { EXPECT_FALSE(op.getScalingAttr()); });
  EXPECT_FALSE(lfm2::getModel(*module).getRopeScaling());
}

TEST_F(ImportModel, ParametersReachTheOps) {
  addLayers();
  checkpoint.config.routedScale = 2.5;
  checkpoint.config.normTopK = false;
  import();
  module->walk([](lfm2::AttentionOp op) {
    EXPECT_EQ(op.getHeads(), 4u);
    EXPECT_EQ(op.getKvHeads(), 2u);
    EXPECT_EQ(op.getHeadSize(), 6u);
    EXPECT_TRUE(op.getCausal());
  });
  module->walk([](lfm2::HeadNormRopeOp op) {
    EXPECT_EQ(op.getTheta().convertToDouble(), 1e6);
    EXPECT_EQ(op.getEps().convertToDouble(), 1e-5);
  });
  module->walk([](lfm2::RouteOp op) {
    EXPECT_EQ(op.getUsed(), 2u);
    EXPECT_FALSE(op.getNormalize());
    EXPECT_EQ(op.getScale().convertToDouble(), 2.5);
    EXPECT_EQ(op.getBias(), "blk.1.exp_probs_b.bias");
  });
}

TEST_F(ImportModel, ModelsThatAreNotCausal) {
  addLayers();
  import();
  module->walk([](lfm2::CentredConvOp op) { ADD_FAILURE() << text(op); });
  checkpoint.config.causal = false;
  // An odd number of taps has a middle.
  checkpoint.config.convTaps = 3;
  add("blk.0.shortconv.conv.weight", {32, 3});
  import();
  module->walk([](lfm2::ShortConvOp op) { ADD_FAILURE() << text(op); });
  module->walk([](lfm2::AttentionOp op) { EXPECT_FALSE(op.getCausal()); });
}

TEST_F(ImportModel, RouterWithoutBias) {
  addLayers();
  checkpoint.config.layers[1].hasExpertBias = false;
  import();
  module->walk([](lfm2::RouteOp op) { EXPECT_FALSE(op.getBias()); });
  EXPECT_FALSE(module->lookupSymbol("blk.1.exp_probs_b.bias"));
}

TEST_F(ImportModel, HeadIsTheEmbeddingOrAWeightOfItsOwn) {
  import();
  module->walk(
      [](lfm2::HeadOp op) { EXPECT_EQ(op.getWeight(), "token_embd.weight"); });
  checkpoint.config.tiedHead = false;
  add("output.weight", {50, 32});
  import();
  module->walk(
      [](lfm2::HeadOp op) { EXPECT_EQ(op.getWeight(), "output.weight"); });
}

TEST_F(ImportModel, EveryOpKnowsItsLayer) {
  addLayers();
  import();
  module->walk([](lfm2::ShortConvOp op) {
    EXPECT_EQ(text(op.getLoc()), "loc(\"blk.0\")");
  });
  module->walk([](lfm2::ExpertsOp op) {
    EXPECT_EQ(text(op.getLoc()), "loc(\"blk.1\")");
  });
}

TEST_F(ImportModel, ModelAndSourceAreOnTheModule) {
  addLayers();
  import();
  EXPECT_EQ(
      text(lfm2::getModel(*module)),
      "#lfm2.model<name = \"tiny\", architecture = \"lfm2\", hidden = 32, "
      "vocab = 50, heads = 4, head_size = 6, taps = 4, context_length = "
      "64, norm_eps = 1.000000e-05, rope_theta = 1.000000e+06, causal = "
      "true, layers = [conv, attention]>");
  EXPECT_EQ(text((*module)->getAttr(lfm2::kSourceAttrName)),
            "\"dir/tiny.gguf\"");
}

} // namespace
