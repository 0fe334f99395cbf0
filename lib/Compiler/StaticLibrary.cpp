#include "lib/Compiler/StaticLibrary.h"

#include "llvm/Object/Archive.h"
#include "llvm/Object/ArchiveWriter.h"

using namespace lfm2c;

llvm::Error lfm2c::writeStaticLibrary(llvm::raw_ostream &os,
                                      llvm::ArrayRef<Image> objects,
                                      llvm::StringRef weights,
                                      llvm::StringRef runtime) {
  std::vector<llvm::NewArchiveMember> members;
  for (const Image &object : objects)
    members.emplace_back(llvm::MemoryBufferRef(object.text(), object.name));
  if (!weights.empty())
    members.emplace_back(llvm::MemoryBufferRef(weights, "weights.o"));

  auto archive = llvm::object::Archive::create(
      llvm::MemoryBufferRef(runtime, "the runtime's library"));
  if (!archive)
    return archive.takeError();
  llvm::Error error = llvm::Error::success();
  for (const llvm::object::Archive::Child &child :
       (*archive)->children(error)) {
    auto member =
        llvm::NewArchiveMember::getOldMember(child, /*Deterministic=*/true);
    if (!member) {
      llvm::consumeError(std::move(error));
      return member.takeError();
    }
    members.push_back(std::move(*member));
  }
  if (error)
    return error;
  // Mach-O objects stand in archives of their own kind.
  return llvm::writeArchiveToStream(
      os, members, llvm::SymtabWritingMode::NormalSymtab,
      members.front().detectKindFromObject(), /*Deterministic=*/true,
      /*Thin=*/false);
}
