import pytest

from labs import Hosts, Slurm, lacking

SLURM_PROGRAMS = ["munged", "slurmctld", "slurmd", "sbatch", "srun"]


def session_lab(make, *programs):
    """A fixture of one lab for the test session, which ends with it."""

    @pytest.fixture(scope="session")
    def lab():
        reason = lacking(*programs)
        if reason:
            pytest.skip(reason)
        started = make()
        yield started
        started.end()

    return lab


def tidied(name):
    """A fixture: the session's lab for one test, in the test's directory, as it was at first."""

    @pytest.fixture
    def lab(cli, request):
        started = request.getfixturevalue(name)
        started.cli = cli
        yield started
        started.tidy()

    return lab


slurm_lab = session_lab(lambda: Slurm("host"), *SLURM_PROGRAMS)
slurm_net_lab = session_lab(lambda: Slurm("net"), *SLURM_PROGRAMS, "ip")
hosts_lab = session_lab(Hosts, "ip", "nsenter")

slurm = tidied("slurm_lab")          # nodes with host names and /dev/shm of their own, on one network
slurm_net = tidied("slurm_net_lab")  # ... and with networks of their own, whose wires can be cut
hosts = tidied("hosts_lab")
