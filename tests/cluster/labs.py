"""A real Slurm cluster and several hosts, each on this one machine: what slurm.sh and hosts.sh start, for tests."""

import glob
import os
import pathlib
import re
import shutil
import socket
import subprocess

import pytest

from harness import Result, wait_until

HERE = pathlib.Path(__file__).parent
SYSTEM_PATH = os.environ["PATH"] + ":/usr/sbin:/sbin"


def lacking(*programs):
    """Why there can be no lab here; nothing where there can."""
    if os.getuid() != 0:
        return "it takes root to start a lab"
    missing = [program for program in programs if not shutil.which(program, path=SYSTEM_PATH)]
    if missing:
        return f"not installed: {', '.join(missing)}"
    made = subprocess.run(["unshare", "--net", "--uts", "--ipc", "--mount", "true"], capture_output=True, text=True)
    return f"no namespaces may be made here: {made.stderr.strip()}" if made.returncode else ""


class Lab:
    """What one of the scripts has started, in a folder of its own. A lab of a test run that was killed is ended by
    the next one."""

    def __init__(self, kind, script, settings, end):
        self.script, self.end_word, self.cli = HERE / script, end, None
        for folder in glob.glob(f"/tmp/mproc-{kind}-*"):
            if not os.path.exists(f"/proc/{folder.rpartition('-')[2]}"):
                self.end(pathlib.Path(folder))
        self.folder = pathlib.Path(f"/tmp/mproc-{kind}-{os.getpid()}")
        self.variables = self.variables_of(self.folder) | settings

    def variables_of(self, folder):
        raise NotImplementedError

    def call(self, *words, status=0, env=None):
        """The script, or another `program`, to its end."""
        done = subprocess.run([self.script, *map(str, words)], capture_output=True, text=True, timeout=120,
                              stdin=subprocess.DEVNULL, env=os.environ | self.variables | (env or {}))
        assert status is None or done.returncode == status, repr(Result(done.returncode, done.stdout, done.stderr))
        return done.stdout.strip()

    def start(self, *words):
        try:
            self.call(*words)
        except BaseException:
            self.end()
            raise

    def end(self, folder=None):
        folder = folder or self.folder
        subprocess.run([self.script, self.end_word], stdin=subprocess.DEVNULL, capture_output=True, timeout=60,
                       env=os.environ | self.variables_of(folder))
        shutil.rmtree(folder, ignore_errors=True)


