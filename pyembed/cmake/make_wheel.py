"""Writes the wheel of the package: make_wheel.py VERSION PLATFORM PACKAGE LIBRARY LICENSE FOLDER.

One for every Python from 3.9 on: the library keeps to the stable ABI. Nothing but the standard library is needed.
"""

import base64
import hashlib
import pathlib
import sys
import zipfile

METADATA = """Metadata-Version: 2.1
Name: mproc
Version: {version}
Summary: Parallel each over MPI ranks, from a script or a notebook
License: Apache-2.0
Requires-Python: >=3.9
Provides-Extra: all
Requires-Dist: cloudpickle; extra == "all"
Requires-Dist: numpy; extra == "all"
Requires-Dist: pandas; extra == "all"

`import mproc` in a script or a notebook starts a session of the program `mproc`, which has to be on PATH, or named in
the variable MPROC.
"""

WHEEL = """Wheel-Version: 1.0
Generator: mproc
Root-Is-Purelib: false
Tag: {tag}
"""


class Wheel:
    def __init__(self, file):
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED)
        self._record = []

    def add(self, name, data, mode=0o644):
        info = zipfile.ZipInfo(name)  # with one date for all: the same files make the same wheel
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = (0o100000 | mode) << 16
        self._zip.writestr(info, data)
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        self._record.append(f"{name},sha256={digest},{len(data)}\n")

    def close(self, record):
        info = zipfile.ZipInfo(record)
        info.external_attr = 0o100644 << 16
        self._zip.writestr(info, "".join(self._record) + f"{record},,\n")
        self._zip.close()


def main(version, platform, package, library, licence, folder):
    tag = f"cp39-abi3-{platform}"
    about = f"mproc-{version}.dist-info"
    path = pathlib.Path(folder) / f"mproc-{version}-{tag}.whl"
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    wheel = Wheel(new)
    for file in sorted(pathlib.Path(package).iterdir()):
        if file.suffix == ".py" or file.name == "py.typed":
            wheel.add(f"mproc/{file.name}", file.read_bytes())
    wheel.add("mproc/libmproc_client.so", pathlib.Path(library).read_bytes(), 0o755)
    wheel.add(f"{about}/METADATA", METADATA.format(version=version).encode())
    wheel.add(f"{about}/WHEEL", WHEEL.format(tag=tag).encode())
    wheel.add(f"{about}/LICENSE", pathlib.Path(licence).read_bytes())
    wheel.close(f"{about}/RECORD")
    new.replace(path)


main(*sys.argv[1:])
