#include "lib/Compiler/StubLibraries.h"

#include "llvm/InterfaceStub/ELFObjHandler.h"
#include "llvm/InterfaceStub/IFSHandler.h"
#include "llvm/InterfaceStub/IFSStub.h"

using namespace lfm2c;

llvm::Error lfm2c::writeStubLibrary(llvm::StringRef path,
                                    const StubLibrary &library,
                                    llvm::StringRef triple) {
  llvm::ifs::IFSStub stub;
  stub.IfsVersion = llvm::ifs::IFSVersionCurrent;
  stub.SoName = library.name;
  stub.Target = llvm::ifs::parseTriple(triple);
  for (const char *name : library.functions) {
    llvm::ifs::IFSSymbol &symbol = stub.Symbols.emplace_back(name);
    symbol.Type = llvm::ifs::IFSSymbolType::Func;
  }
  return llvm::ifs::writeBinaryStub(path, stub);
}
