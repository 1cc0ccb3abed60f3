#!/bin/sh
# SPDX-License-Identifier: ISC
# cli_test.sh -- the command line of reeld: checks, pid file, daemon, signals
#
# What reeld says is compared word by word.  Its processes are known by their
# pid files, and are stopped when the test ends, however it ends.
set -u

. tests/helper/cases.sh

top=$PWD
reeld=$(realpath "${REELD:-./reeld}")
reelctl=$(realpath "${REELCTL:-./reelctl}")
origin=$(realpath "${ORIGIN:-build/origin}")

dir=$(mktemp -d "${TMPDIR:-/tmp}/reeld-cli.XXXXXX") || exit 1
cd "$dir" || exit 1
chmod 755 .
user=$(id -un)
if [ "$user" = root ]; then
	user=nobody
	chown nobody .
fi

others=
clear_away()
{
	for pid in $(cat ./*.pid 2>/dev/null) $others; do
		kill -KILL "$pid" 2>/dev/null
	done
	cd "$top" || exit 1
	rm -rf "$dir"
}
trap clear_away EXIT
trap 'exit 1' HUP INT TERM

gone()
{
	! kill -0 "$1" 2>/dev/null
}

answers()
{
	"$reelctl" -s "$dir/$1.sock" status >/dev/null
}

# conf NAME [TEXT]: a configuration NAME.conf, whose files all begin with NAME.
conf()
{
	cat >"$1.conf" <<END
workers = 1
arena_size = 64M
user = "$user"
worker_connections = 64
control = "$dir/$1.sock"
pidfile = "$dir/$1.pid"
access_log = ""
listen "unix:$dir/$1.http" { }
${2-}
END
}

# ----- the command line itself

usage='usage: reeld [-dnv] [-f file] [-D name=value]'
conf plain

check 'unknown option' ends 1 "$reeld" -x <<END
$reeld: invalid option -- 'x'
$usage
END
check 'operand' ends 1 "$reeld" -n -f plain.conf more <<END
$usage
END
check 'definition without a value' ends 1 "$reeld" -n -f plain.conf -D name \
    <<END
$usage
END
check 'definition without a name' ends 1 "$reeld" -n -f plain.conf -D =value \
    <<END
$usage
END

# ----- -n

check 'good file' ends 0 "$reeld" -n -f plain.conf <<END
configuration ok
END
check 'no file' ends 1 "$reeld" -n -f absent.conf <<END
absent.conf: No such file or directory
END

cat >wrong.conf <<'END'
workers = 99
arena_size = 1X
listen "127.0.0.1:8088" {
	serve = {"media", "coffee"}
}
origin "a" {
	match = "films"
	url = "gopher://x/"
	retries = -1
	stall_timeout = 5
}
origin "a" {
	match = "/a/"
	url = "http://x/"
}
END
check 'every wrong value' ends 1 "$reeld" -n -f wrong.conf <<'END'
wrong.conf:1: workers: "99" is more than 30
wrong.conf:2: arena_size: "1X" is not a size like 64K, 8M or 1G
wrong.conf:4: serve: "coffee" is none of media, api, status, metrics
wrong.conf:7: match: "films" must begin with /
wrong.conf:8: url: must begin with http:// or https://
wrong.conf:9: retries: "-1" is not a decimal number
wrong.conf:12: origin "a" stands twice
END

printf 'workers = 99\narena_size 1G\nworkers = 98\n' >slip.conf
check 'a slip ends the reading' ends 1 "$reeld" -n -f slip.conf <<'END'
slip.conf:1: workers: "99" is more than 30
slip.conf:2: missing equal sign after option 'arena_size'
END
printf 'workers = 1\nwrokers = 2\n' >unknown.conf
check 'unknown name' ends 1 "$reeld" -n -f unknown.conf <<'END'
unknown.conf:2: no such option 'wrokers'
END

# What this version cannot do is a warning to -n, and an error to a start.
cat >future.conf <<END
listen "unix:$dir/f.http" { }
origin "tv" { match = "/tv/" url = "http://a.example/" type = live }
origin "ace" { match = "/a/" url = "http://a.example/"
	type = acestream }
END
cat >off.conf <<END
listen "unix:$dir/f.http" { }
origin "a" { match = "/a/" url = "http://a.example/" backup = {} }
END
check 'what cannot be done yet' ends 0 "$reeld" -n -f future.conf <<'END'
future.conf:2: warning: type = live: this version of reeld cannot do it
future.conf:4: warning: type = acestream: this version of reeld cannot do it
configuration ok
END
check 'starting with it' ends 1 "$reeld" -d -f future.conf <<'END'
future.conf:2: type = live: this version of reeld cannot do it
future.conf:4: type = acestream: this version of reeld cannot do it
END
check 'what is off is not missed' ends 0 "$reeld" -n -f off.conf <<'END'
configuration ok
END

# ----- -nv

cat >secret.conf <<'END'
api_token = "hunter2"
listen "127.0.0.1:8088" { }
origin "a" {
	match = "/a/"
	url = "http://user:hunter2@origin.example/x/"
	set_header = {"Authorization: Bearer hunter2"}
}
END
print()
{
	"$reeld" -nv "$@" 2>words
}

print -f secret.conf >once.conf
check 'the verdict stands beside the print' ends 0 cat words <<'END'
configuration ok
END
print -f once.conf >twice.conf
check '-nv prints what parses to itself' cmp once.conf twice.conf
check 'no secrets' test "$(grep -c hunter2 once.conf)" = 0
check 'but stars' grep -q '^api_token = "\*\*\*"$' once.conf
check 'and defaults' grep -q '^segment_size = 8M$' once.conf
check '-nv of errors prints nothing' test -z "$(print -f wrong.conf)"

# ----- -D

cat >define.conf <<'END'
origin "a" {
	match = "/${name}/"
	url = "http://${host}:${port}/a=b/"
}
END
print -f define.conf -D name=films -D host=o.example -D port=8080 >defined
check 'a value in its place' grep -q 'match = "/films/"' defined
check 'two in one' grep -q 'url = "http://o.example:8080/a=b/"' defined
check 'a name without a value' ends 1 "$reeld" -n -f define.conf -D name=a=b \
    -D host=h <<'END'
define.conf:3: url: ${port} is not defined (-D)
END
export port=1
check 'the environment does not count' ends 1 "$reeld" -n -f define.conf \
    -D name=n -D host=h <<'END'
define.conf:3: url: ${port} is not defined (-D)
END
unset port

# ----- a start in the foreground

conf one
"$reeld" -d -f one.conf >one.log 2>&1 &
others="$others $!"
first=$!
check 'it starts' soon answers one
check 'under the pid in its file' test "$(cat one.pid)" = "$first"
check 'it logs to stderr' grep -q 'reeld.*worker' one.log

# A second one would take the files away from the first.
sed "s|one\\.sock|two.sock|; s|one\\.http|two.http|" one.conf >two.conf
check 'a second start' ends 1 "$reeld" -d -f two.conf <<END
already running as pid $first
END
check 'it leaves the pid file alone' test "$(cat one.pid)" = "$first"
check 'and the first one too' answers one
check 'and no socket' test ! -e two.sock

kill -TERM "$first"
wait "$first"
check 'TERM' ends 0 echo $? <<'END'
0
END
check 'no pid file is left' test ! -e one.pid
check 'nor a socket' test ! -e one.sock -a ! -e one.http

# ----- after a crash

"$reeld" -d -f one.conf >one.log 2>&1 &
others="$others $!"
first=$!
check 'another start' soon answers one
kill -KILL "$first"
wait "$first" 2>/dev/null
check 'a crash leaves its files' test -e one.pid -a -e one.http
"$reeld" -d -f one.conf >one.log 2>&1 &
others="$others $!"
first=$!
check 'which are taken over' soon answers one
check 'with the pid' test "$(cat one.pid)" = "$first"
kill -INT "$first"
wait "$first"
check 'INT' ends 0 echo $? <<'END'
0
END

# ----- a start by one that ignores signals

# worker: the pid of one.conf's, once it is ready
worker()
{
	"$reelctl" -s "$dir/one.sock" status |
	    awk '$1 ~ /^worker/ && $NF == "ready" { print $(NF - 4) }'
}

has_worker()
{
	[ -n "$(worker)" ]
}

# another PID: a worker is ready that is not PID
another()
{
	now=$(worker) && [ -n "$now" ] && [ "$now" != "$1" ]
}

# dash does not let go of SIGCHLD, as other shells do by trap
env --ignore-signal=CHLD,HUP "$reeld" -d -f one.conf >one.log 2>&1 &
others="$others $!"
first=$!
check 'a start without SIGCHLD' soon answers one
check 'has a worker' soon has_worker
old=$(worker)
kill -KILL "$old"
check 'and another when that is killed' soon another "$old"
kill -TERM "$first"
wait "$first"
check 'TERM again' ends 0 echo $? <<'END'
0
END

# ----- a log of its own

conf own "log = \"$dir/own.log\""
check 'daemon with a log' ends 0 "$reeld" -f own.conf <<'END'
END
check 'it answers' soon answers own
others="$others $(cat own.pid)"
check 'it logs there' grep -q 'reeld.*worker' own.log
mv own.log own.log.1
kill -USR1 "$(cat own.pid)"
check 'USR1 opens it anew' soon test -e own.log
kill -HUP "$(cat own.pid)"
check 'and it is written to' soon grep -q 'read again' own.log
pid=$(cat own.pid)
kill -TERM "$pid"
check 'it ends as well' soon gone "$pid"

# ----- as a daemon

# field PID N: of /proc/PID/stat; names of reeld's processes have no blanks
field()
{
	cut -d ' ' -f "$2" "/proc/$1/stat"
}

conf bg
check 'daemon' ends 0 "$reeld" -f bg.conf <<'END'
END
check 'it is there' soon answers bg
pid=$(cat bg.pid)
others="$others $pid"
check 'under its pid' test "$pid" -gt 1
check 'without a terminal' test "$(field "$pid" 7)" = 0
check 'in a session of its own' test "$(field "$pid" 6)" != "$(field $$ 6)"
check 'another of it' ends 1 "$reeld" -f bg.conf <<END
already running as pid $pid
END
kill -TERM "$pid"
check 'it ends' soon gone "$pid"
check 'and clears away' test ! -e bg.pid -a ! -e bg.sock

# What is wrong is said before the terminal is left.
check 'a daemon with a mistake' ends 1 "$reeld" -f unknown.conf <<'END'
unknown.conf:2: no such option 'wrokers'
END

# ----- a port in use

"$origin" >ports 2>&1 &
others="$others $!"
check 'a port is taken' soon grep -q '^port' ports
port=$(sed -n 's/^port //p' ports)
conf busy "listen \"127.0.0.1:$port\" { }"
check 'port in use' ends 1 "$reeld" -d -f busy.conf <<END
busy.conf:9: listen "127.0.0.1:$port": Address already in use
END
check 'nothing of it is left' test ! -e busy.pid -a ! -e busy.sock

# ----- reelctl

check 'reelctl without a reeld' ends 1 "$reelctl" -s "$dir/none.sock" \
    status <<END
reelctl: $dir/none.sock: No such file or directory
END

conclude ./*.log
