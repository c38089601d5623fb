"""jobs/options, a C++ project of somebody else's, against an installed mproc: find_package, pkg-config, its job."""

import os
import pathlib
import re
import shutil
import subprocess

import pytest

EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "jobs" / "options"
LIMIT = 240  # seconds for one command
EXPECTED = (EXAMPLE / "expected.txt").read_text()
MPIRUN = ["mpirun", "-n", "3", "--oversubscribe"]
AS_ROOT = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}


def run(*words, **options):
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MPROC", "PYTHON"))}
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=LIMIT,
                          env=clean | options.pop("env", {}), **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def prefix(tmp_path_factory):
    folder = tmp_path_factory.mktemp("prefix")
    run(os.environ["CMAKE"], "--install", os.environ["MPROC_BUILD_TREE"], "--prefix", folder)
    return folder


@pytest.fixture(scope="module")
def project(tmp_path_factory, prefix):
    """The example as it was built with find_package."""
    folder = tmp_path_factory.mktemp("example") / "options"
    shutil.copytree(EXAMPLE, folder)
    run(os.environ["CMAKE"], "-S", folder, "-B", folder / "build", f"-DCMAKE_PREFIX_PATH={prefix}")
    run(os.environ["CMAKE"], "--build", folder / "build")
    return folder


def test_a_program_with_a_session_runs(project, tmp_path):
    assert run(project / "build" / "smile", cwd=tmp_path) == EXPECTED
    assert list(tmp_path.iterdir()) == []


def test_an_mpi_program_has_a_session_over_its_ranks(project, tmp_path):
    said = run(*MPIRUN, project / "build" / "highest", cwd=tmp_path, env=AS_ROOT)
    assert sorted(said.splitlines()) == [f"rank {rank}: the highest volatility is 0.2787" for rank in range(3)]
    assert list(tmp_path.iterdir()) == []


def test_a_job_runs_the_projects_kernels(project, prefix, tmp_path):
    run(prefix / "bin" / "mproc", "run", project / "job.toml", "-j", "2", cwd=tmp_path)
    assert (tmp_path / "options.csv").read_bytes() == (EXAMPLE / "expected.csv").read_bytes()


def test_pkg_config_says_how_to_compile_and_link(prefix, tmp_path):
    (found,) = prefix.rglob("mproc.pc")
    flags = run("pkg-config", "--cflags", "--libs", "mproc", env={"PKG_CONFIG_PATH": str(found.parent)}).split()
    (library,) = prefix.rglob("libmproc.so")
    for compiler, name in (("c++", "smile"), ("mpicxx", "highest")):
        run(compiler, "-std=c++20", EXAMPLE / f"{name}.cpp", EXAMPLE / "options.cpp", "-o", tmp_path / name, *flags,
            f"-Wl,-rpath,{library.parent}")
    assert run(tmp_path / "smile", cwd=tmp_path) == EXPECTED
    assert "rank 0: the highest" in run(*MPIRUN, tmp_path / "highest", cwd=tmp_path, env=AS_ROOT)


def test_public_headers_include_the_standard_library_and_each_other_alone(prefix):
    """But for the one about MPI."""
    headers = list((prefix / "include").rglob("*.hpp"))
    assert {header.name for header in headers} == {"abi.hpp", "kernel.hpp", "mpi.hpp", "session.hpp"}
    for header in headers:
        for include in re.findall(r"#include [<\"]([^>\"]+)", header.read_text()):
            if (header.name, include) != ("mpi.hpp", "mpi.h"):
                assert re.fullmatch(r"[a-z_]+|mproc/[a-z]+\.hpp|cxxabi\.h", include), f"{header.name} includes {include}"
