# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# cases.sh -- the cases of a test that is a script; to be read with `.`

passed=0
failed=0

# check WHAT COMMAND [ARG]...: one case.
check()
{
	what=$1
	shift
	if "$@"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "not so: $what"
	fi
}

# soon COMMAND [ARG]...: does it succeed within 5 s?
soon()
{
	tries=0
	until "$@"; do
		tries=$((tries + 1))
		[ "$tries" -lt 50 ] || return 1
		sleep 0.1
	done
}

# conclude [FILE]...: says how many, after the ends of these logs if a case
# failed; the status of the script.
conclude()
{
	[ "$failed" -eq 0 ] || tail -n 50 "$@"
	echo "$passed passed, $failed failed"
	[ "$failed" -eq 0 ]
}
