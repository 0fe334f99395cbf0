#include "lib/Support/ForeignBytes.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"

using namespace lfm2c;
using llvm::StringRef;

std::string lfm2c::explainForeignBytes(StringRef bytes) {
  if (bytes.empty())
    return "is empty; get the file again";
  static constexpr struct {
    StringRef start, what;
  } kinds[] = {
      {"version https://git-lfs",
       "is a pointer of git-lfs, not the file itself; run 'git lfs pull' in "
       "its folder"},
      {"# xet version",
       "is a pointer of git-xet, not the file itself; get the file again with "
       "git-xet or the hub's own tool"},
      {"<!doctype html", "is a web page, as a failed download leaves it; get "
                         "the file again"},
      {"<html", "is a web page, as a failed download leaves it; get the file "
                "again"},
      {"<?xml", "is an XML document, as a failed download leaves it; get the "
                "file again"},
      {StringRef("PK\3\4"),
       "is a ZIP archive, as PyTorch and NumPy write them; save the model as "
       "safetensors"},
      {StringRef("\x1f\x8b"), "is compressed by gzip; unpack it"},
      {StringRef("\x28\xb5\x2f\xfd"), "is compressed by zstd; unpack it"},
      {"GGUF", "is a GGUF file; give it a name that ends in .gguf"},
  };
  StringRef text = bytes.ltrim(" \t\r\n");
  for (const auto &kind : kinds)
    if (text.starts_with_insensitive(kind.start))
      return kind.what.str();
  // Downloads that are given their size first are zeros until they are there.
  StringRef start = bytes.take_front(4096);
  if (start.size() >= 8 && llvm::all_of(start, [](char c) { return c == 0; }))
    return "begins with zeros only, as a download that has not ended; get the "
           "file again";
  return "";
}

std::string lfm2c::findUnfinished(StringRef path) {
  for (StringRef ending :
       {".incomplete", ".part", ".crdownload", ".aria2", ".download"}) {
    std::string name = (path + ending).str();
    if (llvm::sys::fs::exists(name))
      return name;
  }
  return "";
}
