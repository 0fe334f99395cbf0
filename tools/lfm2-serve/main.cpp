// lfm2-serve: compiled models over HTTP.

#include "tools/lfm2-serve/App.h"

#include <cstdio>
#include <unistd.h>

int main(int argc, char **argv) {
  lfm2s::Options options = lfm2s::readOptions(argc, argv);
  try {
    lfm2s::App app(options);
    int status = app.run();
    // A model may still be loading: nobody waits for that.
    fflush(nullptr);
    _exit(status);
  } catch (const std::exception &error) {
    fprintf(stderr, "lfm2-serve: error: %s\n", error.what());
    return 1;
  }
}
