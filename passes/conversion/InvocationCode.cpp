// The code of one invocation, of that of its thread.
//
// The ops of the kernel are made again, in order, on what an invocation holds.

#include "passes/conversion/InvocationCode.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace lfm2c;

//===----------------------------------------------------------------------===//
// Forms
//===----------------------------------------------------------------------===//

InvocationCode::Form InvocationCode::formOf(Type type) const {
  auto vector = dyn_cast<VectorType>(type);
  if (!vector)
    return Form::Scalar;
  if (isAlone)
    return Form::Whole;
  int64_t n = vector.getNumElements(), bits = vector.getElementTypeBitWidth();
  if (n * bits == facts.lanes * 32 && (bits == 8 || bits == 16) &&
      n > facts.lanes)
    return Form::Packed;
  return n % facts.lanes == 0 ? Form::Spread : Form::Whole;
}

Type InvocationCode::partType(Type type) const {
  return formOf(type) == Form::Packed ? IntegerType::get(type.getContext(), 32)
                                      : getElementTypeOrSelf(type);
}

int64_t InvocationCode::numParts(Type type) const {
  switch (formOf(type)) {
  case Form::Scalar:
  case Form::Packed:
    return 1;
  case Form::Spread:
    return cast<VectorType>(type).getNumElements() / facts.lanes;
  case Form::Whole:
    return cast<VectorType>(type).getNumElements();
  }
  llvm_unreachable("covered switch");
}

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

LogicalResult InvocationCode::convert() {
  Block &old = func.getBody().front();
  Block *made = new Block;
  func.getBody().push_back(made);
  for (BlockArgument argument : old.getArguments())
    parts[argument] = {
        made->addArgument(argument.getType(), argument.getLoc())};
  b.setInsertionPointToStart(made);
  invocation = exec::InvocationOp::create(b, loc);
  lane = arith::RemUIOp::create(b, loc, invocation, index(facts.lanes));
  slice = arith::DivUIOp::create(b, loc, invocation, index(facts.lanes));
  if (failed(convertBlock(old)))
    return failure();
  old.dropAllDefinedValueUses();
  old.erase();
  return success();
}

LogicalResult InvocationCode::convertBlock(Block &block) {
  for (Operation &op : block) {
    loc = op.getLoc();
    if (failed(convertOp(&op)))
      return failure();
  }
  return success();
}

LogicalResult InvocationCode::convertOp(Operation *op) {
  using Result = LogicalResult;
  return llvm::TypeSwitch<Operation *, Result>(op)
      .Case([&](exec::ByInvocationOp own) {
        isAlone = true;
        Result result = convertBlock(own.getBody().front());
        isAlone = false;
        return result;
      })
      .Case([&](exec::InvocationOp) {
        parts[op->getResult(0)] = {invocation};
        return success();
      })
      .Case([&](scf::ForOp loop) { return convertFor(loop); })
      .Case([&](scf::IfOp branch) { return convertIf(branch); })
      .Case([&](scf::YieldOp yield) { return convertYield(yield); })
      .Case([&](exec::LoadOp load) { return convertLoad(load); })
      .Case([&](exec::StoreOp store) { return convertStore(store); })
      .Case([&](exec::SumSlicesOp sum) { return convertSumSlices(sum); })
      .Case([&](exec::SumThreadOp sum) { return convertSumThread(sum); })
      .Case([&](exec::ReduceNeighboursOp reduce) {
        return convertNeighbours(reduce);
      })
      .Case([&](exec::Dot4Op dot) { return convertDot4(dot); })
      .Case<vector::BitCastOp, arith::BitcastOp>(
          [&](Operation *) { return convertBitcast(op); })
      .Case<vector::ExtractOp, vector::ExtractStridedSliceOp>(
          [&](Operation *) { return convertSlice(op); })
      .Case<arith::ConstantOp, vector::BroadcastOp>([&](Operation *) {
        if (isa<VectorType>(op->getResult(0).getType()))
          return success(); // Made where it is used, as it is held there.
        return convertElementwise(op);
      })
      .Default([&](Operation *) { return convertElementwise(op); });
}

