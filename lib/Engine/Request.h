// What is asked of a model, and what comes back.

#ifndef LFM2C_LIB_ENGINE_REQUEST_H
#define LFM2C_LIB_ENGINE_REQUEST_H

#include "lfm2rt/lfm2rt.h"
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace lfm2e {

class Form;

/// Values of lfm2rt_sampling together with what it points to. `values` has
/// neither biases nor breakers of its own.
struct Sampling {
  lfm2rt_sampling values = {};
  std::vector<lfm2rt_bias> biases;
  std::vector<std::string> breakers;
};

/// A text to be gone on with.
struct Request {
  /// One or more.
  std::vector<int32_t> prompt;
  Sampling sampling;
  /// Tokens of the answer; 0: the prompt alone is read.
  uint32_t most = UINT32_MAX;
  /// Texts that end the answer, and are not part of it.
  std::vector<std::string> stops;
  /// Go on after a token that ends the text.
  bool ignoresStop = false;
  /// What the answer must look like; nullptr: anything.
  std::shared_ptr<const Form> form;
  /// It is an assistant's: reasoning and calls of tools are told apart from
  /// text, and tokens that steer are left out.
  bool isAnswer = false;
  /// That answer is calls in JSON without tokens around.
  bool isJsonCalls = false;
  /// The most probable tokens at each place that are told, 0 or more; -1: no
  /// logprob at all.
  int logprobs = -1;
  /// Requests of one client wait for each other, not for those of others.
  std::string client;
};

/// A part of an answer. Text and reasoning are whole UTF-8 characters, as far
/// as the model writes such.
struct Piece {
  enum Kind {
    Text,
    Reasoning,
    CallBegin, /// A call of `name` begins.
    Arguments, /// The next piece of its arguments, JSON.
    CallEnd,   /// It is whole: `text` is all of its arguments.
    NoCall, /// What was taken for a call is none: `text` belongs to the answer.
  } kind;
  uint32_t call = 0; /// Number of the call, from 0.
  std::string text;
  std::string name;
};

/// A token that was drawn.
struct Drawn {
  int32_t token = -1;
  /// Of its probability, before anything of the sampling; natural logarithm.
  double logprob = 0;
  /// As many as were asked for, the most probable first.
  std::vector<lfm2rt_logprob> best;
};

enum class Finish {
  None,      /// It goes on.
  Stop,      /// The model ended it, or a text that stops.
  Length,    /// As many tokens as were asked for.
  Context,   /// There is no more room.
  Cancelled, /// By who asked, or because the engine ends.
  Failed,    /// `message` says why.
};

/// What a step brings: a token that was drawn, and those that must follow it by
/// the request's form. The last event of a request, and no other, has a
/// `finish`; it may have no token.
struct Event {
  std::vector<Drawn> tokens;
  std::vector<Piece> pieces;
  Finish finish = Finish::None;
  std::string message;
};

/// What a request cost. Times in seconds.
struct Usage {
  uint32_t promptTokens = 0;
  uint32_t cachedTokens = 0; /// Of these, not read again.
  uint32_t madeTokens = 0;
  double waited = 0;  /// Until it was begun.
  double reading = 0; /// From then to the first token.
  double making = 0;  /// From then to the last.
};

} // namespace lfm2e

#endif // LFM2C_LIB_ENGINE_REQUEST_H
