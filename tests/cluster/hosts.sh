#!/usr/bin/env bash
# Several hosts on one Linux machine: network namespaces joined by a bridge.
#
#   hosts.sh up [N]           makes hosts n1..nN (default 3) and a bridge; safe to repeat
#   hosts.sh down             takes everything down (ends only what `up` started)
#   hosts.sh status           hosts, addresses, bytes seen on each wire
#   hosts.sh exec HOST CMD..  runs CMD inside HOST (n1..nN or its address)
#   hosts.sh bytes HOST       what HOST has sent and received
#   hosts.sh kill HOST        ends the host at once (every process in it gets SIGKILL)
#   hosts.sh unplug|plug HOST takes the host's wire down / up (network failure)
#   hosts.sh rate HOST MBIT   limits the host's wire, both ways; MBIT=0 removes it
#
# Settings (environment), with which several can be up side by side:
#   HOSTS_LAB     directory for everything                          default /tmp/mproc-hosts
#   HOSTS_NET     first three bytes of the network: host i is .i, the machine itself .254   default 10.77.0
#   HOSTS_BRIDGE  the bridge, and how the names of wires begin: at most 12 characters       default mprocbr
#   HOSTS_PREFIX  how the names of hosts begin                      default n
#   HOSTS_PIDS=shared   pids of the machine in all hosts; `kill` then ends the host's first process alone
#
# A host is a process with a net, uts (host name), ipc, pid and mount namespace of its own, which does there what sshd does
# (remote_shell.py). Each has its own /dev/shm, /proc and /etc/hosts; all other files are shared.
# No host has a default route and forwarding is left as it is: nothing can leave the machine.
# Needs: root, iproute2, util-linux (unshare, nsenter).
set -u
LAB=${HOSTS_LAB:-/tmp/mproc-hosts}
NET=${HOSTS_NET:-10.77.0}
BR=${HOSTS_BRIDGE:-mprocbr}
P=${HOSTS_PREFIX:-n}
APART=(--pid --fork) ENTER=-p
[ "${HOSTS_PIDS:-}" = shared ] && APART=() ENTER=
ME=$(readlink -f "$0")
mkdir -p "$LAB"

