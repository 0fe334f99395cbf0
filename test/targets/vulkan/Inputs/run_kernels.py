"""Kernels that targets/vulkan makes, run on a Vulkan device and compared with numpy.

    run_kernels.py make FOLDER LFM2_OPT...  writes their SPIR-V into the folder
    run_kernels.py check FOLDER [NAME]      runs them on the loader's first device;
                                            NAME is what its name is to contain

Two steps, as a machine with a GPU may have no compiler.
"""

import os
import subprocess
import sys
import traceback

import numpy

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(HERE))))
sys.path.insert(0, os.path.join(ROOT, "test"))
import vulkan_device  # noqa: E402

EXACT_F16 = "module attributes {exec.target = #exec.target<lanes = 8>} {\n%s\n}\n"
DEVICE_F16 = "module attributes {exec.target = #exec.target<lanes = 8, f16c = true>} {\n%s\n}\n"


class Session:
    """A device, and the kernels of a folder, which make() has written."""

    def __init__(self, folder, name):
        self.device = vulkan_device.Device()
        if name.lower() not in self.device.name.lower():
            sys.exit(f"run_kernels.py: expected a device of the name '{name}', found '{self.device.name}'")
        with open(os.path.join(ROOT, "runtime", "include", "lfm2rt", "abi.h"), encoding="utf-8") as file:
            self.abi = file.read()
        self.folder = folder

    def run(self, kernel, weights, out, groups=1, arguments=(), count=0):
        """Fills `out`, by a kernel that reads `weights` and writes scratch memory."""
        with open(os.path.join(self.folder, kernel + ".spv"), "rb") as file:
            words = file.read()
        from_at, _ = self.device.buffer(weights)
        to_at, result = self.device.buffer(out)
        step_at, _ = self.device.buffer(
            vulkan_device.make_step(self.abi, weights=from_at, scratch=to_at, count=count))
        self.device.run(words, groups, [step_at, *arguments])
        return result


ALL_F16 = numpy.arange(65536, dtype=numpy.uint16)


def same_bits_or_nan(found, expected):
    bits = numpy.uint32 if expected.dtype == numpy.float32 else numpy.uint16
    is_nan = numpy.isnan(expected)
    assert numpy.array_equal(numpy.isnan(found), is_nan)
    assert numpy.array_equal(found.view(bits)[~is_nan], expected.view(bits)[~is_nan])


def check_f16_to_f32(session):
    found = session.run("exact/widen", ALL_F16, numpy.zeros(65536, numpy.float32), groups=256)
    same_bits_or_nan(found, ALL_F16.view(numpy.float16).astype(numpy.float32))


def check_f16_to_f32_by_the_device(session):
    """Which may take subnormal ones as 0."""
    found = session.run("device/widen", ALL_F16, numpy.zeros(65536, numpy.float32), groups=256)
    expected = ALL_F16.view(numpy.float16).astype(numpy.float32)
    flushed = (numpy.abs(expected) < 2.0 ** -14) & (found == 0)
    found[flushed] = expected[flushed]
    same_bits_or_nan(found, expected)


