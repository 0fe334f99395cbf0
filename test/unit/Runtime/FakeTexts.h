// The fake program's bidirectional sisters: what they give of a token depends
// on all tokens of its text, through a state of the text's own, and on no other
// text. Of the same weights and archive.
#ifndef LFM2C_TEST_UNIT_RUNTIME_FAKETEXTS_H
#define LFM2C_TEST_UNIT_RUNTIME_FAKETEXTS_H

#include "test/unit/Runtime/FakeProgram.h"

namespace fake {

constexpr int32_t textChunk = 32;
constexpr uint32_t vectorChannels = 4;

#ifdef FAKE_READS_TEXTS
#define FAKE_NAME __asm__("lfm2_program")
#else
#define FAKE_NAME
// A vector a token; hidden states and logits alone.
extern const lfm2_program tokenVectors, masked;
// In place of the vector of this token stands no number; -1: nowhere.
extern int32_t brokenToken;
#endif
// Vectors of texts, hidden states and logits.
extern const lfm2_program textVectors FAKE_NAME;

// What the programs give for a token of a text, and for a text, before any
// normalising: [vectorChannels].
void expectedVector(const int32_t *text, uint32_t count, int32_t token,
                    float *vector);
constexpr int32_t wholeText = -1; // In place of `token`.
// And its hidden state, [hidden].
void expectedHidden(const int32_t *text, uint32_t count, int32_t token,
                    float *row);

} // namespace fake

#endif // LFM2C_TEST_UNIT_RUNTIME_FAKETEXTS_H
