#include "lib/Compiler/PackWeights.h"

#include "dialects/exec/IR/Exec.h"
#include "lib/Quantize/QuantizedTensors.h"
#include "lib/Support/Error.h"
#include "lib/Weights/Pack.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/ThreadPool.h"

using namespace lfm2c;

namespace {

class WeightWriter {
public:
  WeightWriter(QuantizedTensors &tensors, llvm::raw_ostream &os,
               llvm::function_ref<llvm::Error(uint64_t, uint64_t)> progress,
               llvm::function_ref<llvm::Error(const WeightPlace &)> onNonFinite,
               uint64_t total)
      : tensors(tensors), os(os), progress(progress), onNonFinite(onNonFinite),
        total(total) {}

  llvm::Error write(exec::WeightOp op) {
    if (!op.getOffset())
      return makeError("weight '@{0}' has no offset; run exec-plan-memory",
                       op.getSymName());
    advanceTo(*op.getOffset());
    llvm::SmallVector<PackSegment> segments;
    for (auto segment : op.getSegments().getAsRange<exec::SegmentAttr>())
      segments.push_back(find(segment));
    if (llvm::Error error = op.getPlain() ? writePlain(*segments.front().tensor)
                                          : writeGroups(op, segments))
      return error;
    for (const PackSegment &s : segments) {
      // Not every format has a scale that is no number, to show it.
      if (llvm::Error error = check(tensors.findNonFinite(*s.tensor)))
        return error;
      tensors.release(*s.tensor);
    }
    uint64_t end = *op.getOffset() + op.getBytes();
    if (done != end)
      return makeError("weight '@{0}' was planned with {1} bytes, but its "
                       "tensors pack to {2}",
                       op.getSymName(), op.getBytes(), done - *op.getOffset());
    return llvm::Error::success();
  }

  void advanceTo(uint64_t offset) {
    os.write_zeros(offset - done);
    done = offset;
  }

private:
  /// The rows that `segment` names, in the format that the program reads.
  PackSegment find(exec::SegmentAttr segment) {
    const std::optional<Format> format = formatFromName(segment.getFormat());
    const Tensor *tensor = tensors.find(segment.getTensor(), *format);
    assert(tensor && format && "checkWeights() has passed the module");
    return {tensor, segment.getFirst(), segment.getRows(), segment.getUnit()};
  }

  /// Tells of the first element that is no finite number, and of no more.
  llvm::Error check(const std::optional<WeightPlace> &place) {
    if (!place || told)
      return llvm::Error::success();
    told = true;
    return onNonFinite(tensors.explain(*place));
  }

  llvm::Error writePlain(const Tensor &tensor) {
    llvm::SmallVector<float> values;
    if (llvm::Error error = check(packPlain(tensor, values)))
      return error;
    os.write(reinterpret_cast<const char *>(values.data()), values.size() * 4);
    done += values.size() * 4;
    return llvm::Error::success();
  }

  /// Packs a few MiB at a time on all cores, then writes them.
  llvm::Error writeGroups(exec::WeightOp op,
                          llvm::ArrayRef<PackSegment> segments) {
    int64_t lanes = op.getLanes();
    int64_t step = packedStepBytes(segments, lanes);
    const PackSegment &s = segments.front();
    int64_t groups = s.rows / s.unit * llvm::divideCeil(s.unit, lanes);
    int64_t perTask = std::max<int64_t>(1, (1 << 20) / step);
    int64_t perBatch = perTask * pool.getMaxConcurrency() * 2;
    for (int64_t matrix = 0; matrix < static_cast<int64_t>(op.getCount());
         ++matrix)
      for (int64_t first = 0; first < groups; first += perBatch) {
        int64_t last = std::min(groups, first + perBatch);
        buffer.resize((last - first) * step);
        std::vector<std::optional<WeightPlace>> places(
            llvm::divideCeil(last - first, perTask));
        for (int64_t g = first; g < last; g += perTask)
          pool.async([&, matrix, g, first, last] {
            places[(g - first) / perTask] = packGroups(
                segments, lanes, matrix, g, std::min(last, g + perTask),
                buffer.data() + (g - first) * step);
          });
        pool.wait();
        for (const std::optional<WeightPlace> &place : places)
          if (llvm::Error error = check(place))
            return error;
        os.write(reinterpret_cast<const char *>(buffer.data()), buffer.size());
        done += buffer.size();
        if (llvm::Error error = progress(done, total))
          return error;
      }
    return llvm::Error::success();
  }

  QuantizedTensors &tensors;
  llvm::raw_ostream &os;
  llvm::function_ref<llvm::Error(uint64_t, uint64_t)> progress;
  llvm::function_ref<llvm::Error(const WeightPlace &)> onNonFinite;
  uint64_t total, done = 0;
  bool told = false;
  llvm::DefaultThreadPool pool;
  std::vector<uint8_t> buffer;
};

} // namespace

llvm::Error lfm2c::packWeights(
    mlir::ModuleOp module, QuantizedTensors &tensors, llvm::raw_ostream &os,
    llvm::function_ref<llvm::Error(uint64_t, uint64_t)> progress,
    llvm::function_ref<llvm::Error(const WeightPlace &)> onNonFinite) {
  auto bytes = module->getAttrOfType<mlir::IntegerAttr>("exec.weights_bytes");
  if (!bytes)
    return makeError("the module has no planned weights; run exec-plan-memory");
  uint64_t total = bytes.getInt();
  WeightWriter writer(tensors, os, progress, onNonFinite, total);
  for (auto op : module.getOps<exec::WeightOp>())
    if (llvm::Error error = writer.write(op))
      return error;
  writer.advanceTo(total);
  return llvm::Error::success();
}