alive() {   # alive HOST -> prints the pid of its pause process
    local f=$LAB/$1.pid pid start st
    [ -r "$f" ] || return 1
    read -r pid start <"$f" || return 1
    st=$(cat "/proc/$pid/stat" 2>/dev/null) || return 1
    # shellcheck disable=SC2086
    set -- ${st##*) }                # $1 = state, ${20} = start time (guards against a reused pid)
    [ "$1" != Z ] && [ "${20}" = "$start" ] || return 1
    echo "$pid"
}
hosts() { find "$LAB" -name '*.pid' -printf '%f\n' 2>/dev/null | sed 's/\.pid$//' | sort -V; }
wire() { echo "$BR-${1#"$P"}"; }    # HOST -> its wire's end at the bridge
name() {    # address or name -> name
    case $1 in "$NET".*) echo "$P${1##*.}";; *) echo "$1";; esac
}
enter() {   # enter HOST CMD...
    local h pid; h=$(name "$1"); shift
    pid=$(alive "$h") || { echo "hosts: host $h is not up" >&2; exit 255; }
    exec nsenter -t "$pid" -n -u -i -m ${ENTER:+-p} --wdns="$PWD" -- "$@"
}
up_one() {  # up_one I
    local i=$1 h=$P$1 pid t=0
    if alive "$h" >/dev/null; then return 0; fi
    ip link del "$(wire "$h")" 2>/dev/null
    rm -f "$LAB/$h.pid"
    # shellcheck disable=SC2016
    setsid unshare --net --uts --ipc --mount "${APART[@]}" /bin/bash -c '
            hostname "$1"
            mount -t tmpfs -o mode=1777 tmpfs /dev/shm
            mount --bind "$2/hosts" /etc/hosts
            ip link set lo up
            read -r stat </proc/self/stat                   # as the machine sees it: this is its /proc
            set -- "$1" "$2" "$3" "${stat%% *}" ${stat##*) }    # ${24} = start time
            [ $$ -eq 1 ] && mount -t proc proc /proc
            echo "$4 ${24}" >"$2/$1.pid.new" && mv "$2/$1.pid.new" "$2/$1.pid"
            exec "$3" serve
        ' host "$h" "$LAB" "$(dirname "$ME")/remote_shell.py" </dev/null >"$LAB/$h.log" 2>&1 &
    disown $! 2>/dev/null
    until [ -e "$LAB/$h.pid" ]; do
        sleep 0.02; t=$((t+1)); [ $t -gt 250 ] && { cat "$LAB/$h.log" >&2; return 1; }
    done
    pid=$(alive "$h") || { cat "$LAB/$h.log" >&2; return 1; }
    # always the same address, as others may remember it
    ip link add "$(wire "$h")" type veth peer name eth0 address "$(printf '02:6d:70:00:00:%02x' "$i")" netns "$pid" &&
    ip link set "$(wire "$h")" master "$BR" up &&
    nsenter -t "$pid" -n ip addr add "$NET.$i/24" dev eth0 &&
    nsenter -t "$pid" -n ip link set eth0 up || return 1
    until grep -q ':0016 00000000:0000 0A' "/proc/$pid/net/tcp"; do     # until it listens
        sleep 0.02; t=$((t+1)); [ $t -gt 500 ] && { cat "$LAB/$h.log" >&2; return 1; }
    done
    return 0
}

case ${1:-} in
up)
    n=${2:-3}
    { echo "127.0.0.1 localhost"; echo "$NET.254 $(hostname) labhead"
      for i in $(seq 1 "$n"); do echo "$NET.$i $P$i"; done; } >"$LAB/hosts"
    if ! ip link show "$BR" >/dev/null 2>&1; then
        ip link add "$BR" type bridge || exit 1
        ip addr add "$NET.254/24" dev "$BR"
    fi
    ip link set "$BR" up
    for i in $(seq 1 "$n"); do up_one "$i" || exit 1; done
    ;;
down)
    for h in $(hosts); do
        pid=$(alive "$h") && kill -KILL "$pid"             # and the kernel whatever lives there
        rm -f "$LAB/$h.pid" "$LAB/$h.log"
        ip link del "$(wire "$h")" 2>/dev/null
    done
    ip link del "$BR" 2>/dev/null
    rm -f "$LAB/hosts"
    exit 0
    ;;
status)
    for h in $(hosts); do
        if pid=$(alive "$h"); then echo "$h up pid=$pid addr=$NET.${h#"$P"} rx_tx=$("$ME" bytes "$h")"; else echo "$h down"; fi
    done
    ;;
exec)   shift; enter "$@" ;;
bytes)  # rx/tx swapped: what the host sent is what the bridge side received
    cat "/sys/class/net/$(wire "$2")/statistics/rx_bytes" "/sys/class/net/$(wire "$2")/statistics/tx_bytes" | paste -sd' ' ;;
kill)
    pid=$(alive "$2") || exit 0
    ip link set "$(wire "$2")" down                         # nobody hears of it
    kill -KILL "$pid"; rm -f "$LAB/$2.pid"; ip link del "$(wire "$2")" 2>/dev/null; exit 0 ;;
unplug) ip link set "$(wire "$2")" down ;;
plug)   ip link set "$(wire "$2")" up ;;
rate)
    pid=$(alive "$2") || exit 1
    tc qdisc del dev "$(wire "$2")" root 2>/dev/null; nsenter -t "$pid" -n tc qdisc del dev eth0 root 2>/dev/null
    [ "$3" = 0 ] && exit 0
    tc qdisc add dev "$(wire "$2")" root tbf rate "$3"mbit burst 64kb latency 50ms &&
    nsenter -t "$pid" -n tc qdisc add dev eth0 root tbf rate "$3"mbit burst 64kb latency 50ms ;;
*)  sed -n '2,/^[^#]/{/^#/p}' "$ME"; exit 2 ;;
esac
