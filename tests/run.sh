#!/bin/sh
# SPDX-License-Identifier: ISC
# run.sh -- runs test programs one after another and counts
#
# usage: BUILD=directory tests/run.sh [-l seconds] [-s row] program...
#
# One line per program, and at the end `N passed, N failed` over all of them.
# A Criterion program counts with its cases.  A script counts with its last
# line, if that is `N passed, N failed`, else as one.  A program that is cut off
# after -l seconds, that ends badly without a failed case, or in whose processes
# a sanitizer found something has one failure more.  The output of each is kept
# in BUILD/logs, and shown if anything failed.
#
# Programs are timing-sensitive: they run one by one, and so do the cases of one
# program.  Those that wait more than they work (row_of() below) make two rows
# beside the others, each of which is this script again, with -s and its name;
# those that measure come last, alone.  SOAK=1 asks all
# for their long form, SHORT=1 (what they see otherwise) for the short one.
set -u

: "${BUILD:=build}"
limit=300
own=
while getopts l:s: option; do
	case $option in
	l)	limit=$OPTARG ;;
	s)	own=$OPTARG ;;
	*)	echo "usage: tests/run.sh [-l seconds] [-s row] program..." >&2
		exit 2 ;;
	esac
done
shift $((OPTIND - 1))

# Processes under test may have given up root: they too write reports here.
logs=$PWD/$BUILD/logs
mkdir -p "$logs"
chmod 1777 "$logs"
[ -n "$own" ] || rm -f "$logs"/*.log "$logs"/*.out "$logs"/sanitizer*

[ -n "${SOAK-}" ] || export SHORT=1
reports=$logs/sanitizer${own:+-$own}
export ASAN_OPTIONS="log_path=$reports${ASAN_OPTIONS+:$ASAN_OPTIONS}"
export UBSAN_OPTIONS="print_stacktrace=1:log_path=$reports"

passed=0
failed=0
guard=
beside=
# shellcheck disable=SC2154 # beside is a list of processes
trap '[ -z "$guard" ] || kill "$guard"; [ -z "$beside" ] || kill $beside
    exit 130' HUP INT TERM

# row_of NAME: a or b for a program that waits more than it works and minds no
# neighbour; `alone` for one that measures how long others have to wait.
row_of()
{
	case $1 in
	http/on_error_test|http/caching_test|http/matrix_test) echo a ;;
	crash/account_test|http/drain_test|http/spool_damage_test) echo a ;;
	http/one_place_test|http/failover_test|http/token_test) echo b ;;
	http/pass_trouble_test|http/spool_health_test) echo b ;;
	http/spool_full_test|http/spool_report_test) echo b ;;
	http/revalidate_test|http/small_arena_test|http/change_test) echo b ;;
	http/verify_test|http/ipv6_source_test|http/trap_test) echo b ;;
	unit/store_lock_test|crash/sandbox_test|http/pause_test) echo b ;;
	http/attack_*|http/source_error_test|http/gone_test) echo alone ;;
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

# Moves what the sanitizers wrote into the program's log; fails if they found
# nothing.  One whose process was killed while it looked has not.
sanitizer_reports()
{
	found=1
	for report in "$reports".*; do
		[ -e "$report" ] || continue
		cat "$report" >>"$log"
		! grep -qE 'ERROR: |runtime error: |WARNING: ' "$report" ||
		    found=0
		rm -f "$report"
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

# one PROGRAM: runs it and says what came of it.
one()
{
	program=$1
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
}

# begin_row NAME PROGRAM...: a row beside this one.
begin_row()
{
	row=$1
	shift

	[ $# -gt 0 ] || return
	BUILD=$BUILD tests/run.sh -s "$row" -l "$limit" "$@" \
	    >"$logs/row-$row.out" 2>&1 &
	beside="$beside $!"
	rows="$rows $row"
}

# What the other rows say, but for their last lines, which are added up.
end_rows()
{
	# shellcheck disable=SC2086 # a list
	[ -z "$beside" ] || wait $beside
	beside=
	for row in $rows; do
		sed '$d' "$logs/row-$row.out"
		count=$(sed -n \
		    's/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p' \
		    "$logs/row-$row.out" | tail -n 1)
		[ -n "$count" ] || count="0 1"
		passed=$((passed + ${count% *}))
		failed=$((failed + ${count#* }))
	done
}

rows='' a='' b='' alone='' others=''
for program; do
	row=''
	[ -n "$own" ] || [ -n "${SOAK-}" ] || row=$(row_of "${program##*tests/}")
	case $row in
	a)	a="$a $program" ;;
	b)	b="$b $program" ;;
	alone)	alone="$alone $program" ;;
	*)	others="$others $program" ;;
	esac
done
# shellcheck disable=SC2086 # lists of names without blanks
{
	begin_row a $a
	begin_row b $b
	for program in $others; do
		one "$program"
	done
	end_rows
	for program in $alone; do
		one "$program"
	done
}

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