class Slurm(Lab):
    """Three nodes of 4 CPUs, node1 to node3; jobs are submitted from the machine itself, in the test's directory."""

    nodes = ["node1", "node2", "node3"]
    cpus = 4

    def __init__(self, mode):
        port = next(port for port in range(16900 + os.getpid() % 50 * 200, 32000, 200) if self.is_free(port))
        first = f"10.{128 + os.getpid() // 250 % 100}.{os.getpid() % 250}"
        super().__init__(f"slurm-{mode}", "slurm.sh", {
            "SLURM_LAB_MODE": mode, "SLURM_LAB_NODES": str(len(self.nodes)), "SLURM_LAB_CPUS": str(self.cpus),
            "SLURM_LAB_PORT": str(port), "SLURM_LAB_SLURMDTIMEOUT": "4", "SLURM_LAB_KILLWAIT": "3",
            "SLURM_LAB_NET": first, "SLURM_LAB_BRIDGE": f"ms{os.getpid()}"}, "stop")
        self.mode, self.unplugged = mode, set()
        self.start("start")
        settings = re.findall(r"(\w+)=(\S+)", self.call("env"))
        self.env = dict(settings) | {"PATH": SYSTEM_PATH}

    def variables_of(self, folder):
        return {"SLURM_LAB": str(folder)}

    @staticmethod
    def is_free(port):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) != 0

    def command(self, *words, status=0, env=None, **options):
        """A command of Slurm's, as on a login node, in the test's directory: its Result."""
        program = [self.script, "client"] if words[0] in ("srun", "salloc") else []
        return self.cli.run(*words[1:], program=[*map(str, program), words[0]], status=status,
                            env=self.env | self.variables | (env or {}), **options)

    def sbatch(self, script, *options, env=None):
        """Submits a script, whose output goes to job-ID.out: the job's id."""
        text = script if script.startswith("#!") else f"#!/bin/bash\n{script}\n"
        self.cli.write("batch.sh", text)
        return self.command("sbatch", "--parsable", "-o", "job-%j.out", *options, "batch.sh", env=env).out.strip()

    def wait(self, job, limit=100):
        """Waits for a job's end: "COMPLETED 0:0", "FAILED 1:0"..."""
        return self.call("wait", job, limit)

    def output(self, job):
        """What a job has printed so far."""
        path = self.cli.path / f"job-{job}.out"
        return path.read_text() if path.exists() else ""

    def squeue(self, *options):
        """The lines of squeue without its heading."""
        return self.command("squeue", "-h", *options).out.splitlines()

    def show(self, job):
        """What scontrol knows of a job: key → value."""
        return dict(re.findall(r"(\S+?)=(\S*)", self.command("scontrol", "-o", "show", "job", job).out))

    def state(self, job):
        return self.show(job)["JobState"]

    def wait_for_state(self, job, *states):
        return wait_until(lambda: self.state(job) in states, f"that job {job} is {' or '.join(states)}")

    def requeue(self, job):
        self.command("scontrol", "requeue", job)

    def scancel(self, *words):
        self.command("scancel", *words)

    def exec(self, node, *words, status=0):
        """A command where a node lives (its host name, /dev/shm, network): what it prints."""
        return self.call("exec", node, *words, status=status)

    def kill_node(self, node):
        """A crash: slurmd and every process of jobs there."""
        self.call("kill-node", node)

    def start_node(self, node):
        self.call("start-node", node)

    def unplug(self, node):
        """Cuts a node's wire; of slurm_net alone."""
        self.call("unplug", node)
        self.unplugged.add(node)

    def plug(self, node):
        self.call("plug", node)
        self.unplugged.discard(node)

    def tidy(self):
        """Back to three idle nodes without a job."""
        for node in list(self.unplugged):
            self.plug(node)
        if self.squeue("-o", "%i"):
            self.scancel("--user=root")
            wait_until(lambda: not self.squeue("-o", "%i"), "that no job is left")
        self.call("start")
        for node in self.nodes:
            self.exec(node, "find", "/dev/shm", "-mindepth", "1", "-delete", status=None)


class Hosts(Lab):
    """Three hosts with a network of their own, n1 to n3; all of them see this machine's files."""

    names = ["n1", "n2", "n3"]

    def __init__(self):
        first = f"10.{28 + os.getpid() // 250 % 100}.{os.getpid() % 250}"
        super().__init__("hosts", "hosts.sh", {"HOSTS_NET": first}, "down")
        self.alive = list(self.names)
        self.start("up", len(self.names))
        self.agent = str(HERE / "remote_shell.py")

    def variables_of(self, folder):
        return {"HOSTS_LAB": str(folder), "HOSTS_BRIDGE": f"mb{folder.name.rpartition('-')[2]}"}

    def program(self, host, *words):
        """The words that run a command in a host, for cli.run and cli.start; with them goes `env`."""
        return [str(self.script), "exec", host, *map(str, words)]

    @property
    def env(self):
        return self.variables | {"OMPI_MCA_plm_rsh_agent": self.agent}

    def exec(self, host, *words, status=0):
        """A command in a host: what it prints."""
        return self.call("exec", host, *words, status=status)

    def bytes(self, host):
        """What a host has sent and received since it is up."""
        return tuple(map(int, self.call("bytes", host).split()))

    def kill(self, host):
        """Ends a host at once, with all its processes; nobody hears of it."""
        self.call("kill", host)
        self.alive.remove(host)

    def unplug(self, host):
        self.call("unplug", host)

    def plug(self, host):
        self.call("plug", host)

    def processes(self, host):
        """The processes in a host, by their pid there: their words."""
        listed = self.exec(host, "ps", "-e", "-o", "pid=,args=").splitlines()
        found = {int(pid): words.split() for pid, words in (line.split(None, 1) for line in listed)}
        return {pid: words for pid, words in found.items() if pid != 1 and words[0] != "ps"}

    def files(self, host):
        """What lies in a host's own shared memory."""
        return self.exec(host, "find", "/dev/shm", "-mindepth", "1").split()

    def tidy(self):
        """Back to three hosts that can talk and run nothing."""
        for host in self.names:
            self.call("plug", host, status=None)
        self.call("up", len(self.names))
        for host in self.names:
            if self.processes(host) or self.files(host):
                self.call("kill", host)
        self.call("up", len(self.names))
        self.alive = list(self.names)
