"""Includes point one way: holds the table of the design against the code.

    component   may include (besides itself and the standard library)
"""
import pathlib
import re
import sys

ALLOWED = {
    "public": set(),  # include/mproc/*.hpp: for users' programs and libraries
    "base": set(),
    "kernels": {"base"},
    "job": {"base", "kernels"},
    "schedule": {"base", "job"},
    "wire": {"base", "job"},
    "exec": {"base", "kernels", "job"},
    "journal": {"base", "job"},
    "report": {"base", "job", "journal"},
    "comm": {"base"},
    "run": {"base", "kernels", "job", "schedule", "wire", "exec", "journal", "comm"},
    "launch": {"base", "kernels", "job", "schedule", "wire", "exec", "journal", "comm", "run"},
    "pyembed": {"base", "job", "exec"},
    "api": {"base", "job", "wire", "exec", "comm", "run", "launch"},  # what C++ programs link
    "client": {"base", "kernels", "job", "wire", "exec", "journal", "run"},  # in the user's Python: no MPI is linked
    "app": {"base", "job", "schedule", "wire", "exec", "journal", "report", "comm", "run", "launch", "pyembed"},
}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)


def component_of(path, root):
    parts = path.relative_to(root).parts
    if parts[0] == "libmproc":
        if parts[1] == "include" and len(parts) == 4:
            return "public"
        return parts[3] if parts[1] == "include" else parts[2]
    if parts[:2] == ("pyembed", "client"):
        return "client"
    return {"pyembed": "pyembed", "apps": "app"}[parts[0]]


def check(root):
    errors = []
    sources = [p for folder in ("libmproc", "pyembed", "apps") for p in (root / folder).rglob("*.[ch]pp")]
    for path in sources:
        component = component_of(path, root)
        for mark, include in INCLUDE.findall(path.read_text()):
            where = f"{path.relative_to(root)}: includes {include}"
            if include.startswith("mproc/"):
                used = include.split("/")[1] if include.count("/") > 1 else "public"
                if used not in (component, "public") and used not in ALLOWED[component]:
                    errors.append(f"{where}: {component} may not use {used}")
            elif mark == '"' and not (path.parent / include).resolve().is_relative_to(path.parent):
                errors.append(f"{where}: what is not below include/ is its own component's")
            elif mark == '"' and not (path.parent / include).exists():
                errors.append(f"{where}: its folder has no such file")
            if re.match(r"mpi\.h|boost/mpi", include) and not path.name.startswith(("mpi_", "mpi.")):
                errors.append(f"{where}: only comm/mpi_* and what is public as mpi.hpp includes MPI")
            if re.match(r"Python\.h|pybind11/", include) and component not in ("pyembed", "client"):
                errors.append(f"{where}: only pyembed includes Python")
    if len(sources) < 50:
        errors.append(f"only {len(sources)} sources found below {root}: is this the project?")
    return errors


if __name__ == "__main__":
    found = check(pathlib.Path(sys.argv[1]).resolve())
    print("\n".join(found) or "layering holds")
    sys.exit(1 if found else 0)
