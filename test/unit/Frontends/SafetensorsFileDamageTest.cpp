// Safetensors files and their index, damaged in every way that has a message.

#include "HFDamage.h"

using namespace lfm2c;
using namespace lfm2c::test;

namespace {

void setHeader(HFBuilder &builder, llvm::StringRef header,
               size_t dataBytes = 0) {
  Bytes out;
  out.u64(header.size());
  out.data.insert(out.data.end(), header.begin(), header.end());
  out.data.resize(out.data.size() + dataBytes);
  builder.files["model.safetensors"].assign(out.data.begin(), out.data.end());
}
class SafetensorsFileDamage : public testing::TestWithParam<HFChange> {};

TEST_P(SafetensorsFileDamage, IsRefusedInOneLine) { expectRefused(GetParam()); }

const HFChange damages[] = {
    {"no weights", [](HFBuilder &b) { b.files.erase("model.safetensors"); },
     "has a config.json but no weights; expected a GGUF file or"},
    {"weights cut inside the length",
     [](HFBuilder &b) { b.files["model.safetensors"].resize(7); },
     "begins with 8 bytes of header length, but it has 7 bytes"},
    {"weights cut inside the header",
     [](HFBuilder &b) { b.files["model.safetensors"].resize(100); },
     "is cut short: its header should take"},
    {"weights cut inside the data",
     [](HFBuilder &b) {
       std::string &file = b.files["model.safetensors"];
       file.resize(file.size() - 1);
     },
     "is cut short: tensor"},
    {"bytes after the data",
     [](HFBuilder &b) { b.files["model.safetensors"] += "more"; },
     "4 bytes follow the last tensor"},
    {"header too long",
     [](HFBuilder &b) {
       for (int i = 4; i < 8; ++i)
         b.files["model.safetensors"][i] = '\xff';
     },
     "announces a header of 184467"},
    {"header is no JSON", [](HFBuilder &b) { setHeader(b, "{\"a\": }"); },
     "the header of"},
    {"header is no object", [](HFBuilder &b) { setHeader(b, "[]"); },
     "should hold a JSON object"},
    {"entry is a number", [](HFBuilder &b) { setHeader(b, "{\"a\": 1}"); },
     "tensor 'a' should be described by an object"},
    {"entry without type",
     [](HFBuilder &b) {
       setHeader(b, R"({"a": {"shape": [], "data_offsets": [0, 0]}})");
     },
     "key 'dtype' is missing"},
    {"offsets backwards",
     [](HFBuilder &b) {
       setHeader(b, R"({"a": {"dtype": "F32", "shape": [1],
                        "data_offsets": [4, 0]}})",
                 4);
     },
     "begin <= end"},
    {"offsets outside",
     [](HFBuilder &b) {
       setHeader(b, R"({"a": {"dtype": "F32", "shape": [2],
                        "data_offsets": [0, 8]}})",
                 4);
     },
     "takes bytes 0 to 8 of the data, but there are 4"},
    {"offsets near 2^63",
     [](HFBuilder &b) {
       setHeader(b, R"({"a": {"dtype": "F32", "shape": [1],
          "data_offsets": [9223372036854775803, 9223372036854775807]}})",
                 4);
     },
     "is cut short"},
    {"offsets beyond 2^64",
     [](HFBuilder &b) {
       setHeader(b, R"({"a": {"dtype": "F32", "shape": [1],
                        "data_offsets": [0, 18446744073709551620]}})",
                 4);
     },
     "should be a list of integers"},
    {"tensors overlap",
     [](HFBuilder &b) {
       setHeader(b, R"({"a": {"dtype": "F32", "shape": [1],
                        "data_offsets": [0, 4]},
                        "b": {"dtype": "F32", "shape": [1],
                        "data_offsets": [2, 6]}})",
                 6);
     },
     "tensor 'b' overlaps the tensor before it"},
    {"gap between tensors",
     [](HFBuilder &b) {
       setHeader(b, R"({"a": {"dtype": "F32", "shape": [1],
                        "data_offsets": [4, 8]}})",
                 8);
     },
     "tensor 'a' leaves a gap"},
    {"shape and offsets disagree",
     [](HFBuilder &b) {
       setHeader(b, R"({"a": {"dtype": "F32", "shape": [3],
                        "data_offsets": [0, 8]}})",
                 8);
     },
     "should take 12 bytes, but its data_offsets span 8"},
    {"shape beyond 2^63",
     [](HFBuilder &b) {
       setHeader(b, R"({"a": {"dtype": "F32",
                        "shape": [4611686018427387904, 4611686018427387904],
                        "data_offsets": [0, 8]}})",
                 8);
     },
     "no possible size"},
    {"tensor twice in the header",
     [](HFBuilder &b) {
       setHeader(b, R"({"a": {"dtype": "F32", "shape": [1],
                        "data_offsets": [0, 4]},
                        "a": {"dtype": "F32", "shape": [1],
                        "data_offsets": [0, 4]}})",
                 4);
     },
     "key 'a' occurs twice"},
    {"type F8",
     [](HFBuilder &b) {
       setHeader(b, R"({"lm_head.weight": {"dtype": "F8_E4M3", "shape": [4],
                        "data_offsets": [0, 4]}})",
                 4);
     },
     "tensor 'lm_head.weight' has type 'F8_E4M3', which is not supported; "
     "supported are F64, F32, F16 and BF16"},
    {"a shard missing",
     [](HFBuilder &b) {
       b.packShards(8);
       b.files.erase("model-2.safetensors");
     },
     "model-2.safetensors is missing, though model.safetensors.index.json says "
     "it holds 8 tensors"},
    {"index that leaves the directory",
     [](HFBuilder &b) {
       b.packShards(8);
       b.edit("model.safetensors.index.json", "model-1.safetensors",
              "../model-1.safetensors");
     },
     "should be mapped to the name of a file in this directory"},
    {"index without map",
     [](HFBuilder &b) {
       b.packShards(8);
       b.files["model.safetensors.index.json"] = "{}";
     },
     "key 'weight_map' is missing"},
    {"tensor not in its shard",
     [](HFBuilder &b) {
       b.packShards(8);
       b.edit("model.safetensors.index.json", "embed_tokens", "lost_tokens");
     },
     "tensor 'model.lost_tokens.weight' is missing, though the index says it "
     "is there"},
    {"an index without files",
     [](HFBuilder &b) {
       b.packShards(8);
       b.files["model.safetensors.index.json"] = R"({"weight_map": {}})";
     },
     "weight_map names no file"},
    {"a tensor of nine dimensions",
     [](HFBuilder &b) {
       setHeader(b, R"({"a": {"dtype": "F32", "shape": [1,1,1,1,1,1,1,1,1],
                        "data_offsets": [0, 4]}})",
                 4);
     },
     "should have at most 8 dimensions but has 9"},
    {"an empty tensor",
     [](HFBuilder &b) {
       setHeader(b, R"({"lm_head.weight": {"dtype": "F32", "shape": [0],
                        "data_offsets": [0, 0]}})");
     },
     "tensor 'lm_head.weight' of shape [0] is empty or a scalar"},
};

INSTANTIATE_TEST_SUITE_P(All, SafetensorsFileDamage,
                         testing::ValuesIn(damages));

} // namespace
