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

# ends STATUS COMMAND [ARG]... <TEXT: does it end so, and say just that, time and
# pid aside?  For a script that has the current directory for itself.
ends()
{
	wanted=$1 status=0
	shift
	cat >expected
	"$@" >said 2>&1 </dev/null || status=$?
	sed 's/^[0-9:.]* reeld\[[0-9]*\]: //' said >got
	diff -u expected got && [ "$status" -eq "$wanted" ] && return
	echo "status $status, to be $wanted"
	return 1
}

# soon COMMAND [ARG]...: does it succeed within 5 s?
soon()
{
	turns=$((100 * ${TEST_PATIENCE:-1}))
	until "$@" >/dev/null 2>&1; do
		turns=$((turns - 1))
		[ "$turns" -gt 0 ] || return 1
		sleep 0.05
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
