#!/usr/bin/env bash
# A real Slurm cluster on one machine, for tests. No systemd, no database.
#
#   slurm.sh start            start it (safe to repeat: starts only what is missing), wait until idle
#   slurm.sh stop             cancel jobs, end the daemons this script started, nothing else
#   slurm.sh restart | reset  stop+start | stop, forget all state (job ids, node states), start
#   slurm.sh status           daemons and nodes; exit 0 if all is up
#   eval "$(slurm.sh env)"    settings for a shell that will call sbatch, srun, mpirun ...
#   slurm.sh kill-node NODE   SIGKILL slurmd and every process of the jobs on NODE (a crash)
#   slurm.sh kill-slurmd NODE SIGKILL the slurmd of NODE only (jobs go on)
#   slurm.sh start-node NODE  start its slurmd again
#   slurm.sh unplug|plug NODE net mode: cut the node's wire / put it back (it lives on, unreachable)
#   slurm.sh exec NODE CMD..  run CMD where NODE lives (its host name, /dev/shm, network)
#   slurm.sh client CMD..     run CMD (srun, salloc) on the machine itself; srun and salloc need
#                                   this in net mode, and where `hostname` is not 127.0.0.1
#   slurm.sh wait JOBID [S]   wait for a job's end (polls each 0.1 s, after 3 s each 0.5 s;
#                                   at most S seconds, default 300); prints state and exit code
#
# Settings (environment):
#   SLURM_LAB        directory for everything                      default /tmp/mproc-slurm
#   SLURM_LAB_NODES  number of nodes node1..nodeN                  default 3
#   SLURM_LAB_CPUS   CPUs per node, may exceed the real ones       default 4
#   SLURM_LAB_MODE   how far nodes are kept apart                  default auto
#      plain  all slurmd side by side, same host name (no rights beyond root in a container)
#      host   each slurmd has its own host name, /dev/shm, /etc/hosts; network = loopback
#      net    each slurmd is on its own host of hosts.sh: own network, wires, bridge
#      auto   host where `unshare` is allowed, else plain
#   SLURM_LAB_PORT   slurmctld port; node i uses PORT+100+i        default 16817
#   SLURM_LAB_KILLWAIT, _MINJOBAGE, _SLURMDTIMEOUT, _CREDEXPIRE    default 5, 300, 10, 5 (seconds)
#   SLURM_LAB_RETURN ReturnToService                               default 1
#   SLURM_LAB_NET    first three bytes of the net-mode network     default 10.78.0
#   SLURM_LAB_BRIDGE its bridge and wires (hosts.sh)               default mprocslurm
#   Keep SLURM_LAB short (under about 60 characters): Unix sockets live in it.
#   SLURM_LAB_EXTRA  file with more slurm.conf lines to append
# Packages (Debian 12): slurmctld slurmd slurm-client munge slurm-wlm-basic-plugins
#   libpmix-dev (srun --mpi=pmix opens libpmix.so WITHOUT version, which only -dev has)
set -u
ulimit -c 0 2>/dev/null      # daemons pass their limits on to jobs (PropagateResourceLimits=NONE)
LAB=${SLURM_LAB:-/tmp/mproc-slurm}
NNODES=${SLURM_LAB_NODES:-3}
CPUS=${SLURM_LAB_CPUS:-4}
MODE=${SLURM_LAB_MODE:-auto}
PORT=${SLURM_LAB_PORT:-16817}
ME=$(readlink -f "$0")
HOSTS=${SLURM_LAB_HOSTS:-$(dirname "$ME")/hosts.sh}
CONF=$LAB/etc/slurm.conf
PATH=$PATH:/usr/sbin:/sbin
export SLURM_CONF=$CONF
export HOSTS_LAB=$LAB/hosts HOSTS_PREFIX=node HOSTS_PIDS=shared
export HOSTS_BRIDGE=${SLURM_LAB_BRIDGE:-mprocslurm} HOSTS_NET=${SLURM_LAB_NET:-10.78.0}

say() { echo "slurm: $*"; }
die() { echo "slurm: $*" >&2; exit 1; }

