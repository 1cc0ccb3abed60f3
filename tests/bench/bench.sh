#!/bin/sh
# SPDX-License-Identifier: ISC
# bench.sh -- reeld beside nginx and Varnish, on this machine, in one run
#
# usage: [BENCH=name[,name]...] tests/bench/bench.sh
#
# Names: hot1 hot32 h2c ranges cold small first slow spool commp.  Prints a line
# for each claim and appends it to $BUILD/bench.txt; status 1 if a bound was
# missed.
# tests/bench/README says what is measured and how.
set -eu

. tests/bench/servers.sh

ROWS="hot1 hot32 h2c ranges cold small first slow spool commp"
REPETITIONS=5
SIZE=1000000000		# of the big file: 1 GB
SLOW=2000		# downloads at once
FILMS=8			# on disk, for four viewers
FILM=500000000		# bytes of each
SEEKS=24		# a repetition

rows=$(echo "${BENCH:-$ROWS}" | tr ',' ' ')
for row in $rows; do
	case " $ROWS " in
	*" $row "*) ;;
	*) die "no row \"$row\"; there are: $ROWS" ;;
	esac
done

for tool in nginx:nginx-light varnishd:varnish wrk:wrk \
    h2load:nghttp2-client curl:curl openssl:openssl ss:iproute2; do
	command -v "${tool%:*}" >/dev/null || missing="${missing-} ${tool#*:}"
done
[ -z "${missing-}" ] || die "not installed:$missing; run: make deps-bench"

# Three times the big file will lie there: in memory if there is room, so that
# no disk is in the figures.
place=${TMPDIR:-/tmp}
room=$(df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 { print $4 }')
[ "${room:-0}" -lt 4000000 ] || [ ! -w /dev/shm ] || place=/dev/shm
# The library of the row `spool` lies on a disk, which /tmp may not be.
library=
case " $rows " in
*" spool "*)
	library=${TMPDIR:-/var/tmp}
	room=$(df -Pk "$library" | awk 'NR == 2 { print $4 }')
	[ "$room" -ge 6000000 ] || die "$library: 6 GB must be free there" ;;
esac
guarded 1800 "$place" "$library"

# ----- the table

# record METRIC SERVER VALUE: one measurement.
record()
{
	echo "$*" >>"$dir/samples"
}

# put LINE: to the terminal and to the record of all runs.
put()
{
	echo "$1" | tee -a "$BUILD/bench.txt"
}

# claim TEXT METRIC BOUND [PEER]: a line of the table from what was recorded of
# a metric: medians, in brackets the least and the greatest.  BOUND is what it
# is judged by, - if it is not:
#	<=R >=R		reeld's median over the peer's (default nginx)
#	+D		the peer's median and D, the unit being the metric's
#	<=V|peer	V, or no more than the peer's median
#	<V		less than V, whatever others have
missed=0
claim()
{
	line=$(awk -v text="$1" -v metric="$2" -v bound="$3" \
	    -v peer="${4:-nginx}" -f tests/bench/claim.awk "$dir/samples")
	put "$line"
	case $line in
	*MISSED) missed=$((missed + 1)) ;;
	esac
}

heading()
{
	put ""
	put "$(date '+%Y-%m-%d %H:%M')  $(uname -sr), $(nproc) CPUs:$(
	    sed -n 's/^model name[^:]*://p' /proc/cpuinfo | head -n 1), load $(
	    cut -d ' ' -f 1 /proc/loadavg)"
	put "reeld $(git describe --always --dirty 2>/dev/null || echo "?"), $(
	    nginx -v 2>&1 | sed 's/.*version: //'), $(
	    varnishd -V 2>&1 | sed -n 's/.*(\(varnish-[0-9.]*\).*/\1/p')"
	put "$(awk -v times="$REPETITIONS" -f tests/bench/claim.awk)"
}

# ----- the servers

# configure TEMPLATE FILE NAME=VALUE...: fills in what stands between @.
configure()
{
	template=$1 file=$2
	shift 2
	for value; do
		shift
		set -- "$@" -e "s|@${value%%=*}@|${value#*=}|g"
	done
	sed "$@" "$template" >"$file"
}

# Only root may, and must, say as whom nginx works.
nginx_user=
[ "$(id -u)" -ne 0 ] || nginx_user="user nobody nogroup;"

