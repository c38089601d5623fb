"""Prints what CMake needs to know of the Python that runs it, one KEY=VALUE a line."""

import os
import sys
import sysconfig


def libpython():
    name = sysconfig.get_config_var("INSTSONAME") or ""
    if ".so" not in name:
        return ""
    libdir = sysconfig.get_config_var("LIBDIR") or ""
    multiarch = sysconfig.get_config_var("MULTIARCH") or ""
    for folder in (libdir, os.path.join(libdir, multiarch), os.path.join(sys.base_prefix, "lib")):
        path = os.path.join(folder, name)
        if os.path.isfile(path):
            return path
    return ""


def has_numpy():
    try:
        import numpy
    except ImportError:
        return ""
    return numpy.__version__


def own_pybind11():
    try:
        import pybind11
    except ImportError:
        return ""
    return pybind11.get_include()


include = sysconfig.get_path("include")
print("version=%d.%d" % sys.version_info[:2])
print("executable=" + sys.executable)
print("home=" + sys.base_prefix)
print("include=" + (include if os.path.isfile(os.path.join(include, "Python.h")) else ""))
print("libpython=" + libpython())
print("numpy=" + has_numpy())
print("pybind11=" + own_pybind11())
