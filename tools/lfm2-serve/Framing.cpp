#include "tools/lfm2-serve/Framing.h"

#include <charconv>
#include <strings.h>

namespace lfm2s {
namespace {

constexpr char lengthName[] = "Content-Length";
constexpr char codingName[] = "Transfer-Encoding";
constexpr size_t longestShown = 40; // Bytes of a value in a message.

void checkLength(const std::string &text, uint64_t most) {
  uint64_t length = 0;
  const char *end = text.data() + text.size();
  auto [read, error] = std::from_chars(text.data(), end, length);
  // A number of digits alone may still be too large to be read.
  if (read == end && error == std::errc::result_out_of_range)
    throw longBody(most);
  if (read != end || error != std::errc())
    throw badRequest("expected a Content-Length of digits, found \"" +
                     text.substr(0, longestShown) + "\"");
  if (length > most)
    throw longBody(most);
}

} // namespace

bool announcesBody(const httplib::Request &request) {
  return request.has_header(codingName) ||
         (request.has_header(lengthName) &&
          request.get_header_value(lengthName) != "0");
}

void checkFraming(const httplib::Request &request, uint64_t most) {
  size_t lengths = request.get_header_value_count(lengthName);
  size_t codings = request.get_header_value_count(codingName);
  if (lengths + codings > 1)
    throw badRequest("expected the length of the body to be told once, found "
                     "several of Content-Length and Transfer-Encoding; send "
                     "one of them");
  if (request.method == "POST" && lengths + codings == 0)
    throw Refusal(411,
                  "expected a body with Content-Length, or in chunks, found "
                  "neither",
                  "length_required");
  if (lengths)
    return checkLength(request.get_header_value(lengthName), most);
  std::string coding = request.get_header_value(codingName);
  if (codings && strcasecmp(coding.c_str(), "chunked") != 0)
    throw badRequest("expected Transfer-Encoding to be \"chunked\", found \"" +
                     coding.substr(0, longestShown) + "\"");
}

Refusal longBody(uint64_t most) {
  return Refusal(413,
                 "expected a body of at most " + std::to_string(most) +
                     " bytes, found a longer one; send less, or start the "
                     "server with a larger --max-body",
                 "body_too_large");
}

} // namespace lfm2s
