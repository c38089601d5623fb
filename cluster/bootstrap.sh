#!/usr/bin/env bash
# Installs what is missing, builds mproc, and does what it is asked:
#   cluster/bootstrap.sh demo             builds, then runs the main job (jobs/sunspots)
#   cluster/bootstrap.sh test             builds with all tests, then runs them
#   cluster/bootstrap.sh install PREFIX   builds and installs
#   cluster/bootstrap.sh build            builds only (build-test: with all tests)
# Debian packages are installed only where something is missing (with sudo where not root). On machines without apt,
# or where MPI, Boost and Python come from modules or a prefix, set CMAKE_PREFIX_PATH and MPROC_NO_APT=1.
# BUILD names the build folder (default: build/release), JOBS the number of compilers (default: all cores).
set -euo pipefail

cd "$(dirname "$0")/.."
source_dir=$PWD
build=${BUILD:-$source_dir/build/release}
jobs=${JOBS:-$(nproc)}
what=${1:-}

usage() {
  sed -n '2,9s/^# \{0,1\}//p' "$source_dir/cluster/bootstrap.sh" >&2
  exit 2
}

build_packages=(cmake ninja-build g++ openmpi-bin libopenmpi-dev libboost-mpi-dev libboost-serialization-dev
  libtoml11-dev nlohmann-json3-dev libmsgpack-cxx-dev libfmt-dev libcli11-dev libxxhash-dev pybind11-dev
  python3-dev python3-numpy)
test_packages=(libgtest-dev libgmock-dev python3-pytest python3-venv python3-cloudpickle clang clang-format clang-tidy)

missing() {
  local package
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || printf '%s\n' "$package"
  done
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
  "${as_root[@]}" apt-get update -q >/dev/null
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${wanted[@]}" >/dev/null
}

configure_and_build() {
  printf 'bootstrap: building in %s\n' "$build"
  cmake -S "$source_dir" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DBUILD_TESTING="$1" >"$build.configure.log" 2>&1 ||
    { tail -n 30 "$build.configure.log" >&2; exit 1; }
  cmake --build "$build" -j "$jobs" -- --quiet
}

mkdir -p "$(dirname "$build")"
case $what in
  build | demo | install)
    [ "$what" != install ] || [ $# -eq 2 ] || usage
    install_packages "${build_packages[@]}"
    configure_and_build OFF
    ;;
  build-test | test)
    install_packages "${build_packages[@]}" "${test_packages[@]}"
    configure_and_build ON
    ;;
  *) usage ;;
esac

case $what in
  demo)
    printf '+ mproc run jobs/sunspots/job.toml --fresh\n'
    cd "${DEMO_DIR:-$build}"
    "$build/bin/mproc" run "$source_dir/jobs/sunspots/job.toml" --fresh
    head -n 6 sunspots.csv
    ;;
  test)
    ctest --test-dir "$build" --output-on-failure -j "$jobs" -LE 'soak|large|bench'
    ;;
  install)
    cmake --install "$build" --prefix "$2" >/dev/null
    printf 'bootstrap: installed; put %s/bin on PATH\n' "$2"
    ;;
esac