start_files()
{
	mkdir "$dir/files"
	head -c "$SIZE" /dev/urandom >"$dir/files/big"
	head -c 8000000 /dev/urandom >"$dir/files/piece"
	head -c 1000 /dev/urandom >"$dir/files/small"
	chmod -R a+rX "$dir/files"
	files_port=$(free_port)
	configure tests/bench/source.conf "$dir/source.conf" \
	    "DIR=$dir" "PORT=$files_port" "USER=$nginx_user"
	start files nginx -e "$dir/source.error.log" -c "$dir/source.conf"
	await files ask "$files_port" /small
}

start_nginx()
{
	nginx_port=$(free_port)
	nginx_h2=$(free_port)
	configure tests/bench/nginx.conf "$dir/nginx.conf" "DIR=$dir" \
	    "PORT=$nginx_port" "H2PORT=$nginx_h2" "SOURCE=$files_port" \
	    "USER=$nginx_user"
	start nginx nginx -e "$dir/nginx.error.log" -c "$dir/nginx.conf"
	nginx_pid=$pid
	await nginx ask "$nginx_port" /small
}

start_varnish()
{
	varnish_port=$(free_port)
	configure tests/bench/varnish.vcl "$dir/varnish.vcl" \
	    "SOURCE=$files_port"
	mkdir "$dir/varnish"
	start varnish varnishd -F -n "$dir/varnish" -f "$dir/varnish.vcl" \
	    -a "127.0.0.1:$varnish_port" -s malloc,2G
	varnish_pid=$pid
	await varnish ask "$varnish_port" /small
}

# start_cache NAME ARENA: a reeld; sets `pid` and `reeld_port`.
start_cache()
{
	start_reeld "$1" tests/bench/reeld.conf "arena=$2" \
	    "source=$files_port" "paced=$source_port"
}

# Calls COMMAND with PID and PORT of each server behind its name.
each()
{
	"$@" reeld "$hot_pid" "$hot_port"
	"$@" nginx "$nginx_pid" "$nginx_port"
	"$@" varnish "$varnish_pid" "$varnish_port"
}

# touch PATH NAME PID PORT: it becomes hot.
touch()
{
	ask "$4" "$1" >"$dir/output" || die "$2 does not serve $1"
}

# The big file becomes hot, and what each serves of it is compared.
warm()
{
	curl -sf --noproxy '*' "http://127.0.0.1:$3/big" |
	    cmp - "$dir/files/big" || die "$1 serves other bytes"
}

repeat()
{
	for _ in $(seq "$REPETITIONS"); do
		"$@"
	done
}

# meter PIDS COMMAND...: runs it and sets `wall`, `servers`, `client`: ms.
# What the command prints is in $dir/output.
meter()
{
	of=$1
	shift
	if ! "$BUILD/meter" -o "$dir/output" ${of:+-p "$of"} "$@" \
	    >"$dir/meter" 2>"$dir/errors"; then
		cat "$dir/errors" "$dir/output" >&2
		die "this failed: $*"
	fi
	read -r wall servers client <"$dir/meter"
}

# download PIDS PORT PATH: by one curl, metered.
download()
{
	meter "$1" curl -sf --noproxy '*' -o /dev/null "http://127.0.0.1:$2$3"
}

# load NAME PID PORT OPTIONS [LENGTH]: wrk on the big file, metered; sets
# `requests` and `bytes`, and `wall` to wrk's own time.
load()
{
	# shellcheck disable=SC2086 # a list of words
	meter "$2" wrk -t 2 $4 --timeout 60s -s tests/bench/load.lua \
	    "http://127.0.0.1:$3/big" ${5:+-- "$5"}
	grep '^load' "$dir/output" >"$dir/load"
	read -r _ requests bytes us failed <"$dir/load"
	wall=$((us / 1000))
	[ "$failed" -eq 0 ] || die "$1: $failed of wrk's requests failed"
}

# per NUMERATOR DENOMINATOR: with three decimals.
per()
{
	awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f\n", a / b }'
}

# note_transfer METRIC SERVER MEGABYTES: what the meter says of a transfer.
note_transfer()
{
	record "$1-cpu" "$2" "$(per "$servers" "$3")"
	record "$1-both" "$2" "$(per $((servers + client)) "$3")"
	record "$1-rate" "$2" "$(per "$3" "$wall")"
}

# ----- the rows: METRIC functions get NAME PID PORT of a server

# Four times, on one connection.
measure_hot1()
{
	download "$2" "$3" "/bi{g,g,g,g}"
	note_transfer hot1 "$1" $((4 * SIZE / 1000000))
}

row_hot1()
{
	repeat each measure_hot1
	claim "hot file, 1 connection: CPU s/GB" hot1-cpu "<=0.70"
	claim "  CPU s/GB, server and client" hot1-both -
	claim "  GB/s" hot1-rate -
}

