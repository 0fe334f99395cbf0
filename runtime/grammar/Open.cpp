// Grammars of a model that is open: compiled for it, or in its archive.
#include "runtime/grammar/Grammar.h"
#include "runtime/src/Message.h"
#include "runtime/src/Model.h"

using namespace lfm2rt;
using namespace lfm2rt::grammar;

namespace lfm2rt {
namespace grammar {

bool isSound(const uint8_t *bytes, uint64_t size, uint32_t vocabulary) {
  if (size < sizeof(lfm2rt_grammar) || reinterpret_cast<uintptr_t>(bytes) % 8)
    return false;
  auto &image = *reinterpret_cast<const lfm2rt_grammar *>(bytes);
  if (memcmp(image.magic, imageMagic, sizeof(imageMagic)) != 0 ||
      image.version != imageVersion || image.bytes != size ||
      image.numRules == 0 || image.numStates == 0 ||
      image.vocabulary > vocabulary || image.reserved != 0 ||
      size != sizeof(image) + uint64_t(4) * image.numRules +
                  sizeof(State) * (image.numStates + uint64_t(1)) +
                  sizeof(Edge) * uint64_t(image.numEdges))
    return false;
  const State *states = image.states();
  const Edge *edges = image.edges();
  for (uint32_t rule = 0; rule < image.numRules; ++rule)
    if (image.starts()[rule] >= image.numStates)
      return false;
  uint32_t at = 0;
  bool starts[257] = {};
  for (uint32_t i = 0; i <= image.numStates; ++i) {
    const State &state = states[i];
    const uint32_t first = state.bytes & ~isFinal;
    if (first < at || state.calls < first || state.tokens < state.calls ||
        state.tokens > image.numEdges)
      return false;
    at = state.tokens;
  }
  if ((states[0].bytes & ~isFinal) != 0 ||
      (states[image.numStates].bytes & ~isFinal) != image.numEdges)
    return false;
  for (uint32_t i = 0; i < image.numStates; ++i) {
    const State &state = states[i];
    const uint32_t end = states[i + 1].bytes & ~isFinal;
    for (uint32_t e = state.bytes & ~isFinal; e < end; ++e) {
      const uint32_t what = edges[e].what;
      if (edges[e].target >= image.numStates)
        return false;
      if (e < state.calls) {
        if (what > 0xffff || (what & 0xff) > what >> 8)
          return false;
        starts[what & 0xff] = starts[(what >> 8) + 1] = true;
      } else if (e < state.tokens ? what >= image.numRules
                                  : (what & ~anyOther) >= image.vocabulary) {
        return false;
      }
    }
  }
  // The classes tell bytes apart that edges do.
  uint32_t count = 0;
  for (uint32_t byte = 0; byte < 256; ++byte) {
    count += byte > 0 && starts[byte];
    if (image.classOf[byte] != count)
      return false;
  }
  return image.numClasses == count + 1;
}

} // namespace grammar
} // namespace lfm2rt

extern "C" lfm2rt_status lfm2rt_grammar_create(const lfm2rt_grammar **grammar,
                                               const lfm2rt_weights *weights,
                                               const lfm2rt_form *form,
                                               const char *text, size_t length,
                                               void *memory, uint64_t bytes,
                                               lfm2rt_error *error) {
  return compile(grammar, *form, {text, uint32_t(min<uint64_t>(length, ~0u))},
                 tokenizerOf(*weights), weights->model->program->vocabulary,
                 memory, bytes, error);
}

extern "C" lfm2rt_status lfm2rt_grammar_open(const lfm2rt_grammar **grammar,
                                             const lfm2rt_weights *weights,
                                             lfm2rt_error *error) {
  const uint8_t *image = weights->section[LFM2_SECTION_GRAMMAR];
  const uint64_t bytes = weights->bytes[LFM2_SECTION_GRAMMAR];
  *grammar = nullptr;
  if (bytes == 0)
    return LFM2RT_OK;
  if (!isSound(image, bytes, weights->model->program->vocabulary))
    return Failure(error, LFM2RT_BAD_WEIGHTS)
           << "expected tables of a grammar, found others; the file is "
              "damaged: copy it again";
  *grammar = reinterpret_cast<const lfm2rt_grammar *>(image);
  return LFM2RT_OK;
}
