// The steps of FakeProgram.cpp as kernels: the same numbers, bit for bit. One file,
// three kernels, by KERNEL: 0 state, 1 attend, 2 head.
#version 460
#extension GL_EXT_buffer_reference : require
#extension GL_EXT_buffer_reference2 : require
#extension GL_EXT_shader_explicit_arithmetic_types_int64 : require
#extension GL_EXT_shader_explicit_arithmetic_types_int8 : require
#extension GL_EXT_shader_8bit_storage : require

layout(local_size_x = 16) in;

layout(buffer_reference, buffer_reference_align = 8) buffer Words { uint64_t at[]; };
layout(buffer_reference, buffer_reference_align = 4) buffer Ints { int at[]; };
layout(buffer_reference, buffer_reference_align = 4) buffer Floats { float at[]; };
layout(buffer_reference, buffer_reference_align = 1) buffer Bytes { uint8_t at[]; };
struct Run { int first, count, position, context; uint64_t state; };
layout(buffer_reference, buffer_reference_align = 8) buffer Runs { Run at[]; };
layout(buffer_reference, buffer_reference_align = 8) buffer Step {
  uint64_t weights, state, scratch, tokens, logits;
  int count, position, context, numLogits, threads, nearBytes;
  uint64_t barrier, user, shares, near, embeddings, hidden, vectors, runs;
  int numRuns;
  uint64_t tokenRuns, logitTokens;
};
layout(push_constant) uniform Pushed { Step step_; uint64_t vocabulary; uint64_t hidden; };
#define S step_

const uint64_t fixedBytes = 64ul;

uint64_t mix_(uint64_t a, uint64_t b) {
  a ^= b + 0x9e3779b97f4a7c15ul + (a << 6) + (a >> 2);
  a *= 0xbf58476d1ce4e5b9ul;
  return a ^ a >> 29;
}
float number(uint64_t a, uint64_t b) {
  precise float n = float(uint(mix_(a, b) >> 40)) / 16777216.0 - 0.5;
  return n;
}
int numRuns() { return S.runs != 0ul ? S.numRuns : 1; }
Run runOf(int r) {
  if (S.runs != 0ul)
    return Runs(S.runs).at[r];
  return Run(0, S.count, S.position, S.context, 0ul);
}
Run runOfToken(int token) { return runOf(S.runs != 0ul ? Ints(S.tokenRuns).at[token] : 0); }
Words fixedOf(Run run) { return Words(S.state + run.state); }
Words cacheOf(Run run) { return Words(S.state + run.state + fixedBytes); }
uint64_t valueOf(int token) {
  if (token >= 0)
    return uint64_t(token);
  return uint64_t(Floats(S.embeddings).at[(-1 - token) * int(hidden)]);
}

void main() {
  int me = int(gl_GlobalInvocationID.x), all = int(gl_NumWorkGroups.x * gl_WorkGroupSize.x);
#if KERNEL == 0
  if (me != 0)
    return;
  for (int r = 0; r < numRuns(); ++r) {
    Run run = runOf(r);
    Words fixed_ = fixedOf(run), cache = cacheOf(run);
    for (int i = 0; i < run.count; ++i) {
      uint64_t token = valueOf(Ints(S.tokens).at[run.first + i]);
      uint64_t value = mix_(mix_(fixed_.at[0], fixed_.at[1]), token * 3ul + 1ul);
      fixed_.at[0] = fixed_.at[1];
      fixed_.at[1] = value;
      cache.at[2 * (run.position + i)] = value ^ uint64_t(Bytes(S.weights).at[uint(token) * 64u]);
    }
  }
#elif KERNEL == 1
  for (int i = me; i < S.count; i += all) {
    Run run = runOfToken(i);
    uint64_t sum = 0ul;
    Words cache = cacheOf(run);
    for (int j = 0; j <= run.position + i - run.first; ++j)
      sum = mix_(sum, cache.at[2 * j]);
    Words(S.scratch).at[i] = sum;
    if (S.hidden != 0ul)
      for (int c = 0; c < int(hidden); ++c)
        Floats(S.hidden).at[i * int(hidden) + c] = number(sum, uint64_t(c + 1000));
  }
#else
  const int phrase[20] = int[](0x68, 0xc3, 0xa9, 0x6c, 0x6c, 0x6f, 0x20, 0x77, 0xc3, 0xb6, 0x72, 0x6c, 0x64, 0x20,
                               0xf0, 0x9f, 0x98, 0x80, 0x0a, 0);
  int rows = int(vocabulary);
  for (int at = me; at < S.numLogits * rows; at += all) {
    int l = at / rows, v = at % rows;
    int i = S.runs != 0ul ? Ints(S.logitTokens).at[l] : 0;
    Run run = runOfToken(i);
    int position = run.position + i - run.first + 1;
    int expected = position % 64 == 63 ? 258 : phrase[position % 19];
    precise float value = float(uint(mix_(Words(S.scratch).at[i], uint64_t(v)) >> 40)) / 16777216.0 +
                  (v == expected ? 4.0 : 0.0);
    Floats(S.logits).at[at] = value;
  }
#endif
}
