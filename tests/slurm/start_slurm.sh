#!/usr/bin/env bash
# A real Slurm of one node on a Debian machine that has none, for tests/slurm. As root:
#   tests/slurm/start_slurm.sh         install slurm-wlm and munge where they are missing, and start
#   tests/slurm/start_slurm.sh stop    stop what this script started
# Meant for throwaway machines. It refuses to touch a Slurm that it did not set up.
set -euo pipefail

conf=/etc/slurm/slurm.conf
state=/var/lib/autocrine-slurm
mark="# Written by autocrine's tests/slurm/start_slurm.sh"

if [ -e $conf ] && [ "$(head -n 1 $conf)" != "$mark" ]; then
  echo "$conf is not of this script; this machine has a Slurm already" >&2
  exit 2
fi

stop_one() { # name, file with its process id
  local pid
  pid=$(cat "$2" 2>/dev/null) || return 0
  # The number may belong to another process by now.
  [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = "$1" ] || return 0
  kill "$pid"
  for _ in $(seq 50); do kill -0 "$pid" 2>/dev/null || return 0; sleep 0.1; done
}

stop_one slurmd $state/slurmd.pid
stop_one slurmctld $state/slurmctld.pid
stop_one munged /run/munge/munged.pid
if [ "${1:-start}" = stop ]; then
  rm -f $conf
  exit
fi

if ! command -v slurmctld >/dev/null || ! command -v munged >/dev/null; then
  apt-get -qq update
  DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends slurm-wlm munge >/dev/null
fi

# Services of a machine without systemd do not start by themselves.
install -d -o munge -g munge /run/munge
runuser -u munge -- munged

host=$(hostname -s)
install -d $state/{control,node}
# Old jobs and drained nodes are forgotten, so that each start is the same.
rm -rf $state/control/* $state/node/*
cat >$conf <<END
$mark
ClusterName=tests
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
StateSaveLocation=$state/control
SlurmdSpoolDir=$state/node
SlurmctldPidFile=$state/slurmctld.pid
SlurmdPidFile=$state/slurmd.pid
SlurmctldLogFile=$state/slurmctld.log
SlurmdLogFile=$state/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
# Without cgroups, memory is kept to by asking for it once a second and ending steps that take more.
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
EnforcePartLimits=ALL
ReturnToService=2
# Snakemake asks for jobs that have ended, too.
MinJobAge=600
KillWait=5
SchedulerParameters=batch_sched_delay=0,sched_interval=5,bf_interval=5
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) RealMemory=$(awk '/MemTotal/ {printf "%d", $2 / 1024 * 0.9}' /proc/meminfo)
PartitionName=main Nodes=$host Default=YES MaxTime=INFINITE State=UP
END
getent hosts "$host" >/dev/null || echo "127.0.0.1 $host" >>/etc/hosts

slurmctld
slurmd
for _ in $(seq 100); do
  [ "$(sinfo --noheader --format=%T)" = idle ] && break
  sleep 0.2
done
sinfo
[ "$(sinfo --noheader --format=%T)" = idle ]