measure_hot32()
{
	load "$1" "$2" "$3" "-c 32 -d 4"
	note_transfer hot32 "$1" $((bytes / 1000000))
}

row_hot32()
{
	repeat each measure_hot32
	claim "hot file, 32 connections: GB/s" hot32-rate ">=1.50"
	claim "  CPU s/GB, server and client" hot32-both "<=0.90"
	claim "  CPU s/GB, server" hot32-cpu -
}

# measure_h2c NAME PID PORT: Varnish has no part in it.
measure_h2c()
{
	meter "$2" h2load -n 500 -c 8 -m 4 -w 30 -W 30 \
	    "http://127.0.0.1:$3/piece"
	grep -q ' 500 succeeded, 0 failed' "$dir/output" ||
	    die "$1 failed h2load"
	note_transfer h2c "$1" 4000
}

both_h2c()
{
	measure_h2c reeld "$hot_pid" "$hot_port"
	measure_h2c nginx "$nginx_pid" "$nginx_h2"
}

row_h2c()
{
	each touch /piece
	repeat both_h2c
	claim "hot 8 MB, h2c, 8 connections of 4: CPU s/GB" h2c-cpu "<=0.60"
	claim "  GB/s" h2c-rate -
}

measure_ranges()
{
	load "$1" "$2" "$3" "-c 64 -d 3" 65536
	record ranges "$1" "$(per "$requests" "$wall")"
}

row_ranges()
{
	repeat each measure_ranges
	claim "64 KiB at random, 64 connections: 1000/s" ranges ">=1.00"
}

# A new reeld whose arena is hardly larger than the file: it is pulled into
# fresh pages, once more to touch the rest, and then into warm ones.
measure_cold()
{
	start_cache cold 1G
	for state in cold touched warm; do
		download "$pid:fetcher" "$reeld_port" "/big?$state"
		record "pull-$state" reeld "$(per "$servers" 1000)"
	done
	stop "$pid"
	download "" "$files_port" /big
	record pull-warm curl "$(per "$client" 1000)"
	record pull-cold curl "$(per "$client" 1000)"
}

row_cold()
{
	repeat measure_cold
	claim "pull, warm arena: CPU s/GB, fetcher : curl" pull-warm \
	    "<=1.50" curl
	claim "  cold arena" pull-cold - curl
}

# A small request every 2 ms beside four downloads, for about 3 s.
measure_small()
{
	start downloads wrk -t 2 -c 4 -d 60 --timeout 60s \
	    "http://127.0.0.1:$3/big"
	meter "" "$BUILD/latency" 1000 2 "http://127.0.0.1:$3/small"
	is_running "$pid" || die "$1: $(cat "$dir/downloads.log")"
	stop "$pid"
	read -r p50 p99 _ <"$dir/output"
	record small-p50 "$1" "$p50"
	record small-p99 "$1" "$p99"
}

row_small()
{
	each touch /small
	repeat each measure_small
	claim "1 KB beside 4 downloads: p99 ms" small-p99 "<=10|peer"
	claim "  p50 ms" small-p50 -
}

measure_first()
{
	start_cache first 1G
	meter "" "$BUILD/firstbyte" "$source_port" "$reeld_port" "$pid"
	stop "$pid"
	while read -r what server ms; do
		record "first-$what" "$server" "$ms"
	done <"$dir/output"
}

row_first()
{
	repeat measure_first
	claim "first byte, viewer at 0 %: ms, reeld : direct" \
	    first-viewer-0 "+5" direct
	claim "  at 30 %, 1 s later" first-viewer-30 "+5" direct
	claim "  at 60 %, 2 s later" first-viewer-60 "+5" direct
	claim "  follower at 0 %, 2.5 s later" first-follower "+5" direct
	claim "  12 random seeks" first-seek "+5" direct
}

# find_role TITLE: the only process of that role of the reeld started last.
find_role()
{
	children=$(cat "/proc/$pid/task/$pid/children")
	for one in $children; do
		! grep -q "$1" "/proc/$one/cmdline" || echo "$one"
	done
}

# anonymous PID: KiB of memory that is its own.
anonymous()
{
	sed -n 's/^RssAnon:[^0-9]*\([0-9]*\) kB$/\1/p' "/proc/$1/status"
}

