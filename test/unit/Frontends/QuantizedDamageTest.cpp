// Quantised matrices whose tensors and config.json disagree: one line that
// names the tensor and both values.

#include "QuantizedCases.h"
#include "gtest/gtest.h"
#include <functional>
#include <ostream>

using namespace lfm2c;
using namespace lfm2c::test;

namespace {

struct Damage {
  const char *what, *name; // Of the case.
  std::function<void(QuantizedCase &)> apply;
  const char *expected; // Part of the message.
};

void PrintTo(const Damage &damage, std::ostream *os) { *os << damage.what; }

SafetensorsEntry &partOf(QuantizedCase &c, const char *part) {
  return c.matrix.parts.at(part).entry;
}

void replace(QuantizedCase &c, llvm::StringRef from, llvm::StringRef to) {
  const size_t at = c.config.find(from);
  ASSERT_NE(at, std::string::npos) << c.config;
  c.config.replace(at, from.size(), to);
}

std::function<void(QuantizedCase &)> edit(const char *from, const char *to) {
  return [=](QuantizedCase &c) { replace(c, from, to); };
}
std::function<void(QuantizedCase &)> drop(const char *part) {
  return [=](QuantizedCase &c) { c.matrix.parts.erase(part); };
}
std::function<void(QuantizedCase &)> retype(const char *part,
                                            const char *type) {
  return [=](QuantizedCase &c) { partOf(c, part).type = type; };
}
std::function<void(QuantizedCase &)>
reshape(const char *part, std::initializer_list<int64_t> shape) {
  std::vector<int64_t> sizes(shape);
  return [=](QuantizedCase &c) {
    partOf(c, part).shape.assign(sizes.begin(), sizes.end());
  };
}

class QuantizedDamage : public testing::TestWithParam<Damage> {};

TEST_P(QuantizedDamage, IsRefusedInOneLine) {
  static const QuantizedCases cases;
  QuantizedCase c = cases.all.at(GetParam().name);
  GetParam().apply(c);
  auto read = c.read();
  ASSERT_FALSE(bool(read));
  const std::string message = llvm::toString(read.takeError());
  EXPECT_NE(message.find(GetParam().expected), std::string::npos) << message;
  EXPECT_EQ(message.find('\n'), std::string::npos);
}

const Damage damages[] = {
    {"MLX: other bits", "mlx4g64bf16", edit("\"bits\": 4", "\"bits\": 8"),
     "tensor 'mlx4g64bf16.m.weight' of 32 words a row holds 128 columns at 8 "
     "bits, but 'scales' has 4 groups of 64, by bits and group_size in "
     "config.json"},
    {"MLX: other group", "mlx4g64bf16",
     edit("\"group_size\": 64", "\"group_size\": 32"),
     "holds 256 columns at 4 bits, but 'scales' has 4 groups of 32"},
    {"MLX: bits of no kind", "mlx4g64bf16", edit("\"bits\": 4", "\"bits\": 7"),
     "config.json, quantization: bits is 7; supported are 2, 3, 4, 5, 6 and 8"},
    {"MLX: group of no kind", "mlx4g64bf16",
     edit("\"group_size\": 64", "\"group_size\": 16"),
     "group_size is 16; supported are 32, 64 and 128"},
    {"MLX: mode of no kind", "mlx4g64bf16", edit("affine\"", "nvfp4\""),
     "mode 'nvfp4' is not supported; supported are 'affine' and 'mxfp4'"},
    {"MLX: no biases", "mlx4g64bf16", drop("biases"),
     "tensor 'mlx4g64bf16.m.biases' is missing, though "
     "'mlx4g64bf16.m.scales' is there"},
    {"MLX: no scales", "mlx4g64bf16", drop("scales"),
     "tensor 'mlx4g64bf16.m.scales' is missing"},
    {"MLX: biases of another shape", "mlx4g64bf16", reshape("biases", {4, 8}),
     "'mlx4g64bf16.m.biases' has shape [4, 8] but "
     "should have [8, 4]"},
    {"MLX: biases of another type", "mlx4g64bf16", retype("biases", "F16"),
     "'mlx4g64bf16.m.biases' has type F16, but the scales have another"},
    {"MLX: weights of another type", "mlx4g64bf16", retype("weight", "I32"),
     "of type I32 and shape [8, 32] should be a matrix, or one for each "
     "expert, of type U32"},
    {"MLX: MXFP4 with biases", "mlxmxfp4",
     [](QuantizedCase &c) {
       c.matrix.parts["biases"] = c.matrix.parts["scales"];
     },
     "'mlxmxfp4.m.biases' is there, but mode in config.json is 'mxfp4'"},
    {"MLX: said to be plain", "mlx4g64bf16",
     edit("\"bits\": 4", "\"bits\": 4, \"mlx4g64bf16.m\": false"),
     "'mlx4g64bf16.m.scales' is there, but quantization in config.json says "
     "that the matrix is not quantised (false)"},
    {"MLX: bits of its own", "mlx4g64bf16",
     edit("\"bits\": 4",
          "\"bits\": 4, \"mlx4g64bf16.m\": {\"bits\": 3, \"group_size\": 64}"),
     "holds 341 columns at 3 bits, but 'scales' has 4 groups of 64"},
    {"GPTQ: other bits", "gptq4", edit("\"bits\": 4", "\"bits\": 8"),
     "tensor 'gptq4.m.scales' has shape [2, 8] but should have [1, 8]"},
    {"GPTQ: other group", "gptq4",
     edit("\"group_size\": 128", "\"group_size\": 64"),
     "'gptq4.m.scales' has shape [2, 8] but should have [4, 8]: by "
     "config.json one number stands for 64 columns and 1 row"},
    {"GPTQ: no bits", "gptq4", edit("\"bits\": 4, ", ""),
     "key 'bits' is missing"},
    {"GPTQ: no zeros", "gptq4", drop("qzeros"),
     "tensor 'gptq4.m.qzeros' is missing"},
    {"GPTQ: zeros of another shape", "gptq4", reshape("qzeros", {1, 2}),
     "'gptq4.m.qzeros' of type I32 and shape [1, 2] should have type I32 and "
     "shape [2, 1] for 8 outputs and 2 groups of 4 bits"},
    {"GPTQ: a group that is none", "gptq4act",
     [](QuantizedCase &c) {
       static uint8_t bytes[4 * 256];
       bytes[4 * 7] = 9;
       partOf(c, "g_idx").bytes = bytes;
     },
     "'gptq4act.m.g_idx' puts column 7 into group 9, but the groups go from 0 "
     "to 3"},
    {"GPTQ: too few groups", "gptq4act", reshape("g_idx", {128}),
     "'gptq4act.m.g_idx' of type I32 and shape [128] should have type I32 and "
     "shape [256]"},
    {"GPTQ: another form", "gptq4",
     edit("\"quant_method\": \"gptq\"", "\"quant_method\": \"gptq\", "
                                        "\"checkpoint_format\": \"marlin\""),
     "checkpoint_format 'marlin' is not supported; supported are 'gptq' and "
     "'gptq_v2'"},
    {"GPTQ: said to be plain", "gptq4",
     edit("\"bits\": 4", "\"bits\": 4, \"dynamic\": {\"-:gptq4.*\": {}}"),
     "'gptq4.m.qweight' is there, but dynamic in config.json says that the "
     "matrix is not quantised"},
    {"GPTQ: a pattern that is none", "gptq4",
     edit("\"bits\": 4", "\"bits\": 4, \"dynamic\": {\"-:(?=a)\": {}}"),
     "the pattern '(?=a)' is not supported"},
    {"AWQ: other group", "awq128",
     edit("\"group_size\": 128", "\"group_size\": 32"),
     "'awq128.m.scales' has shape [2, 8] but should have [8, 8]"},
    {"AWQ: another version", "awq128", edit("\"gemm\"", "\"gemv\""),
     "version 'gemv' is not supported; supported is 'gemm'"},
    {"AWQ: other bits", "awq128", edit("\"bits\": 4", "\"bits\": 3"),
     "bits is 3; of AWQ 4 are supported"},
    {"AWQ: no zeros", "awq128", drop("qzeros"), "'awq128.m.qzeros' is missing"},
    {"AWQ: zeros of another shape", "awq128", reshape("qzeros", {1, 2}),
     "'awq128.m.qzeros' of type I32 and shape [1, 2] should have type I32 and "
     "shape [2, 1]"},
    {"packed: other bits", "packed4",
     edit("\"num_bits\": 4", "\"num_bits\": 8"),
     "'packed4.m.weight_packed' of type I32 and shape [8, 32] should have type "
     "I32 and hold [8, 256] ('weight_shape') at 8 bits, as config.json says"},
    {"packed: no zeros", "packed4zero", drop("weight_zero_point"),
     "'packed4zero.m.weight_zero_point' is missing"},
    {"packed: no scales", "packed4", drop("weight_scale"),
     "'packed4.m.weight_scale' is missing"},
    {"packed: no shape", "packed4", drop("weight_shape"),
     "'packed4.m.weight_shape' is missing"},
    {"packed: a row instead of groups", "packed4",
     edit("\"strategy\": \"group\", \"group_size\": 128",
          "\"strategy\": \"channel\""),
     "'packed4.m.weight_scale' has shape [8, 2] but should have [8, 1]"},
    {"packed: no target", "packed4", edit("\"Linear\"", "\"re:.*q_proj\""),
     "'packed4.m.weight_scale' is there, but no target of config_groups in "
     "config.json names the module"},
    {"packed: a kind of no kind", "packed4",
     edit("pack-quantized", "marlin-24"),
     "format 'marlin-24' is not supported"},
    {"packed: a strategy of no kind", "packed4",
     edit("\"strategy\": \"group\"", "\"strategy\": \"token\""),
     "strategy 'token' is not supported"},
    {"int8: zeros of another size", "int8rowzero",
     [](QuantizedCase &c) {
       SafetensorsEntry &zeros = partOf(c, "weight_zero_point");
       zeros.shape = {3};
       zeros.bytes = zeros.bytes.take_front(3);
     },
     "'int8rowzero.m.weight_zero_point' of type I8 and shape [3] should have "
     "type I8 and as many numbers as there are scales"},
    {"int8: weights of another type", "int8row", retype("weight", "F8_E4M3"),
     "'int8row.m.weight' of type F8_E4M3 and shape [8, 256] should be a matrix "
     "of type I8 for 8 bits"},
    {"FP8: weights of another type", "fp8row", retype("weight", "F8_E5M2"),
     "of type F8_E5M2 and shape [8, 256] should be a matrix of type F8_E4M3"},
    {"FP8: other blocks", "fp8block", edit("[16, 128]", "[16, 64]"),
     "'fp8block.m.weight_scale' has shape [3, 2] but should have [3, 4]: by "
     "config.json one number stands for 64 columns and 16 rows"},
    {"FP8: blocks in words", "fp8block", edit("[16, 128]", "\"16x128\""),
     "'block_structure' should be a list but is a string"},
    {"FP8: other blocks of transformers", "fp8blockinv",
     edit("[16, 128]", "[20, 128]"),
     "'fp8blockinv.m.weight_scale_inv' has shape [3, 2] but should have [2, "
     "2]"},
    {"FP8: no scales", "fp8row", drop("weight_scale"),
     "'fp8row.m.weight_scale' is missing"},
    {"FP8: bits of no kind", "fp8row",
     edit("\"num_bits\": 8", "\"num_bits\": 4"),
     "num_bits is 4; supported are 8 for type float"},
    {"an empty tensor", "fp8row",
     [](QuantizedCase &c) {
       partOf(c, "weight").shape = {0, 256};
       partOf(c, "weight").bytes = {};
     },
     "'fp8row.m.weight' of shape [0, 256] is empty"},
    {"another method", "gptq4", edit("\"gptq\"", "\"bitsandbytes\""),
     "quant_method 'bitsandbytes' is not supported; supported are 'gptq', "
     "'awq', 'compressed-tensors', 'fp8' and MLX's (quantization)"},
};

INSTANTIATE_TEST_SUITE_P(All, QuantizedDamage, testing::ValuesIn(damages));

} // namespace
