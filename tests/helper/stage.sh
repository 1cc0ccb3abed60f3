# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# stage.sh -- a scripted source and a reeld before it, for a test that is a
# script; to be read with `.`, after cases.sh
#
# The script has a function write_conf, which prints what its configuration has
# besides write_head's; $spare_port is a second port for it.  All of it goes when
# the script ends, and so do the processes whose ids the script adds to $others.

: "${REELD:=./reeld}" "${REELCTL:=./reelctl}" "${ORIGIN:=build/origin}"

dir=$(mktemp -d "${TMPDIR:-/tmp}/reeld-test.XXXXXX")
mkdir "$dir/media"
chmod 755 "$dir"
origin=''
reeld=''
others=''

end()
{
	for pid in $others $reeld $origin; do
		kill "$pid" 2>/dev/null || :
		wait "$pid" 2>/dev/null || :
	done
	rm -rf "$dir"
}
trap end EXIT
trap 'exit 130' HUP INT TERM

die()
{
	echo "$*" >&2
	[ ! -e "$dir/log" ] || tail -n 50 "$dir/log" >&2
	exit 1
}

# Waits at most ten seconds until a command succeeds.
await()
{
	i=0
	until "$@" >/dev/null 2>&1; do
		i=$((i + 1))
		[ $i -lt 200 ] || return 1
		sleep 0.05
	done
}

# Serves $dir/media; $control is its control port.
start_origin()
{
	"$ORIGIN" -r "$dir/media" >"$dir/ports" &
	origin=$!
	await grep -q control "$dir/ports" || die 'the source does not start'
	# shellcheck disable=SC2034 # for the script
	port=$(sed -n 's/^port //p' "$dir/ports")
	# shellcheck disable=SC2034 # for the script
	control=$(sed -n 's/^control //p' "$dir/ports")
}

# What every configuration begins with.  When root starts reeld, its processes
# are nobody's.
write_head()
{
	if [ "$(id -u)" -eq 0 ]; then
		chown nobody "$dir"
		echo 'user = "nobody"'
	fi
	cat <<-CONF
	control = "$dir/reeld.sock"
	pidfile = ""
	access_log = ""
	listen "127.0.0.1:$local_port" { }
	CONF
}

# Ports that nobody has; if somebody was faster, others.
start_reeld()
{
	for try in 1 2 3 4 5; do
		local_port=$((10240 + ($$ * 7 + try * 1237) % 22000))
		# shellcheck disable=SC2034 # for the script
		spare_port=$((local_port + 1))
		{ write_head; write_conf; } >"$dir/conf"
		"$REELD" -d -f "$dir/conf" 2>"$dir/log" &
		reeld=$!
		url=http://127.0.0.1:$local_port
		if await curl -sf "$url/health" && kill -0 "$reeld"; then
			return 0
		fi
		kill "$reeld" 2>/dev/null || :
		wait "$reeld" || :
		reeld=''
	done
	die 'reeld does not start'
}

# The last cases: reeld ends well, when it is told to.
stop_reeld()
{
	check 'audit' "$REELCTL" -s "$dir/reeld.sock" audit
	kill "$reeld"
	check 'reeld ends well' wait "$reeld"
	reeld=''
}

# log_is_clean [-e PATTERN]...: reeld did not break, nor do what these say.
log_is_clean()
{
	! grep -e panic: -e Sanitizer -e 'runtime error:' "$@" "$dir/log"
}
