"""Which interpreter of the process this is."""


def refuse_others() -> None:
    """Raises ImportError in any interpreter of this process but the first.

    The modules in C++ would wait for ever there: pybind11 asks for the lock of the first.
    """
    try:
        import ctypes  # Public functions, which no module of Python tells.
        functions = ctypes.pythonapi
    except (ImportError, AttributeError):
        return
    found = []
    for name in ("PyInterpreterState_Get", "PyInterpreterState_Main"):
        function = getattr(functions, name)
        function.restype = ctypes.c_void_p
        found.append(function())
    if found[0] != found[1]:
        raise ImportError("expected the main interpreter of this process, found a subinterpreter; import lfm2_compile "
                          "in the main one, or in a process of its own")
