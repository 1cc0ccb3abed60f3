#!/bin/sh
# SPDX-License-Identifier: ISC
# run.sh -- runs test programs one after another and counts
#
# usage: BUILD=directory tests/run.sh [-l seconds] [-s] program...
#
# One line per program, and at the end `N passed, N failed` over all of them.
# A Criterion program counts with its cases.  A script counts with its last
# line, if that is `N passed, N failed`, else as one.  A program that is cut off
# after -l seconds, that ends badly without a failed case, or in whose processes
# a sanitizer found something has one failure more.  The output of each is kept
# in BUILD/logs, and shown if anything failed.
#
# Programs are timing-sensitive: they run one by one, and so do the cases of one
# program.  Those that wait more than they work (waits() below) make a second
# row beside the others, which is this script again, with -s.  SOAK=1 asks all
# for their long form, SHORT=1 (what they see otherwise) for the short one.
set -u

: "${BUILD:=build}"
limit=300
second=
while getopts l:s option; do
	case $option in
	l)	limit=$OPTARG ;;
	s)	second=yes ;;
	*)	echo "usage: tests/run.sh [-l seconds] [-s] program..." >&2
		exit 2 ;;
	esac
done
shift $((OPTIND - 1))

# Processes under test may have given up root: they too write reports here.
logs=$PWD/$BUILD/logs
mkdir -p "$logs"
chmod 1777 "$logs"
[ -n "$second" ] || rm -f "$logs"/*.log "$logs"/*.out "$logs"/sanitizer*

[ -n "${SOAK-}" ] || export SHORT=1
reports=$logs/sanitizer${second:+-second}
export ASAN_OPTIONS="log_path=$reports${ASAN_OPTIONS+:$ASAN_OPTIONS}"
export UBSAN_OPTIONS="print_stacktrace=1:log_path=$reports"

passed=0
failed=0
guard=
beside=
trap '[ -z "$guard" ] || kill "$guard"; [ -z "$beside" ] || kill "$beside"
    exit 130' HUP INT TERM

# waits NAME: a program that hardly needs a processor, nor minds a busy one.
waits()
{
	case $1 in
	http/drain_test|http/revalidate_test|http/one_place_test) ;;
	http/change_test|http/small_arena_test|http/ipv6_source_test) ;;
	http/on_error_test) ;;
	http/spool_health_test|http/spool_full_test|http/spool_report_test) ;;
	unit/store_lock_test|crash/sandbox_test|crash/account_test) ;;
	http/matrix_test|http/failover_test|http/token_test) ;;
	http/caching_test|http/pass_trouble_test) ;;
	*)	return 1 ;;
	esac
}

# Sets status, and stray if the program left processes behind.
run()
{
	"$BUILD/guard" "$limit" "$@" >"$log" 2>&1 </dev/null &
	guard=$!
	wait "$guard"
	status=$?
	guard=
	stray=
	! grep -q '^guard: left behind' "$log" ||
	    stray=", left processes behind"
}

# Prints "PASSED FAILED" as the program itself says it, or nothing.
tally()
{
	sed -n -e 's/.*Synthesis: Tested: [0-9]* | Passing: \([0-9]*\) | Failing: \([0-9]*\) |.*/\1 \2/p' \
	    -e 's/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p' "$log" |
	    tail -n 1
}

# Moves what the sanitizers wrote into the program's log; fails if nothing.
sanitizer_reports()
{
	found=1
	for report in "$reports".*; do
		[ -e "$report" ] || continue
		cat "$report" >>"$log"
		rm -f "$report"
		found=0
	done
	return $found
}

# judge SCRIPT: sets good, bad and why from the run of one program.
judge()
{
	count=$(tally)
	good=${count% *}
	bad=${count#* }
	why=$stray
	[ "$status" -ne 124 ] || why="$why, cut off after $limit s"
	if [ -z "$count" ]; then
		good=0 bad=0
		if [ "$status" -eq 0 ] && [ "$1" = yes ]; then
			good=1
		elif [ "$status" -eq 0 ]; then
			bad=1 why="$why, ran no case"
		fi
	fi
	if [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; then
		bad=1
		[ "$status" -eq 124 ] || why="$why, status $status"
	fi
	if sanitizer_reports; then
		bad=$((bad + 1)) why="$why, sanitizer reports"
	fi
}

# Starts the second row, with those that wait.
if [ -z "$second" ] && [ -z "${SOAK-}" ]; then
	for program; do
		shift
		# shellcheck disable=SC2086 # names without blanks
		if waits "${program##*tests/}"; then
			row="${row-} $program"
		else
			set -- "$@" "$program"
		fi
	done
	if [ -n "${row-}" ]; then
		# shellcheck disable=SC2086 # a list
		BUILD=$BUILD tests/run.sh -s -l "$limit" $row \
		    >"$logs/second.out" 2>&1 &
		beside=$!
	fi
fi

for program; do
	name=${program##*tests/}
	log=$logs/$(echo "$name" | tr / -).log
	case $program in
	*/*)	;;
	*)	program=./$program ;;
	esac
	begin=$(date +%s%N)
	case $program in
	*.sh)	run "$program"
		judge yes ;;
	*)	run "$program" -j1 --color=never
		judge no ;;
	esac
	tenths=$((($(date +%s%N) - begin) / 100000000))
	word=ok
	[ "$bad" -eq 0 ] || word=FAIL
	printf '%-4s  %-36s %4d passed %4d failed %6d.%d s%s\n' "$word" \
	    "$name" "$good" "$bad" $((tenths / 10)) $((tenths % 10)) "$why"
	if [ "$bad" -eq 0 ]; then
		sed -n 's/^SKIP/    | &/p' "$log"
	else
		sed 's/^/    | /' "$log"
	fi
	passed=$((passed + good))
	failed=$((failed + bad))
done

# What the second row says, but for its last line, which is added up.
if [ -n "$beside" ]; then
	wait "$beside"
	beside=
	sed '$d' "$logs/second.out"
	count=$(sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p' \
	    "$logs/second.out" | tail -n 1)
	[ -n "$count" ] || count="0 1"
	passed=$((passed + ${count% *}))
	failed=$((failed + ${count#* }))
fi

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