LogicalResult InvocationCode::refuse(Operation *op) {
  return op->emitError("'")
         << op->getName()
         << "' takes apart a vector that lanes hold; expected it within "
            "exec.by_invocation";
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

/// The bits of a byte or a half, as often as a word has room.
static uint32_t repeated(const APInt &bits) {
  uint32_t word = bits.getZExtValue();
  for (unsigned n = bits.getBitWidth(); n < 32; n *= 2)
    word |= word << n;
  return word;
}

FailureOr<InvocationCode::Parts> InvocationCode::partsOf(Value value) {
  if (auto constant = value.getDefiningOp<arith::ConstantOp>())
    if (isa<VectorType>(value.getType()))
      return partsOfConstant(cast<DenseElementsAttr>(constant.getValue()));
  int64_t n = numParts(value.getType());
  if (auto splat = value.getDefiningOp<vector::BroadcastOp>()) {
    bool isScalar = !isa<VectorType>(splat.getSource().getType());
    if (!isScalar || formOf(value.getType()) == Form::Packed)
      return refuse(splat);
    FailureOr<Parts> scalar = partsOf(splat.getSource());
    return Parts(n, scalar->front());
  }
  Parts held = parts.lookup(value);
  // Code that is alone uses a vector of code that is not.
  if (int64_t(held.size()) != n)
    return refuse(value.getDefiningOp());
  return held;
}

FailureOr<InvocationCode::Parts>
InvocationCode::partsOfConstant(DenseElementsAttr constant) {
  Type type = constant.getType();
  auto scalar = [&](Attribute value) -> Value {
    return arith::ConstantOp::create(b, loc, cast<TypedAttr>(value));
  };
  if (formOf(type) == Form::Packed) {
    if (!constant.isSplat())
      return func.emitError("expected the bytes of a word to be the same in a "
                            "constant, but found ")
             << constant;
    APInt bits = constant.getSplatValue<APInt>();
    return Parts{arith::ConstantOp::create(
        b, loc, b.getI32IntegerAttr(int32_t(repeated(bits))))};
  }
  int64_t n = numParts(type);
  if (constant.isSplat())
    return Parts(n, scalar(constant.getSplatValue<Attribute>()));
  Parts made;
  if (formOf(type) == Form::Whole) {
    for (Attribute value : constant.getValues<Attribute>())
      made.push_back(scalar(value));
    return made;
  }
  Value table = arith::ConstantOp::create(b, loc, constant);
  for (int64_t i = 0; i < n; ++i)
    made.push_back(vector::ExtractOp::create(
        b, loc, table, OpFoldResult(add(index(i * facts.lanes), lane))));
  return made;
}

//===----------------------------------------------------------------------===//
// Ops on elements
//===----------------------------------------------------------------------===//

LogicalResult InvocationCode::convertElementwise(Operation *op) {
  auto isVector = llvm::IsaPred<VectorType>;
  bool hasVectors = llvm::any_of(op->getOperandTypes(), isVector) ||
                    llvm::any_of(op->getResultTypes(), isVector);
  if (op->getNumRegions() > 0 ||
      (hasVectors && !op->hasTrait<OpTrait::Elementwise>()))
    return refuse(op);
  SmallVector<Parts> operands;
  int64_t n = 1;
  bool isPacked = false;
  for (Value operand : op->getOperands()) {
    FailureOr<Parts> held = partsOf(operand);
    if (failed(held))
      return failure();
    n = std::max<int64_t>(n, held->size());
    isPacked |= formOf(operand.getType()) == Form::Packed;
    operands.push_back(*held);
  }
  if (isPacked && !isa<arith::AndIOp, arith::OrIOp, arith::XOrIOp>(op))
    return convertShift(op);
  SmallVector<Parts> results(op->getNumResults());
  for (int64_t i = 0; i < n; ++i) {
    IRMapping map;
    for (auto [operand, held] : llvm::zip(op->getOperands(), operands))
      map.map(operand, held[held.size() == 1 ? 0 : i]);
    Operation *made = b.clone(*op, map);
    for (auto [j, result] : llvm::enumerate(made->getResults())) {
      result.setType(partType(result.getType()));
      results[j].push_back(result);
    }
  }
  for (auto [result, held] : llvm::zip(op->getResults(), results))
    parts[result] = held;
  return success();
}

/// A shift of bytes: what comes over from the neighbour is taken away.
LogicalResult InvocationCode::convertShift(Operation *op) {
  DenseElementsAttr amount;
  if (!isa<arith::ShRUIOp, arith::ShLIOp>(op) ||
      !matchPattern(op->getOperand(1), m_Constant(&amount)) ||
      !amount.isSplat())
    return refuse(op);
  APInt n = amount.getSplatValue<APInt>();
  APInt ones = APInt::getAllOnes(n.getBitWidth());
  bool isRight = isa<arith::ShRUIOp>(op);
  auto word = [&](uint32_t value) {
    return arith::ConstantOp::create(b, loc,
                                     b.getI32IntegerAttr(int32_t(value)));
  };
  Value from = partsOf(op->getOperand(0))->front();
  Value by = word(n.getZExtValue()), shifted;
  if (isRight)
    shifted = arith::ShRUIOp::create(b, loc, from, by);
  else
    shifted = arith::ShLIOp::create(b, loc, from, by);
  APInt kept = isRight ? ones.lshr(n) : ones.shl(n);
  parts[op->getResult(0)] = {
      arith::AndIOp::create(b, loc, shifted, word(repeated(kept)))};
  return success();
}

LogicalResult InvocationCode::convertBitcast(Operation *op) {
  Type to = op->getResult(0).getType();
  FailureOr<Parts> held = partsOf(op->getOperand(0));
  if (failed(held))
    return failure();
  if (int64_t(held->size()) != numParts(to))
    return refuse(op);
  Type part = partType(to);
  Parts made;
  for (Value value : *held)
    made.push_back(value.getType() == part
                       ? value
                       : arith::BitcastOp::create(b, loc, part, value));
  parts[op->getResult(0)] = made;
  return success();
}

LogicalResult InvocationCode::convertSlice(Operation *op) {
  Value source = op->getOperand(0);
  int64_t first, n = 1;
  if (auto slice = dyn_cast<vector::ExtractStridedSliceOp>(op)) {
    first = cast<IntegerAttr>(slice.getOffsets()[0]).getInt();
    n = cast<VectorType>(slice.getType()).getNumElements();
  } else {
    auto extract = cast<vector::ExtractOp>(op);
    if (extract.hasDynamicPosition())
      return refuse(op);
    first = extract.getStaticPosition()[0];
  }
  FailureOr<Parts> held = partsOf(source);
  if (failed(held))
    return failure();
  if (formOf(source.getType()) == Form::Spread) {
    if (first % facts.lanes != 0 || n % facts.lanes != 0)
      return refuse(op);
    first /= facts.lanes;
    n /= facts.lanes;
  } else if (formOf(source.getType()) != Form::Whole) {
    return refuse(op);
  }
  auto from = held->begin() + first;
  parts[op->getResult(0)] = Parts(from, from + n);
  return success();
}

LogicalResult InvocationCode::convertDot4(exec::Dot4Op op) {
  FailureOr<Parts> acc = partsOf(op.getAcc()), w = partsOf(op.getW()),
                   x = partsOf(op.getX());
  if (failed(acc) || failed(w) || failed(x))
    return failure();
  if (formOf(op.getW().getType()) != Form::Packed)
    return refuse(op);
  parts[op.getResult()] = {exec::PackedDot4Op::create(
      b, loc, acc->front(), w->front(), x->front(), op.getSignedW())};
  return success();
}

//===----------------------------------------------------------------------===//
// Control
//===----------------------------------------------------------------------===//

/// Types of all parts of values.
SmallVector<Type> InvocationCode::partTypes(TypeRange types) const {
  SmallVector<Type> all;
  for (Type type : types)
    all.append(numParts(type), partType(type));
  return all;
}

void InvocationCode::takeParts(ValueRange values, ValueRange from) {
  for (Value value : values) {
    int64_t n = numParts(value.getType());
    parts[value] = Parts(from.take_front(n));
    from = from.drop_front(n);
  }
}

LogicalResult InvocationCode::convertYield(scf::YieldOp op) {
  SmallVector<Value> all;
  for (Value value : op.getOperands()) {
    FailureOr<Parts> held = partsOf(value);
    if (failed(held))
      return failure();
    all.append(held->begin(), held->end());
  }
  scf::YieldOp::create(b, loc, all);
  return success();
}

LogicalResult InvocationCode::convertFor(scf::ForOp op) {
  SmallVector<Value> init;
  for (Value value : op.getInitArgs()) {
    FailureOr<Parts> held = partsOf(value);
    if (failed(held))
      return failure();
    init.append(held->begin(), held->end());
  }
  auto made = scf::ForOp::create(b, loc, scalarOf(op.getLowerBound()),
                                 scalarOf(op.getUpperBound()),
                                 scalarOf(op.getStep()), init);
  OpBuilder::InsertionGuard guard(b);
  Block *body = made.getBody();
  if (init.empty())
    body->getTerminator()->erase();
  b.setInsertionPointToStart(body);
  parts[op.getInductionVar()] = {made.getInductionVar()};
  takeParts(op.getRegionIterArgs(), made.getRegionIterArgs());
  if (failed(convertBlock(*op.getBody())))
    return failure();
  takeParts(op.getResults(), made.getResults());
  return success();
}

LogicalResult InvocationCode::convertIf(scf::IfOp op) {
  auto made = scf::IfOp::create(b, loc, partTypes(op.getResultTypes()),
                                scalarOf(op.getCondition()),
                                !op.getElseRegion().empty());
  OpBuilder::InsertionGuard guard(b);
  for (auto [from, to] : llvm::zip(op->getRegions(), made->getRegions())) {
    if (from.empty())
      continue;
    Block &body = to.front();
    body.clear();
    b.setInsertionPointToStart(&body);
    if (failed(convertBlock(from.front())))
      return failure();
  }
  takeParts(op.getResults(), made.getResults());
  return success();
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

Value InvocationCode::index(int64_t value) {
  return arith::ConstantIndexOp::create(b, loc, value);
}
Value InvocationCode::add(Value a, Value c) {
  return b.createOrFold<arith::AddIOp>(loc, a, c);
}
Value InvocationCode::mul(Value a, int64_t c) {
  return b.createOrFold<arith::MulIOp>(loc, a, index(c));
}

/// Elements of one load or store: as many as GPUs have in a vector.
static int64_t numTogether(int64_t n) {
  return n % 4 == 0 ? 4 : n % 2 == 0 ? 2 : 1;
}

LogicalResult InvocationCode::convertLoad(exec::LoadOp op) {
  Type type = op.getType(), part = partType(type);
  int64_t bytes = part.getIntOrFloatBitWidth() / 8;
  Value base = scalarOf(op.getBase()), offset = scalarOf(op.getOffset());
  auto load = [&](Type type, Value at, int64_t align) -> Value {
    auto made = exec::LoadOp::create(b, loc, type, base, at);
    made.setAlign(align);
    made.setConstant(op.getConstant());
    return made;
  };
  Parts made;
  if (formOf(type) == Form::Whole) {
    int64_t n = numParts(type), together = numTogether(n);
    for (int64_t i = 0; i < n; i += together) {
      Value at = add(offset, index(i * bytes));
      int64_t align = llvm::MinAlign(op.getAlign(), i * bytes);
      if (together == 1) {
        made.push_back(load(part, at, align));
        continue;
      }
      Value some = load(VectorType::get(together, part), at, align);
      for (int64_t j = 0; j < together; ++j)
        made.push_back(vector::ExtractOp::create(b, loc, some, ArrayRef(j)));
    }
  } else if (formOf(type) == Form::Scalar) {
    made.push_back(load(part, offset, op.getAlign()));
  } else {
    int64_t align = std::min<int64_t>(op.getAlign(), bytes); // Of a lane's.
    Value own = add(offset, mul(lane, bytes));
    for (int64_t i = 0; i < numParts(type); ++i)
      made.push_back(
          load(part, add(own, index(i * facts.lanes * bytes)), align));
  }
  parts[op.getResult()] = made;
  return success();
}

LogicalResult InvocationCode::convertStore(exec::StoreOp op) {
  Type type = op.getValue().getType(), part = partType(type);
  int64_t bytes = part.getIntOrFloatBitWidth() / 8;
  FailureOr<Parts> held = partsOf(op.getValue());
  if (failed(held))
    return failure();
  Value base = scalarOf(op.getBase()), offset = scalarOf(op.getOffset());
  auto store = [&](Value value, Value at, int64_t align) {
    exec::StoreOp::create(b, loc, value, base, at).setAlign(align);
  };
  if (formOf(type) == Form::Whole) {
    int64_t n = held->size(), together = numTogether(n);
    for (int64_t i = 0; i < n; i += together) {
      Value some = (*held)[i];
      if (together > 1)
        some = vector::FromElementsOp::create(
            b, loc, VectorType::get(together, part),
            ArrayRef(*held).slice(i, together));
      store(some, add(offset, index(i * bytes)),
            llvm::MinAlign(op.getAlign(), i * bytes));
    }
  } else if (formOf(type) == Form::Scalar) {
    store(held->front(), offset, op.getAlign());
  } else {
    Value own = add(offset, mul(lane, bytes));
    for (auto [i, value] : llvm::enumerate(*held))
      store(value, add(own, index(i * facts.lanes * bytes)),
            std::min<int64_t>(op.getAlign(), bytes));
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Sums of invocations
//===----------------------------------------------------------------------===//

void InvocationCode::wantWords(int64_t n) {
  if (!words) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(&func.getBody().back());
    words = exec::LocalOp::create(b, func.getLoc(), n * 4);
  }
  words.setBytes(std::max<int64_t>(words.getBytes(), n * 4));
}
Value InvocationCode::loadWord(Value i, Type type) {
  return exec::LoadOp::create(b, loc, type, words.getResult(), mul(i, 4));
}
void InvocationCode::storeWord(Value value, Value i) {
  exec::StoreOp::create(b, loc, value, words.getResult(), mul(i, 4));
}
Value InvocationCode::combine(ArrayRef<Value> all, bool max) {
  Parts values(all);
  auto both = [&](Value a, Value c) -> Value {
    if (!a.getType().isF32())
      return arith::AddIOp::create(b, loc, a, c);
    if (!max)
      return arith::AddFOp::create(b, loc, a, c);
    Value isMore =
        arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGT, a, c);
    return arith::SelectOp::create(b, loc, isMore, a, c);
  };
  while (values.size() > 1) {
    Parts next;
    for (size_t i = 0; i + 1 < values.size(); i += 2)
      next.push_back(both(values[i], values[i + 1]));
    if (values.size() % 2)
      next.push_back(values.back());
    values = next;
  }
  return values.front();
}
/// The words `first`, `first + step`, ... summed.
Value InvocationCode::sumWords(Value first, int64_t step, int64_t n) {
  Parts values;
  for (int64_t i = 0; i < n; ++i)
    values.push_back(loadWord(add(first, index(i * step)), b.getF32Type()));
  return sum(values);
}

LogicalResult InvocationCode::convertSumSlices(exec::SumSlicesOp op) {
  // The words of the next part lie a few further on, so that slices which sum
  // them find them in other banks.
  int64_t all = facts.lanes * facts.slices, stride = all + facts.lanes;
  int64_t n = op.getParts().size();
  wantWords(n * stride);
  exec::JoinOp::create(b, loc);
  for (auto [i, part] : llvm::enumerate(op.getParts())) {
    FailureOr<Parts> held = partsOf(part);
    if (failed(held) || held->size() != 1)
      return refuse(op);
    storeWord(held->front(), add(invocation, index(i * stride)));
  }
  exec::JoinOp::create(b, loc);
  Value hasPart =
      arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, slice, index(n));
  auto branch = scf::IfOp::create(b, loc, b.getF32Type(), hasPart,
                                  /*withElseRegion=*/true);
  parts[op.getResult()] = {branch.getResult(0)};
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  Value first = add(mul(slice, stride), lane);
  scf::YieldOp::create(b, loc, sumWords(first, facts.lanes, facts.slices));
  b.setInsertionPointToStart(branch.elseBlock());
  scf::YieldOp::create(
      b, loc,
      ValueRange{arith::ConstantOp::create(b, loc, b.getF32FloatAttr(0))});
  return success();
}

LogicalResult InvocationCode::convertSumThread(exec::SumThreadOp op) {
  FailureOr<Parts> held = partsOf(op.getPart());
  if (failed(held))
    return failure();
  // First so many invocations sum as many words, then all sum theirs.
  int64_t all = facts.lanes * facts.slices, some = 1;
  while (some * some < all)
    some *= 2;
  wantWords(all + some);
  exec::JoinOp::create(b, loc);
  storeWord(sum(*held), invocation);
  exec::JoinOp::create(b, loc);
  Value isSumming = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult,
                                          invocation, index(some));
  auto branch = scf::IfOp::create(b, loc, isSumming, /*withElseRegion=*/false);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    storeWord(sumWords(mul(invocation, all / some), 1, all / some),
              add(invocation, index(all)));
  }
  exec::JoinOp::create(b, loc);
  parts[op.getResult()] = {sumWords(index(all), 1, some)};
  return success();
}

LogicalResult InvocationCode::convertNeighbours(exec::ReduceNeighboursOp op) {
  int64_t width = op.getWidth();
  wantWords(facts.lanes * facts.slices);
  exec::JoinOp::create(b, loc);
  storeWord(scalarOf(op.getPart()), invocation);
  exec::JoinOp::create(b, loc);
  Value number = arith::DivUIOp::create(b, loc, invocation, index(width));
  Value first = mul(number, width);
  Parts values;
  for (int64_t i = 0; i < width; ++i)
    values.push_back(loadWord(add(first, index(i)), op.getType()));
  parts[op.getResult()] = {combine(values, op.getMax())};
  return success();
}