# kernel PORT: KiB that the sockets of its connections hold: what is received,
# what is queued to be sent, and what is set aside for more.
kernel()
{
	ss -tmnH state established "sport = :$1" | grep -o 'skmem:([^)]*' |
	    tr ':(,' '\n' | awk '/^[rfw][0-9]/ { n += substr($0, 2) }
	    END { printf "%d\n", n / 1024 }'
}

# measure_slow METRIC WAY PORT [WINDOW]: before, and once all hold still.
measure_slow()
{
	server=$pid
	worker=$(find_role worker)
	before=$(anonymous "$worker")
	start slow "$BUILD/slow" "$2" "$SLOW" "$3" /piece ${4:+"$4"}
	while ! grep -q begun "$dir/slow.log"; do
		is_running "$pid" || die "$(cat "$dir/slow.log")"
		sleep 0.1
	done
	sleep 1
	after=$(anonymous "$worker")
	record "slow-$1" reeld "$(per $((after - before)) "$SLOW")"
	record "slow-$1-kernel" reeld "$(per "$(kernel "$3")" "$SLOW")"
	stop "$pid"
	pid=$server
}

# each_slow METRIC WAY [WINDOW]: on a reeld of its own, because memory that was
# in use is not all given back.
each_slow()
{
	tls_port=$(free_port)
	start_reeld slow-reeld tests/bench/slow.conf "source=$files_port" \
	    "tls=$tls_port"
	touch /piece reeld "$pid" "$reeld_port"
	slow_port=$reeld_port
	[ "$2" != tls ] || slow_port=$tls_port
	measure_slow "$1" "$2" "$slow_port" ${3:+"$3"}
	stop "$pid"
}

all_slow()
{
	each_slow http1 http1
	each_slow h2c h2c 2147483647
	each_slow h2c-small h2c
	each_slow tls tls
}

# claim_slow TEXT METRIC BOUND
claim_slow()
{
	claim "$SLOW slow, $1: KiB each" "slow-$2" "$3"
	claim "  in the kernel" "slow-$2-kernel" -
}

row_slow()
{
	make_identity
	repeat all_slow
	claim_slow "HTTP/1.1" http1 "<16"
	claim_slow "h2c, large windows" h2c "<96"
	claim_slow "h2c, windows of 64 KiB" h2c-small "<96"
	claim_slow "HTTP/1.1 over TLS" tls "<128"
}

# film N: the path of a film, which has a query for the source.
film()
{
	echo "/film$1?size=$FILM"
}

# metric NAME: a figure of the reeld started last.
metric()
{
	ask "$reeld_port" /metrics | sed -n "s/^reeld_$1 //p"
}

# await_metric NAME LEAST MOST: until it is between them, for a minute.
await_metric()
{
	tries=0
	while value=$(metric "$1"); do
		[ "$value" -lt "$2" ] || [ "$value" -gt "$3" ] || return 0
		tries=$((tries + 1))
		[ "$tries" -lt 600 ] || die "$1 is $value, not $2 to $3"
		sleep 0.1
	done
}

# cpu PID: its milliseconds so far.
cpu()
{
	sed 's/.*) //' "/proc/$1/stat" | awk -v hz="$(getconf CLK_TCK)" \
	    '{ print ($12 + $13) * 1000 / hz }'
}

# Two films are pulled and saved: what that costs the spooler.
save_two()
{
	before=$(cpu "$spooler")
	for n in "$1" $(($1 + 1)); do
		ask_all "$reeld_port" "$(film "$n")" || die "no film $n"
	done
	await_metric saved_bytes_total $((FILM * ($1 + 2))) \
	    $((FILM * FILMS * 2))
	record save-cpu reeld "$(per $(($(cpu "$spooler") - before)) \
	    $((2 * FILM / 1000000)))"
}

# ask_all PORT PATH: the same as ask, to its end and away.
ask_all()
{
	curl -sf --noproxy '*' -o /dev/null "http://127.0.0.1:$1$2"
}

# The files of the spool hold films and no holes, in the order of their numbers.
name_files()
{
	files=$(find "$disk/spool/data" -type f -printf '%f /%P\n' | sort -n |
	    cut -d ' ' -f 2 | tr '\n' ' ')
	# shellcheck disable=SC2086 # a list of paths
	paths=$(printf "$disk/spool/data%s " $files)
	n=0
	for path in $paths; do
		curl -sf --noproxy '*' \
		    "http://127.0.0.1:$reeld_port$(film "$n")" |
		    cmp - "$path" || die "film $n is not what the spool has"
		n=$((n + 1))
	done
}

