// Prints GGMLErrors.inc: the errors of llama.cpp's own quantisers on the rows
// of Samples.h. Needs llama.cpp (the figures are those of commit de3ff81,
// 2026-09-28):
//
//   clang++-22 -std=c++17 -O2 -I. -ILLAMA/ggml/include
//     test/unit/Quantize/make_ggml_errors.cpp
//     LLAMA/build/ggml/src/libggml-base.a -fopenmp=libgomp -lpthread -o
//     make_ggml_errors
//   ./make_ggml_errors > test/unit/Quantize/GGMLErrors.inc

#include "ggml.h"
#include "test/unit/Quantize/Samples.h"
#include <cctype>
#include <cstdio>
#include <string>

using namespace lfm2c;

int main() {
  std::puts("// Made by make_ggml_errors.cpp: format, heavy, weighted, error.");
  const ggml_type types[] = {GGML_TYPE_Q8_0, GGML_TYPE_Q4_0,   GGML_TYPE_Q4_1,
                             GGML_TYPE_Q5_0, GGML_TYPE_Q5_1,   GGML_TYPE_Q2_K,
                             GGML_TYPE_Q3_K, GGML_TYPE_Q4_K,   GGML_TYPE_Q5_K,
                             GGML_TYPE_Q6_K, GGML_TYPE_IQ4_NL, GGML_TYPE_IQ4_XS,
                             GGML_TYPE_MXFP4};
  for (ggml_type type : types)
    for (bool heavy : {false, true})
      for (bool weighted : {false, true}) {
        const std::vector<float> values = samples::makeValues(heavy);
        const std::vector<float> weights =
            weighted ? samples::makeImportance() : std::vector<float>();
        std::vector<uint8_t> bytes(ggml_row_size(type, samples::columns) *
                                   samples::rows);
        ggml_quantize_init(type);
        ggml_quantize_chunk(type, values.data(), bytes.data(), 0, samples::rows,
                            samples::columns,
                            weighted ? weights.data() : nullptr);
        std::vector<float> decoded(values.size());
        ggml_get_type_traits(type)->to_float(bytes.data(), decoded.data(),
                                             int64_t(decoded.size()));
        std::string name = ggml_type_name(type);
        for (char &c : name)
          c = char(std::tolower(c));
        std::printf("{\"%s\", %s, %s, %.5e},\n", name.c_str(),
                    heavy ? "true" : "false", weighted ? "true" : "false",
                    samples::measureError(values, decoded, weights));
      }
}
