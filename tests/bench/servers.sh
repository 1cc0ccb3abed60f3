# SPDX-License-Identifier: ISC
# shellcheck shell=sh disable=SC2034 # what is set here is used elsewhere
# servers.sh -- servers on free loopback ports, in a directory that goes with
# them; for scripts that read it with `.` and call guarded() first
#
# What was started is known by its process id and by nothing else.

: "${BUILD:=build}" "${REELD:=./reeld}" "${REELCTL:=./reelctl}"
: "${ORIGIN:=build/origin}"

dir=
disk=
pids=
pid=

die()
{
	echo "${0##*/}: $*" >&2
	exit 1
}

# guarded SECONDS PARENT [DISK]: begins the script anew, for so long at most,
# with `dir` in PARENT, which reeld's unprivileged roles can reach, and `disk`
# likewise in DISK.  Whatever ends it, no process and no directory is left.
guarded()
{
	if [ -n "${SERVERS_DIR-}" ]; then
		dir=$SERVERS_DIR disk=$SERVERS_DISK
		trap end_servers EXIT
		trap 'exit 130' HUP INT TERM
		return
	fi
	guard=
	trap 'end_guard; exit 130' HUP INT TERM
	SERVERS_DIR=
	SERVERS_DISK=
	[ -z "${3-}" ] || SERVERS_DISK=$(reachable "$3")
	SERVERS_DIR=$(reachable "$2")
	export SERVERS_DIR SERVERS_DISK
	"$BUILD/guard" "$1" "$0" &
	guard=$!
	status=0
	wait "$guard" || status=$?
	[ "$status" -ne 124 ] || echo "${0##*/}: cut off after $1 s" >&2
	end_guard
	exit "$status"
}

# reachable PARENT: makes a directory there.
reachable()
{
	made=$(mktemp -d "$1/reeld.XXXXXX")
	chmod 755 "$made"
	[ "$(id -u)" -ne 0 ] || chown nobody "$made"
	echo "$made"
}

end_guard()
{
	trap '' HUP INT TERM
	if is_running "${guard:-0}"; then
		kill "$guard"
		wait "$guard" || :
	fi
	rm -rf "$SERVERS_DIR" ${SERVERS_DISK:+"$SERVERS_DISK"}
}

# Is it there, and no zombie that only waits for us?
is_running()
{
	case $(cat "/proc/$1/stat" 2>/dev/null) in
	''|*") Z "*) return 1 ;;
	esac
}

# TERM, and KILL for what is there after 2 s.
end_servers()
{
	trap '' HUP INT TERM
	for one in $pids; do
		kill "$one" 2>/dev/null || :
	done
	tries=0
	for one in $pids; do
		while [ "$tries" -lt 20 ] && is_running "$one"; do
			tries=$((tries + 1))
			sleep 0.1
		done
		! is_running "$one" || kill -9 "$one"
	done
}

# A port of the range that the kernel does not give to outgoing connections, on
# which nobody is.
free_port()
{
	while :; do
		port=$((10240 + $(od -An -N2 -tu2 /dev/urandom) % 20000))
		grep -qsi ": [0-9A-F]*:$(printf %04X "$port") " \
		    /proc/net/tcp /proc/net/tcp6 || break
	done
	echo "$port"
}

# start NAME COMMAND [ARG]...: in the background, its output in $dir/NAME.log;
# sets `pid`.
start()
{
	log=$dir/$1.log
	shift
	"$@" >"$log" 2>&1 </dev/null &
	pid=$!
	pids="$pids $pid"
}

# stop PID: TERM, and waits for its end.
stop()
{
	kill "$1"
	wait "$1" 2>/dev/null || :
	pids=$(for other in $pids; do
		[ "$other" = "$1" ] || printf '%s ' "$other"
	done)
}

# await NAME COMMAND [ARG]...: tries for 10 s, as long as the server started
# last is there.
await()
{
	name=$1
	shift
	tries=0
	while ! "$@" >/dev/null 2>&1; do
		tries=$((tries + 1))
		if [ "$tries" -ge 100 ] || ! is_running "$pid"; then
			sed 's/^/    | /' "$dir/$name.log" >&2
			die "$name did not start; its log is above"
		fi
		sleep 0.1
	done
}

# ask PORT PATH: the body of an answer that is no error.
ask()
{
	curl -sf --noproxy '*' --max-time 5 "http://127.0.0.1:$1$2"
}

# start_origin [ARG]...: the scripted source; sets `source_port`, `source_ctl`.
start_origin()
{
	start source "$ORIGIN" "$@"
	await source grep -q '^control ' "$dir/source.log"
	source_port=$(sed -n 's/^port //p' "$dir/source.log")
	source_ctl=$(sed -n 's/^control //p' "$dir/source.log")
}

# start_reeld NAME CONF [NAME=VALUE]...: sets `pid` and `reeld_port`; the
# configuration is given ${dir}, ${name} and ${port} besides.
start_reeld()
{
	name=$1 conf=$2
	shift 2
	reeld_port=$(free_port)
	for definition; do
		shift
		set -- "$@" -D "$definition"
	done
	start "$name" "$REELD" -d -f "$conf" -D "dir=$dir" -D "name=$name" \
	    -D "port=$reeld_port" "$@"
	await "$name" ask "$reeld_port" /health
}

# make_identity: a certificate of 127.0.0.1 signed by itself, $dir/identity.crt,
# and its key, $dir/identity.key.
make_identity()
{
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -days 2 -subj /CN=localhost \
	    -addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
	    -keyout "$dir/identity.key" -out "$dir/identity.crt" \
	    2>"$dir/openssl.log" || die "$(cat "$dir/openssl.log")"
}