start_library()
{
	start_reeld library tests/bench/spool.conf "disk=$disk" \
	    "source=$source_port"
	library_pid=$pid
	spooler=$(find_role spooler)
	for n in $(seq 0 2 $((FILMS - 1))); do
		save_two "$n"
	done
	name_files
	disk_port=$(free_port)
	configure tests/bench/disk.conf "$dir/disk.conf" "DIR=$dir" \
	    "PORT=$disk_port" "DISK=$disk" "USER=$nginx_user"
	start disk nginx -e "$dir/disk.error.log" -c "$dir/disk.conf"
	disk_pid=$pid
	await disk ask_all "$disk_port" "${files%% *}"
}

# No byte of the library is in reeld's memory, nor, if cold, in the page cache.
only_on_disk()
{
	await_metric arena_used_bytes 0 10000000
	# shellcheck disable=SC2086 # a list of paths
	[ "$1" = warm ] || "$BUILD/cold" $paths >"$dir/cold" ||
	    die "$disk: pages stay in the cache: $(cat "$dir/cold")"
}

# four SERVER PID PORT PATH...: four viewers, each of two films.
four()
{
	server=$1 of=$2 base=http://127.0.0.1:$3
	shift 3
	only_on_disk cold
	# shellcheck disable=SC2016 # the $ are the inner shell's
	meter "$of" sh -c 'base=$1; shift
	    while [ $# -gt 0 ]; do
		curl -sf --noproxy "*" -o /dev/null "$base$1" -o /dev/null \
		    "$base$2" &
		children="$children $!"
		shift 2
	    done
	    for one in $children; do wait "$one" || exit 1; done' \
	    four "$base" "$@"
	note_transfer disk "$server" $((FILMS * FILM / 1000000))
}

# seek SERVER PORT PATH OFFSET: when its first byte comes.
seek()
{
	record seek "$1" "$(curl -sf --noproxy '*' -o /dev/null -r "$4-$(($4 +
	    99999))" -w '%{time_starttransfer}' "http://127.0.0.1:$2$3" |
	    awk '{ print $1 * 1000 }')"
}

# Everywhere in the library, each time in a segment where none was before.
measure_seeks()
{
	only_on_disk warm
	# shellcheck disable=SC2086 # a list of paths
	cat $paths >/dev/null
	for k in $(seq 0 $((SEEKS - 1))); do
		# shellcheck disable=SC2086 # a list of paths
		set -- $files
		n=$((k % FILMS)) at=$((FILM * k / SEEKS + 1234567))
		seek reeld "$reeld_port" "$(film "$n")" "$at"
		shift "$n"
		seek nginx "$disk_port" "$1" "$at"
	done
}

measure_library()
{
	# shellcheck disable=SC2046,SC2086 # lists of paths
	{
	four reeld "$library_pid" "$reeld_port" $(for n in $(seq 0 \
	    $((FILMS - 1))); do film "$n"; done)
	four nginx "$disk_pid" "$disk_port" $files
	}
	measure_seeks
}

row_spool()
{
	start_library
	repeat measure_library
	claim "4 GB on disk, 4 viewers: GB/s" disk-rate ">=0.80"
	claim "  CPU s/GB" disk-cpu "<=1.30"
	claim "  CPU s/GB, server and client" disk-both -
	claim "saving: CPU s/GB, spooler" save-cpu "<0.15"
	claim "seek into what is on disk: ms" seek "<10"
}

# CPU time a byte: of the commitment, and of SHA-256 over as many messages of 64
# bytes as OpenSSL can do, both on one CPU.
measure_commp()
{
	"$BUILD/commp" 400 >"$dir/output"
	record commp reeld "$(cat "$dir/output")"
	openssl speed -evp sha256 -bytes 64 -seconds 1 >"$dir/output" \
	    2>"$dir/errors" || die "$(cat "$dir/errors")"
	record commp openssl "$(awk '$1 == "sha256" {
	    printf "%.3f\n", 1e6 / ($2 + 0) }' "$dir/output")"
}

row_commp()
{
	repeat measure_commp
	claim "CommP: ns/byte, reeld : openssl sha256 of 64" commp "<=2.50" \
	    openssl
}

# ----- all of it

mkdir -p "$BUILD"
start_files
start_origin -p 0
case " $rows " in
*" hot1 "*|*" hot32 "*|*" h2c "*|*" ranges "*|*" small "*)
	start_nginx
	start_varnish
	start_cache hot 2G
	hot_pid=$pid hot_port=$reeld_port
	each warm ;;
esac
heading
for row in $rows; do
	"row_$row"
done
put "$missed missed"
[ "$missed" -eq 0 ]
