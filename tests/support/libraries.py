"""Libraries of native kernels, built as users build theirs: with the public headers alone."""

import os
import pathlib
import shutil
import subprocess

import pytest

SUPPORT = pathlib.Path(__file__).resolve().parent
INCLUDE = SUPPORT.parents[1] / "libmproc" / "include"


def compile_library(source, library, *flags):
    """`source`: a path, or the text of one."""
    if not isinstance(source, pathlib.Path):
        text, source = source, library.with_suffix(".cpp")
        source.write_text(text)
    subprocess.run([os.environ.get("CXX", "c++"), "-std=c++20", "-O1", "-g", "-shared", "-fPIC", f"-I{INCLUDE}", *flags,
                    "-o", library, source], check=True)


@pytest.fixture(scope="session")
def kernels(tmp_path_factory):
    """The library of support/native_kernels.cpp."""
    library = tmp_path_factory.mktemp("native") / "libkernels.so"
    compile_library(SUPPORT / "native_kernels.cpp", library)
    return library


@pytest.fixture
def native(cli, kernels):
    """A Cli with that library beside its job files."""
    shutil.copy(kernels, cli.path)
    return cli
