// lfm2-serve: compiled models over HTTP.

#include "tools/lfm2-serve/App.h"

#include <cstdio>

int main(int argc, char **argv) {
  lfm2s::Options options = lfm2s::readOptions(argc, argv);
  try {
    return lfm2s::App(options).run();
  } catch (const std::exception &error) {
    fprintf(stderr, "lfm2-serve: error: %s\n", error.what());
    return 1;
  }
}
