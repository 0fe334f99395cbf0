// One connection of a client, as bytes in and out with time limits.
//
// It replaces the stream of the HTTP library to know what that does not tell:
// that a client has left while its answer is made, and that the server is to
// stop. It also limits how long and how large the head of a request may be.

#ifndef LFM2C_TOOLS_LFM2_SERVE_CONNECTION_H
#define LFM2C_TOOLS_LFM2_SERVE_CONNECTION_H

#include "tools/lfm2-serve/Record.h"
#include <httplib.h>

namespace lfm2s {

struct ConnectionLimits {
  std::chrono::milliseconds idle{30000};  /// Between two requests.
  std::chrono::milliseconds head{10000};  /// Of a request line and its headers.
  std::chrono::milliseconds body{120000}; /// Of what is behind these.
  std::chrono::milliseconds write{30000}; /// In which some bytes must be taken.
  size_t headBytes = 65536;
};

/// Belongs to the thread that serves it.
class Connection : public httplib::Stream {
public:
  /// `wake` becomes readable when the server stops. Both stay the caller's.
  Connection(int socket, int wake, const ConnectionLimits &limits);

  /// Of the thread that calls; nullptr: none.
  static Connection *current();

  /// False where no request comes: the client left, or was idle for too long,
  /// or the server stops.
  bool waitForRequest();
  void beginHead();
  void beginBody();
  /// The client has closed its side: nobody reads what is written. Costs a call
  /// of the system.
  bool hasLeft() const;
  bool hasLongHead() const { return headIsLong; }

  /// Nothing more is written. Where `drops` is set, what the client still sends
  /// is read and dropped for a moment, so that it gets to read the answer.
  void end(bool drops);

  /// What is logged about the request that is served.
  Record record;
  /// Set where a body was not read: what follows is no request.
  bool mustClose = false;

  bool is_readable() const override;
  bool is_writable() const override;
  ssize_t read(char *to, size_t size) override;
  ssize_t write(const char *from, size_t size) override;
  void get_remote_ip_and_port(std::string &address, int &port) const override;
  void get_local_ip_and_port(std::string &address, int &port) const override;
  socket_t socket() const override { return file; }

private:
  using Clock = std::chrono::steady_clock;
  /// Fills the buffer; 0 at the end, -1 where nothing came in time.
  ssize_t fill();

  const int file, wake;
  const ConnectionLimits limits;
  char buffer[8192];
  size_t begin = 0, filled = 0;
  size_t headBytes = 0;
  bool isHead = false, headIsLong = false;
  Clock::time_point deadline;
};

} // namespace lfm2s

#endif // LFM2C_TOOLS_LFM2_SERVE_CONNECTION_H