# pid of a live daemon: pidfile must name a live, non-zombie process of that program
daemon() {  # daemon PIDFILE COMM
    local pid
    [ -r "$1" ] && read -r pid <"$1" && [ -n "$pid" ] || return 1
    [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = "$2" ] || return 1
    grep -q '^State:.*Z' "/proc/$pid/status" 2>/dev/null && return 1
    echo "$pid"
}
end_pid() { # end_pid PID SECONDS: SIGTERM, wait, SIGKILL
    local pid=$1 t=$(( $2 * 20 ))
    kill -TERM "$pid" 2>/dev/null || return 0
    while [ $t -gt 0 ]; do
        grep -qs '^State:.*[^Z] (' "/proc/$pid/status" || return 0
        grep -qs '^State:.*Z' "/proc/$pid/status" && return 0
        sleep 0.05; t=$((t-1))
    done
    kill -KILL "$pid" 2>/dev/null
}
nodes() { seq -f 'node%g' 1 "$NNODES"; }

load_saved() {  # what the running cluster was started with wins over the environment
    # shellcheck disable=SC1091
    [ -r "$LAB/etc/lab.vars" ] && . "$LAB/etc/lab.vars"
}
pick_mode() {
    [ "$MODE" = auto ] || return 0
    if unshare --mount --uts true 2>/dev/null; then MODE=host; else MODE=plain; fi
}
addr() {    # addr I
    case $MODE in net) echo "$HOSTS_NET.$1";; *) echo 127.0.0.1;; esac
}

write_conf() {
    local i ctl=127.0.0.1 mem comm=NoInAddrAny,NoCtldInAddrAny
    [ "$MODE" = net ] && ctl=$HOSTS_NET.254
    mem=$(awk '/^MemTotal/ {print int($2/1024)}' /proc/meminfo)
    mkdir -p "$LAB"/{etc,run,log,state,spool,tmp,munge}
    chmod 755 "$LAB" "$LAB"/{etc,run,log,state,spool,tmp}; chmod 700 "$LAB/munge"
    for i in $(nodes); do mkdir -p "$LAB/spool/$i" "$LAB/tmp/$i"; chmod 1777 "$LAB/tmp/$i"; done
    [ -s "$LAB/munge/munge.key" ] ||
        ( umask 077; head -c 128 /dev/urandom >"$LAB/munge/munge.key" )
    printf 'NNODES=%s\nCPUS=%s\nMODE=%s\nPORT=%s\nHOSTS_NET=%s\nHOSTS_BRIDGE=%s\n' \
        "$NNODES" "$CPUS" "$MODE" "$PORT" "$HOSTS_NET" "$HOSTS_BRIDGE" >"$LAB/etc/lab.vars"
    # With NoInAddrAny every Slurm program listens on the address that its OWN HOST NAME resolves
    # to (not on NodeAddr or SlurmctldHost's address), and slurmstepd answers srun at the address
    # that srun's connection came from.  So the host name must resolve to the lab's address.
    { echo "127.0.0.1 localhost"; echo "$ctl $(hostname) $(hostname -s)"
      [ "$MODE" != plain ] && for i in $(seq 1 "$NNODES"); do echo "$(addr "$i") node$i"; done; } >"$LAB/etc/hosts"
    # host mode: own name = 127.0.0.1; the others another loopback address that is never used,
    # only so that Open MPI neither asks the DNS nor takes another node for itself
    [ "$MODE" = host ] && for i in $(seq 1 "$NNODES"); do
        { echo "127.0.0.1 localhost node$i"; echo "127.0.76.1 $(hostname)"
          for j in $(seq 1 "$NNODES"); do [ "$j" = "$i" ] || echo "127.0.77.$j node$j"; done; } >"$LAB/etc/hosts.node$i"
    done
    if [ "$MODE" = plain ] && [ "$(getent ahostsv4 "$(hostname)" | awk '{print $1; exit}')" != 127.0.0.1 ]; then
        comm=
        say "warning: $(hostname) does not resolve to 127.0.0.1, so Slurm listens on all addresses in plain mode" >&2
    fi
    cat >"$CONF" <<X
ClusterName=lab
SlurmctldHost=$(hostname -s)($ctl)
SlurmctldPort=$PORT
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket=$LAB/run/munge.sock,cred_expire=${SLURM_LAB_CREDEXPIRE:-5}
StateSaveLocation=$LAB/state
# %n = node name: every path that several slurmd on one machine would share needs it
SlurmdSpoolDir=$LAB/spool/%n
SlurmdPidFile=$LAB/run/slurmd-%n.pid
SlurmdLogFile=$LAB/log/slurmd-%n.log
TmpFS=$LAB/tmp/%n
SlurmctldPidFile=$LAB/run/slurmctld.pid
SlurmctldLogFile=$LAB/log/slurmctld.log
SlurmctldDebug=info
SlurmdDebug=info
# listen only on the given addresses, never on 0.0.0.0
${comm:+CommunicationParameters=$comm}
# no cgroups, no systemd, no accounting database
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
GresTypes=gpu
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc=$LAB/log/jobcomp.log
SwitchType=switch/none
MpiDefault=none
PropagateResourceLimits=NONE
MailProg=/bin/true
# allow more CPUs than the machine has
SlurmdParameters=config_overrides
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/backfill
SchedulerParameters=bf_interval=1,sched_interval=1,sched_min_interval=0,batch_sched_delay=0
# quick reactions for tests (Slurm's own defaults: KillWait 30, SlurmdTimeout 300, cred_expire 120)
ReturnToService=${SLURM_LAB_RETURN:-1}
KillWait=${SLURM_LAB_KILLWAIT:-5}
MinJobAge=${SLURM_LAB_MINJOBAGE:-300}
SlurmdTimeout=${SLURM_LAB_SLURMDTIMEOUT:-10}
MessageTimeout=5
CompleteWait=0
JobRequeue=1
X
    for i in $(seq 1 "$NNODES"); do
        echo "NodeName=node$i NodeHostname=$( [ "$MODE" = plain ] && hostname -s || echo "node$i" ) NodeAddr=$(addr "$i") Port=$((PORT+100+i)) CPUs=$CPUS Boards=1 SocketsPerBoard=1 CoresPerSocket=$CPUS ThreadsPerCore=1 RealMemory=$mem Gres=gpu:2 State=UNKNOWN"
    done >>"$CONF"
    # each node has two devices that Slurm takes for GPUs
    for i in 0 1; do [ -e "$LAB/run/gpu$i" ] || mknod "$LAB/run/gpu$i" c 1 3; done
    echo "Name=gpu Flags=nvidia_gpu_env File=$LAB/run/gpu[0-1]" >"$LAB/etc/gres.conf"
    echo "PartitionName=main Nodes=node[1-$NNODES] Default=YES MaxTime=INFINITE State=UP" >>"$CONF"
    [ -n "${SLURM_LAB_EXTRA:-}" ] && cat "$SLURM_LAB_EXTRA" >>"$CONF"
    return 0
}