def check_f32_to_f16(session):
    """All f16, what lies between neighbours, just beside the middle of them, and anything."""
    exact = ALL_F16.view(numpy.float16).astype(numpy.float32)
    finite = exact[numpy.isfinite(exact)]
    middle = (finite + numpy.nextafter(finite.astype(numpy.float16), numpy.float16(0)).astype(numpy.float32)) / 2
    others = numpy.random.default_rng(1).integers(0, 2 ** 32, 65536, dtype=numpy.uint32).view(numpy.float32)
    inputs = numpy.concatenate([exact, middle, numpy.nextafter(middle, numpy.float32(0)),
                                numpy.nextafter(middle, numpy.float32(1e9)), others]).astype(numpy.float32)
    inputs = numpy.resize(inputs, -(-inputs.size // 256) * 256)
    with numpy.errstate(over="ignore", invalid="ignore"):
        expected = inputs.astype(numpy.float16)
    found = session.run("exact/narrow", inputs, numpy.zeros(inputs.size, numpy.float16),
                groups=inputs.size // 256)
    same_bits_or_nan(found, expected)


def check_dots(session):
    words = numpy.random.default_rng(2).integers(0, 256, (2, 256, 4), dtype=numpy.uint8)
    words[0, 0], words[1, 0] = 255, 128  # The largest products.
    found = session.run("exact/dots", words, numpy.zeros((256, 2), numpy.int32), arguments=[1024])
    x = words[1].view(numpy.int8).astype(numpy.int32)
    for column, w in enumerate([words[0], words[0].view(numpy.int8)]):
        assert numpy.array_equal(found[:, column], 3 + (w.astype(numpy.int32) * x).sum(axis=1))


def check_sums_in_near_memory(session):
    numbers = numpy.random.default_rng(3).standard_normal((5, 256)).astype(numpy.float32)
    found = session.run("exact/sum", numbers, numpy.zeros_like(numbers), groups=5)
    sums = numbers
    while sums.shape[1] > 1:
        half = sums.shape[1] // 2
        sums = sums[:, :half] + sums[:, half:]
    assert numpy.array_equal(found, numpy.broadcast_to(-sums, (5, 256)))


def check_shares(session, count, threads):
    found = session.run("exact/share", numpy.zeros(4, numpy.int32), numpy.zeros((threads, 3), numpy.int32),
                groups=threads, count=count)
    lo, hi, counted = found.T.astype(numpy.int64)
    assert lo[0] == 0 and hi[-1] == count and numpy.array_equal(lo[1:], hi[:-1])
    assert set(hi - lo) <= {count // threads, -(-count // threads)}
    assert numpy.array_equal(counted, numpy.minimum(hi - lo, 12))


def check_tables(session):
    which = numpy.random.default_rng(4).integers(0, 8, 256, dtype=numpy.int32)
    found = session.run("exact/table", which, numpy.zeros(256, numpy.float32))
    assert numpy.array_equal(found, numpy.array([1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, -8.5], numpy.float32)[which])


def check_floats_are_not_fused(session):
    numbers = numpy.random.default_rng(5).standard_normal((256, 4)).astype(numpy.float32)
    # What a fused product would leave: the error of the product.
    numbers[:, 2] = -(numbers[:, 0] * numbers[:, 1])
    numbers[128:, 2] *= numpy.float32(1.001)
    found = session.run("exact/floats", numbers, numpy.zeros_like(numbers))
    a, b, c = numbers[:, 0], numbers[:, 1], numbers[:, 2]
    plain = a * b + c
    exact = (a.astype(numpy.float64) * b).astype(numpy.float32)
    assert numpy.array_equal(found, numpy.stack([plain, plain, numpy.abs(plain), exact], axis=1))


def check_parts_of_words(session):
    data = numpy.random.default_rng(7).integers(0, 256, 1024, dtype=numpy.uint8)
    found = session.run("exact/parts", data, numpy.zeros(256, numpy.int32))
    halves = data.view(numpy.int16).astype(numpy.int32)
    assert numpy.array_equal(found, halves[3:259] * 256 + data[13:269])


SCALARS = {"i8": numpy.uint8, "i16": numpy.uint16, "i32": numpy.uint32, "i64": numpy.uint64,
           "f16": numpy.uint16, "f32": numpy.uint32, "f64": numpy.uint64}

COPY = """
func.func @{name}(%step: !exec.ptr<step>, %thread: i32, %from: index, %to: index) attributes {{
    exec.kernel = 256 : i64, exec.near = {near} : i64}} {{
  %size = arith.constant {size} : index
  %last = arith.constant 255 : index
  %weights = exec.field %step "weights" : !exec.ptr<weights>
  %scratch = exec.field %step "scratch" : !exec.ptr<scratch>
  %near = exec.field %step "near" : !exec.ptr<near>
  %i = exec.invocation
  %i_at = arith.muli %i, %size : index
  %mirrored = arith.subi %last, %i : index
  %mirrored_at = arith.muli %mirrored, %size : index
  %from_at = arith.addi %from, %i_at : index
  %to_at = arith.addi %to, {read} : index
  %v0 = exec.load %weights[%from_at] : {type} in weights
{body}  exec.store %{result}, %scratch[%to_at] : {type} in scratch
  return
}}
"""


def reverse(source, count, element, name):
    """Code that turns the elements of a vector round."""
    vector = f"vector<{count}x{element}>"
    lines = [f"  %{name}{i} = vector.extract %{source}[{i}] : {element} from {vector}\n" for i in range(count)]
    elements = ", ".join(f"%{name}{i}" for i in reversed(range(count)))
    return "".join(lines) + f"  %{name} = vector.from_elements {elements} : {vector}\n"


def make_copy(element, count, near):
    """A kernel that copies items of a type, each turned round, where they are vectors; with `near` through
    the workgroup's memory, from which the invocation at the other end takes it."""
    size = numpy.dtype(SCALARS[element]).itemsize * count
    kind = element if count == 1 else f"vector<{count}x{element}>"
    body, result = "", "v0"
    if count > 1:
        body += reverse("v0", count, element, "e")
        result = "e"
    if near:
        body += f"  exec.store %{result}, %near[%i_at] {{align = 4 : i64}} : {kind} in near\n  exec.join\n"
        body += f"  %n = exec.load %near[%mirrored_at] {{align = 4 : i64}} : {kind} in near\n"
        result = "n"
    return COPY.format(name=f"copy_{element}_{count}_{int(near)}", near=256 * size if near else 4, size=size,
                       read="%i_at", type=kind, body=body, result=result)


COPIES = [(element, count, False) for element in SCALARS for count in (1, 2, 4)]
COPIES += [(element, count, True) for element in SCALARS for count in (1, 2, 4)
           if numpy.dtype(SCALARS[element]).itemsize * count in (4, 8, 16)]


def check_copies(session, element, count, near):
    """At offsets that are multiples of an element, no more."""
    items = numpy.random.default_rng(6).integers(0, 256, (260, count, numpy.dtype(SCALARS[element]).itemsize),
                                                 dtype=numpy.uint8).view(SCALARS[element])[..., 0]
    skip = items.dtype.itemsize
    found = session.run(f"copies/copy_{element}_{count}_{int(near)}", items, numpy.zeros_like(items),
                        arguments=[skip, 3 * skip])
    flat = items.reshape(-1)[1:1 + 256 * count].reshape(256, count)
    expected = flat[::-1, ::-1] if near else flat[:, ::-1]
    assert numpy.array_equal(found.reshape(-1)[3:3 + 256 * count].reshape(256, count), expected)
    assert not found.reshape(-1)[:3].any() and not found.reshape(-1)[3 + 256 * count:].any()


CHECKS = [(check_f16_to_f32, ()), (check_f16_to_f32_by_the_device, ()), (check_f32_to_f16, ()), (check_dots, ()),
          (check_sums_in_near_memory, ()), (check_parts_of_words, ()), (check_tables, ()),
          (check_floats_are_not_fused, ())]
CHECKS += [(check_shares, (count, threads)) for count in (0, 1, 7, 64, 100, 2147483647) for threads in (1, 3, 64)]
CHECKS += [(check_copies, copy) for copy in COPIES]


def make(folder, *lfm2_opt):
    with open(os.path.join(HERE, "kernels.mlir"), encoding="utf-8") as file:
        source = file.read()
    texts = {"exact": EXACT_F16 % source, "device": DEVICE_F16 % source,
             "copies": EXACT_F16 % "".join(make_copy(*copy) for copy in COPIES)}
    for name, text in texts.items():
        to = os.path.join(folder, name)
        os.makedirs(to, exist_ok=True)
        with open(to + ".mlir", "w", encoding="utf-8") as file:
            file.write(text)
        subprocess.run([*lfm2_opt, to + ".mlir", "--vulkan-exec-to-spirv", f"--vulkan-write-kernels=to={to}",
                        "-o", os.devnull], check=True)


def check(folder, name=""):
    session = Session(folder, name)
    failed = 0
    for test, arguments in CHECKS:
        try:
            test(session, *arguments)
        except AssertionError:
            failed += 1
            print(f"{test.__name__}{arguments}")
            traceback.print_exc(limit=-1)
    print(f"{session.device.name}: {len(CHECKS)} checks, {failed} failed")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit({"make": make, "check": check}[sys.argv[1]](*sys.argv[2:]))
