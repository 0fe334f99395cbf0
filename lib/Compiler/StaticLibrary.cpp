#include "lib/Compiler/StaticLibrary.h"

#include "llvm/Object/Archive.h"
#include "llvm/Object/ArchiveWriter.h"

using namespace lfm2c;

llvm::Expected<llvm::SmallVector<char, 0>>
lfm2c::makeStaticLibrary(llvm::ArrayRef<ObjectFile> objects,
                         llvm::StringRef runtime) {
  std::vector<llvm::NewArchiveMember> members;
  for (const ObjectFile &object : objects)
    members.emplace_back(llvm::MemoryBufferRef(
        llvm::StringRef(object.bytes.data(), object.bytes.size()),
        object.name));

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
  auto buffer =
      llvm::writeArchiveToBuffer(members, llvm::SymtabWritingMode::NormalSymtab,
                                 llvm::object::Archive::K_GNU,
                                 /*Deterministic=*/true, /*Thin=*/false);
  if (!buffer)
    return buffer.takeError();
  const llvm::StringRef bytes = (*buffer)->getBuffer();
  return llvm::SmallVector<char, 0>(bytes.begin(), bytes.end());
}