start_munge() {
    daemon "$LAB/run/munged.pid" munged >/dev/null && return 0
    rm -f "$LAB"/run/munge.sock* "$LAB/run/munged.pid"
    munged --key-file="$LAB/munge/munge.key" --socket="$LAB/run/munge.sock" \
        --pid-file="$LAB/run/munged.pid" --log-file="$LAB/log/munged.log" \
        --seed-file="$LAB/munge/seed" || die "munged did not start, see $LAB/log/munged.log"
}
start_ctld() {
    daemon "$LAB/run/slurmctld.pid" slurmctld >/dev/null && return 0
    rm -f "$LAB/run/slurmctld.pid"
    cd "$LAB/log" || exit 1
    as_client setsid slurmctld -f "$CONF" </dev/null || die "slurmctld did not start, see $LAB/log/slurmctld.log"
}
# run a command on the machine itself, with a host name that resolves to the lab's address
as_client() {
    if [ "$MODE" = plain ]; then "$@"; else
        # shellcheck disable=SC2016
        unshare --mount /bin/sh -c 'mount --bind "$0" /etc/hosts && exec "$@"' "$LAB/etc/hosts" "$@"
    fi
}
start_node() {
    daemon "$LAB/run/slurmd-$1.pid" slurmd >/dev/null && return 0
    rm -f "$LAB/run/slurmd-$1.pid"
    # shellcheck disable=SC2016
    case $MODE in
    plain) setsid slurmd -f "$CONF" -N "$1" </dev/null ;;
    host)  setsid unshare --mount --uts /bin/sh -c '
               hostname "$1" && mount -t tmpfs -o mode=1777 tmpfs /dev/shm &&
               mount --bind "$2/etc/hosts.$1" /etc/hosts && exec slurmd -f "$3" -N "$1"' \
               sh "$1" "$LAB" "$CONF" </dev/null ;;
    net)   "$HOSTS" exec "$1" setsid slurmd -f "$CONF" -N "$1" </dev/null ;;
    esac || die "slurmd $1 did not start, see $LAB/log/slurmd-$1.log"
}
wait_ready() {
    local t=0 n
    while :; do
        n=$(sinfo -h -N -o '%N %T' 2>/dev/null | grep -cE ' (idle|allocated|mixed|completing|drained|draining)$')
        [ "$n" -ge "$NNODES" ] && return 0
        t=$((t+1))
        # nodes that were set DOWN by hand stay so (ReturnToService=1) until resumed
        [ $t = 15 ] && for n in $(sinfo -h -N -o '%N %T' 2>/dev/null | awk '$2=="down"{print $1}' | sort -u); do
            scontrol update NodeName="$n" State=RESUME; done
        [ $t -gt 300 ] && { sinfo -N -l >&2; die "nodes are not ready after 30 s"; }
        sleep 0.1
    done
}
# processes of this lab's steps and jobs: slurmstepd started by our slurmd, and what carries our
# SLURM_CONF with a node name (job processes).  Optional $1: only that node.
job_pids() {
    local f
    # environ files are NUL-separated: grep -z matches whole variables
    # shellcheck disable=SC2013
    for f in $(grep -lszFx -- "SLURM_CONF=$CONF" /proc/[0-9]*/environ); do
        case $(cat "${f%environ}comm" 2>/dev/null) in slurmctld|slurmd|munged|slurmscriptd) continue;; esac
        if [ -n "${1:-}" ]; then
            grep -qszFx -e "SLURMD_NODENAME=$1" -e "SLURM_LAB_NODE=$1" "$f" || continue
        else
            grep -qsz -e '^SLURMD_NODENAME=' -e '^SLURM_LAB_NODE=' "$f" || continue
        fi
        f=${f#/proc/}; echo "${f%/environ}"
    done
}
in_namespace_of() {  # PID -> the pids of all in its mount namespace
    local ns; ns=$(readlink "/proc/$1/ns/mnt")
    find /proc -maxdepth 3 -path '/proc/[0-9]*/ns/mnt' -lname "${ns//[/\\[}" 2>/dev/null | cut -d/ -f3
}
do_stop() {
    local p n left t=0
    load_saved
    if p=$(daemon "$LAB/run/slurmctld.pid" slurmctld); then
        if [ -n "$(timeout 5 squeue -h -o %i 2>/dev/null)" ]; then
            timeout 5 scancel --state=PENDING --user=root 2>/dev/null
            timeout 5 squeue -h -o %i | xargs -r timeout 5 scancel 2>/dev/null
            while [ -n "$(timeout 5 squeue -h -o %i 2>/dev/null)" ] && [ $t -lt 80 ]; do sleep 0.1; t=$((t+1)); done
        fi
    fi
    for n in $(nodes); do p=$(daemon "$LAB/run/slurmd-$n.pid" slurmd) && kill -TERM "$p" &&
        [ "$MODE" != plain ] && left="${left:-} $(in_namespace_of "$p")"; done
    p=$(daemon "$LAB/run/slurmctld.pid" slurmctld) && end_pid "$p" 10
    for n in $(nodes); do p=$(daemon "$LAB/run/slurmd-$n.pid" slurmd) && end_pid "$p" 5; done
    for p in ${left:-} $(job_pids); do kill -KILL "$p" 2>/dev/null; done
    p=$(daemon "$LAB/run/munged.pid" munged) && end_pid "$p" 5
    rm -f "$LAB"/run/*.pid "$LAB"/run/munge.sock*
    if [ "$MODE" = net ]; then "$HOSTS" down; fi
    return 0
}

case ${1:-} in
start)
    [ "$(id -u)" = 0 ] || die "must run as root"
    for c in munged slurmctld slurmd sbatch; do command -v $c >/dev/null || die "$c is missing: apt-get install slurmctld slurmd slurm-client munge slurm-wlm-basic-plugins libpmix-dev"; done
    if daemon "$LAB/run/slurmctld.pid" slurmctld >/dev/null; then load_saved; else pick_mode; write_conf; fi
    [ "$MODE" = net ] && { "$HOSTS" up "$NNODES" || die "network namespaces failed"; }
    start_munge; start_ctld
    for n in $(nodes); do export SLURM_LAB_NODE=$n; start_node "$n"; done
    wait_ready
    say "up: $NNODES nodes x $CPUS CPUs, mode $MODE, SLURM_CONF=$CONF"
    ;;
stop)   do_stop; say "stopped" ;;
restart) load_saved     # as it was started, unless the caller says otherwise
    export SLURM_LAB_MODE=${SLURM_LAB_MODE:-$MODE} SLURM_LAB_NODES=${SLURM_LAB_NODES:-$NNODES}
    export SLURM_LAB_CPUS=${SLURM_LAB_CPUS:-$CPUS} SLURM_LAB_PORT=${SLURM_LAB_PORT:-$PORT}
    "$ME" stop && exec "$ME" start ;;
reset)  "$ME" stop && rm -rf "${LAB:?}"/{state,spool,tmp,log,etc,run} && exec "$ME" start ;;
status)
    load_saved; rc=0
    for x in munged slurmctld; do if p=$(daemon "$LAB/run/$x.pid" $x); then echo "$x up $p"; else echo "$x down"; rc=1; fi; done
    for n in $(nodes); do if p=$(daemon "$LAB/run/slurmd-$n.pid" slurmd); then echo "slurmd $n up $p"; else echo "slurmd $n down"; rc=1; fi; done
    [ -e "$LAB/run/slurmctld.pid" ] && sinfo -N -o '%N %T %C %O %E'
    exit $rc ;;
env)
    load_saved
    echo "export SLURM_CONF=$CONF"
    echo "export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1"
    # more ranks than cores: do not bind, give way when idle
    echo "export OMPI_MCA_hwloc_base_binding_policy=none OMPI_MCA_mpi_yield_when_idle=1 OMPI_MCA_pml=ob1"
    case $MODE in
    plain) echo "export OMPI_MCA_btl=tcp,self OMPI_MCA_btl_tcp_if_include=lo OMPI_MCA_oob_tcp_if_include=lo" ;;
    host)  echo "export OMPI_MCA_btl=vader,tcp,self OMPI_MCA_btl_tcp_if_include=lo OMPI_MCA_oob_tcp_if_include=lo" ;;
    net)   echo "export OMPI_MCA_btl=vader,tcp,self OMPI_MCA_btl_tcp_if_include=$HOSTS_NET.0/24 OMPI_MCA_oob_tcp_if_include=$HOSTS_NET.0/24" ;;
    esac ;;
kill-node)
    load_saved; [ -n "${2:-}" ] || die "which node?"
    if p=$(daemon "$LAB/run/slurmd-$2.pid" slurmd); then
        # All at once, else a slurmstepd tells slurmctld of its job's death. It overwrites its environment with its
        # title: what lives on the node is known by its namespace.
        p=$(if [ "$MODE" = plain ]; then echo "$p"; job_pids "$2"; else in_namespace_of "$p"; fi)
        # shellcheck disable=SC2086
        { kill -STOP $p; kill -KILL $p; } 2>/dev/null
    fi
    rm -f "$LAB/run/slurmd-$2.pid"
    [ "$MODE" = net ] && "$HOSTS" kill "$2"
    exit 0 ;;
kill-slurmd)
    load_saved; p=$(daemon "$LAB/run/slurmd-$2.pid" slurmd) && kill -KILL "$p" && rm -f "$LAB/run/slurmd-$2.pid" ;;
unplug|plug)
    load_saved; [ "$MODE" = net ] || die "$1 needs mode net"; "$HOSTS" "$1" "$2" ;;
start-node)
    load_saved
    [ "$MODE" = net ] && { "$HOSTS" up "$NNODES" || exit 1; }
    export SLURM_LAB_NODE=$2; start_node "$2" ;;
client)
    load_saved; shift; as_client "$@" ;;
exec)
    load_saved; n=$2; shift 2
    p=$(daemon "$LAB/run/slurmd-$n.pid" slurmd) || die "$n is not up"
    exec nsenter -t "$p" -n -u -i -m --wdns="$PWD" -- "$@" ;;
wait)
    id=$2; end=$(( $(date +%s) + ${3:-300} )); k=0
    while :; do
        l=$(scontrol -o show job "$id" 2>&1) || { echo "$l" >&2; exit 3; }
        s=$(sed -n 's/.* JobState=\([A-Z_]*\).*/\1/p' <<<"$l" | sort | uniq | tr '\n' ' ')
        case $s in *PENDING*|*RUNNING*|*COMPLETING*|*CONFIGURING*|*SUSPENDED*|*REQUEUED*|*RESIZING*) ;;
        *)  # shellcheck disable=SC2001
            sed 's/.* JobState=\([A-Z_]*\).* ExitCode=\([0-9:]*\).*/\1 \2/' <<<"$l"; exit 0 ;; esac
        [ "$(date +%s)" -ge $end ] && { echo "TIMEOUT_WAITING $s" >&2; exit 4; }
        k=$((k+1)); if [ $k -lt 30 ]; then sleep 0.1; else sleep 0.5; fi   # each poll costs about 12 ms of CPU
    done ;;
*)  sed -n '2,/^[^#]/{/^#/p}' "$ME"; exit 2 ;;
esac
