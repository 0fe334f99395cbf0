"""Files of kernels for a C program that checks them: their functions in MLIR, and a
header that declares them and has a table of them."""

from typing import NamedTuple


class Kernel(NamedTuple):
    name: str
    function: str  # In MLIR; three pointers, to i32, i8 and i8, in C.
    fields: tuple[int, ...]  # What the table says of it after its name and address.


def write(mlir_path, header_path, kernels):
    header = [f"void {k.name}(int32_t *, const int8_t *, const int8_t *);" for k in kernels]
    header += ["static const struct kernel kernels[] = {"]
    header += [f'  {{"{k.name}", {k.name}, {", ".join(map(str, k.fields))}}},' for k in kernels]
    with open(mlir_path, "w", encoding="utf-8") as file:
        file.write("\n".join(k.function for k in kernels))
    with open(header_path, "w", encoding="utf-8") as file:
        file.write("\n".join(header + ["};"]) + "\n")
