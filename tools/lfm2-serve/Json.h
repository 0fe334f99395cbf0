// JSON of requests and answers.
//
// Members keep their order, since chat templates print tools as they were
// given.

#ifndef LFM2C_TOOLS_LFM2_SERVE_JSON_H
#define LFM2C_TOOLS_LFM2_SERVE_JSON_H

#include <nlohmann/json.hpp>
#include <string>

namespace lfm2s {

using Json = nlohmann::ordered_json;

/// The object that a body is. Throws Refusal for anything else, and for what
/// takes many times its bytes of memory or of time: deep nesting, huge numbers
/// of small values, objects of thousands of members.
Json readBody(const std::string &text);

/// In one line. Bytes that are no UTF-8, as a model may write them, become
/// U+FFFD.
std::string writeJson(const Json &value);

/// A list of the bytes of a text.
Json bytesOf(std::string_view text);

/// What a value is, for messages: "a string", "null".
std::string kindOf(const Json &value);

} // namespace lfm2s

#endif // LFM2C_TOOLS_LFM2_SERVE_JSON_H
