// A folder of its own for a test, removed afterwards.

#ifndef LFM2C_TEST_UNIT_FRONTENDS_DIRECTORYFIXTURE_H
#define LFM2C_TEST_UNIT_FRONTENDS_DIRECTORYFIXTURE_H

#include "frontends/Frontend.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "gtest/gtest.h"

namespace lfm2c::test {

class TemporaryDirectory {
public:
  TemporaryDirectory() {
    llvm::sys::fs::createUniqueDirectory("lfm2-test", path);
  }
  ~TemporaryDirectory() { llvm::sys::fs::remove_directories(path); }
  std::string file(llvm::StringRef name) const {
    return (path + "/" + name).str();
  }
  llvm::SmallString<128> path;
};

} // namespace lfm2c::test

#endif // LFM2C_TEST_UNIT_FRONTENDS_DIRECTORYFIXTURE_H
