#include "tools/lfm2-serve/Access.h"

#include "tools/lfm2-serve/Refusal.h"

namespace lfm2s {
namespace {

/// Equal, in a time that depends on the length of `given` alone.
bool isEqual(const std::string &given, const std::string &key) {
  unsigned difference = unsigned(given.size() ^ key.size()) ? 1 : 0;
  for (size_t i = 0; i < given.size(); ++i)
    difference |=
        (unsigned char)(given[i]) ^ (unsigned char)(key[i % key.size()]);
  return difference == 0;
}

bool isLoopback(const std::string &host) {
  return host == "localhost" || host == "::1" || host == "[::1]" ||
         host.compare(0, 4, "127.") == 0;
}

/// Of a Host header, without its port.
std::string nameOf(const std::string &host) {
  size_t colon = host.rfind(':');
  bool hasPort =
      colon != std::string::npos && host.find(']', colon) == std::string::npos;
  return hasPort ? host.substr(0, colon) : host;
}

std::string givenKey(const httplib::Request &request) {
  std::string header = request.get_header_value("Authorization");
  constexpr char bearer[] = "bearer ";
  constexpr size_t bytes = sizeof(bearer) - 1;
  if (header.size() > bytes && strncasecmp(header.data(), bearer, bytes) == 0)
    return header.substr(bytes);
  return request.get_header_value("X-Api-Key");
}

} // namespace

size_t Access::checkKey(const httplib::Request &request) const {
  if (options.keys.empty())
    return 0;
  std::string given = givenKey(request);
  size_t found = 0;
  for (size_t i = 0; i < options.keys.size(); ++i)
    if (isEqual(given, options.keys[i]))
      found = i + 1;
  if (!found)
    throw Refusal(401,
                  given.empty()
                      ? "expected an API key as \"Authorization: Bearer KEY\", "
                        "found none"
                      : "expected one of this server's API keys, found another "
                        "one",
                  "invalid_api_key");
  return found;
}

void Access::checkOrigin(const httplib::Request &request) const {
  std::string origin = request.get_header_value("Origin");
  if (origin.empty() || options.cors == "*" || origin == options.cors)
    return;
  // The page of this server itself has the host that was asked. Of a server for
  // this machine alone that is none whose name leads here by a trick.
  std::string host = request.get_header_value("Host");
  bool isOwn = origin == "http://" + host || origin == "https://" + host;
  if (isOwn && (!isLoopback(options.host) || isLoopback(nameOf(host))))
    return;
  throw Refusal(403,
                "expected a page of this server, found one of another origin; "
                "start it with --cors=ORIGIN to let that ask",
                "origin_not_allowed");
}

void Access::addHeaders(const httplib::Request &request,
                        httplib::Response &response) const {
  if (options.cors.empty() || !request.has_header("Origin"))
    return;
  response.set_header("Access-Control-Allow-Origin", options.cors);
  response.set_header("Access-Control-Expose-Headers",
                      "X-Request-Id, Retry-After");
  if (options.cors != "*")
    response.set_header("Vary", "Origin");
  if (request.method != "OPTIONS")
    return;
  response.set_header("Access-Control-Allow-Methods", "GET, POST, OPTIONS");
  std::string headers =
      request.get_header_value("Access-Control-Request-Headers");
  response.set_header("Access-Control-Allow-Headers",
                      headers.empty() ? "Authorization, Content-Type"
                                      : headers);
  response.set_header("Access-Control-Max-Age", "86400");
}

} // namespace lfm2s
