#!/usr/bin/env bash
# Installs what is missing, builds mproc, and does what it is asked:
#   cluster/bootstrap.sh demo             builds, then runs the main job (jobs/sunspots)
#   cluster/bootstrap.sh test             builds with all tests, then runs them
#   cluster/bootstrap.sh install PREFIX   builds and installs
#   cluster/bootstrap.sh build            builds only (build-test: with all tests)
# Debian packages are installed only where something is missing (with sudo where not root). On machines without apt,
# or where MPI, Boost and Python come from modules or a prefix, set MPROC_NO_APT=1 and CMAKE_PREFIX_PATH.
# BUILD names the build folder (default: build/release), JOBS the number of compilers (default: all cores).
set -euo pipefail

called_from=$PWD
cd "$(dirname "$0")/.."
source_dir=$PWD

usage() {
  sed -n '2,9s/^# \{0,1\}//p' "$source_dir/cluster/bootstrap.sh"
}

refuse() {
  printf 'bootstrap: %s\n' "$1" >&2
  usage >&2
  exit 2
}

# Paths are meant from where the user stands.
from_caller() {
  case $1 in /*) printf '%s\n' "$1" ;; *) printf '%s/%s\n' "$called_from" "$1" ;; esac
}

what=${1:-}
case $what in
  -h | --help | help) usage; exit 0 ;;
  '') refuse 'what is it to do?' ;;
  demo | test | build | build-test) [ $# -eq 1 ] || refuse "$what takes no argument, not '$2'" ;;
  install)
    [ $# -eq 2 ] && [ -n "$2" ] || refuse 'install takes one argument, the PREFIX to install to'
    prefix=$(from_caller "$2")
    ;;
  *) refuse "there is no '$what'" ;;
esac
build=$(from_caller "${BUILD:-$source_dir/build/release}")
jobs=${JOBS:-$(nproc)}
mkdir -p "$build"

build_packages=(cmake ninja-build g++ openmpi-bin libopenmpi-dev libboost-mpi-dev libboost-serialization-dev
  libtoml11-dev nlohmann-json3-dev libmsgpack-cxx-dev libfmt-dev libcli11-dev libxxhash-dev libffi-dev zlib1g-dev libeigen3-dev pkg-config pybind11-dev
  python3-dev python3-numpy)
test_packages=(libgtest-dev libgmock-dev python3-pytest python3-pexpect python3-pip python3-pandas python3-mypy
  python3-venv python3-cloudpickle python3-sklearn python3-ipykernel python3-nbconvert gdb gfortran clang libclang-rt-dev
  clang-format clang-tidy doxygen chromium strace
  slurmctld slurmd slurm-client munge slurm-wlm-basic-plugins libpmix-dev iproute2)

missing() {
  local package
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || printf '%s\n' "$package"
  done
}

# Runs a command with its output in a log, which is shown when the command fails.
logged() {
  local log=$build/bootstrap-$1.log
  shift
  "$@" >"$log" 2>&1 || { tail -n 40 "$log" >&2; printf 'bootstrap: that failed; all of it is in %s\n' "$log" >&2; exit 1; }
}

install_packages() {
  [ -z "${MPROC_NO_APT:-}" ] && command -v apt-get >/dev/null && command -v dpkg-query >/dev/null || return 0
  local wanted
  mapfile -t wanted < <(missing "$@")
  [ ${#wanted[@]} -gt 0 ] || return 0
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
      printf 'bootstrap: these packages are missing, and there is no sudo: %s\n' "${wanted[*]}" >&2
      printf 'bootstrap: ask an administrator, or set MPROC_NO_APT=1 and CMAKE_PREFIX_PATH to where they are\n' >&2
      exit 2
    fi
    as_root=(sudo)
  fi
  printf 'bootstrap: installing %s\n' "${wanted[*]}"
  logged apt-update "${as_root[@]}" apt-get update -q
  logged apt-install "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -q --no-install-recommends "${wanted[@]}"
}

configure_and_build() {
  local first=() quiet=()
  if [ ! -e "$build/CMakeCache.txt" ]; then
    # Files that are compiled together take half the time.
    first=(-DCMAKE_UNITY_BUILD=ON)
    if command -v ninja >/dev/null; then first+=(-G Ninja); fi
  fi
  printf 'bootstrap: building in %s\n' "$build"
  logged configure cmake -S "$source_dir" -B "$build" "${first[@]}" -DCMAKE_BUILD_TYPE=Release -DBUILD_TESTING="$1"
  # On a terminal ninja draws one line of progress; elsewhere only warnings and errors are of interest.
  if [ ! -t 1 ] && [ -e "$build/build.ninja" ]; then quiet=(-- --quiet); fi
  cmake --build "$build" -j "$jobs" "${quiet[@]}"
}

case $what in
  build | demo | install)
    install_packages "${build_packages[@]}"
    configure_and_build OFF
    ;;
  build-test | test)
    install_packages "${build_packages[@]}" "${test_packages[@]}"
    configure_and_build ON
    ;;
esac

case $what in
  demo)
    printf '\n+ mproc run jobs/sunspots/job.toml --fresh\n'
    cd "$build"
    "$build/bin/mproc" run "$source_dir/jobs/sunspots/job.toml" --fresh
    printf '\n+ head -n 6 scatter.csv\n'
    head -n 6 scatter.csv
    ;;
  test)
    # Tests mostly wait for processes: twice as many as compilers keep the cores busy.
    ctest --test-dir "$build" --output-on-failure --no-tests=error -j "$((2 * jobs))" -LE 'soak|large|bench'
    ;;
  install)
    logged install cmake --install "$build" --prefix "$prefix"
    printf 'bootstrap: installed; put %s/bin on PATH\n' "$prefix"
    ;;
esac
