"""What the other tests here rely on: nodes die, are cut off and come back, and a test finds them as they were at first."""

from harness import wait_until


def test_the_job_of_a_node_that_crashes_is_requeued(slurm):
    number = slurm.sbatch("hostname; echo ${SLURM_RESTART_COUNT:-0}; [ -n \"$SLURM_RESTART_COUNT\" ] || sleep 100",
                          "--open-mode=append", "-w", "node2")
    wait_until(lambda: "0" in slurm.output(number), "that the job runs")
    slurm.kill_node("node2")
    slurm.command("scontrol", "update", "NodeName=node2", "State=DOWN", "Reason=test")
    slurm.wait_for_state(number, "PENDING")
    slurm.start_node("node2")
    slurm.command("scontrol", "update", "NodeName=node2", "State=RESUME")
    slurm.command("scontrol", "update", f"JobId={number}", "StartTime=now")
    assert slurm.wait(number) == "COMPLETED 0:0"
    assert slurm.output(number).split()[-2:] == ["node2", "1"]


def test_a_node_whose_wire_is_cut_is_there_again_when_it_is_plugged_in(slurm_net):
    assert slurm_net.exec("node1", "getent", "hosts", "node3").split()[0].endswith(".3")
    slurm_net.unplug("node3")
    number = slurm_net.sbatch("hostname", "-w", "node1")
    assert slurm_net.wait(number) == "COMPLETED 0:0"
    slurm_net.plug("node3")
    number = slurm_net.sbatch("srun hostname", "-N3")
    assert slurm_net.wait(number) == "COMPLETED 0:0"
    assert sorted(slurm_net.output(number).split()) == slurm_net.nodes


def test_a_command_runs_on_a_host_as_ssh_would_run_it(hosts):
    for host in hosts.names:
        assert hosts.exec("n1", hosts.agent, host, "hostname; echo $HOSTS_LAB").split() == [host]


def test_a_host_that_was_killed_has_no_process_and_is_up_for_the_next_test(hosts):
    hosts.cli.start(program=hosts.program("n2", "sleep", "1000"), env=hosts.env)
    wait_until(lambda: ["sleep", "1000"] in hosts.processes("n2").values(), "that it sleeps")
    hosts.kill("n2")
    wait_until(lambda: not hosts.cli.processes(), "that it has ended")
    hosts.tidy()
    assert hosts.exec("n2", "hostname") == "n2" and hosts.processes("n2") == {}
