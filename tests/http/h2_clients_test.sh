#!/bin/sh
# SPDX-License-Identifier: ISC
# h2_clients_test.sh -- real HTTP/2 clients through TLS, and in the clear
#
# curl, nghttp and h2load get a film whole, in parts, resumed, and many at once
# on one connection; every byte is the file's.  What protocol was spoken is
# looked at too: a client that fell back to HTTP/1.1 would prove nothing.
set -eu

. tests/helper/cases.sh
. tests/helper/stage.sh

SIZE=20000000
SMALL=10000		# bytes of the small file
LOAD=400		# requests of h2load

# ----- the processes

make_identity()
{
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 \
	    -nodes -days 2 -subj /CN=localhost \
	    -addext subjectAltName=IP:127.0.0.1,DNS:localhost \
	    -keyout "$dir/key.pem" -out "$dir/cert.pem" 2>"$dir/openssl" ||
	    die "$(cat "$dir/openssl")"
}

write_conf()
{
	cat <<-CONF
	workers = 2
	arena_size = 128M
	listen "127.0.0.1:$spare_port" {
		tls = true
		certificate = "$dir/cert.pem"
		key = "$dir/key.pem"
	}
	origin "real" {
		match = "/real/"
		url = "http://127.0.0.1:$port/real/"
	}
	CONF
}

# ----- what is looked at

# bytes FIRST COUNT: of the film.
bytes()
{
	tail -c +$(($1 + 1)) "$dir/media/film" | head -c "$2"
}

# http VERSION OPTION... URL: curl gets a 2xx by this version to $dir/got.
http()
{
	version=$1
	shift
	spoken=$(curl -sS --max-time 60 --cacert "$dir/cert.pem" \
	    -o "$dir/got" -w '%{http_version} %{http_code}' "$@") || return 1
	case $spoken in
	"$version 2"*)	;;
	*)		echo "it was $spoken" >&2; return 1 ;;
	esac
}

gets_all()
{
	http "$@" && cmp "$dir/got" "$dir/media/film"
}

# gets_part FIRST COUNT VERSION OPTION... URL
gets_part()
{
	first=$1 count=$2
	shift 2
	bytes "$first" "$count" >"$dir/part"
	http "$@" -r "$first-$((first + count - 1))" &&
	    cmp "$dir/got" "$dir/part"
}

resumes()
{
	bytes 0 1234567 >"$dir/got"
	http 2 -C - "$tls/real/film" && cmp "$dir/got" "$dir/media/film"
}

# What curl reads with -K: one request for each seek.
seeks()
{
	next=
	for at in $1; do
		[ -z "$next" ] || echo next
		next=1
		cat <<-SEEK
		url = "$tls/real/film"
		range = "${at}000000-${at}099999"
		output = "$dir/seek.$at"
		cacert = "$dir/cert.pem"
		write-out = "%{num_connects}\n"
		max-time = 60
		http2
		SEEK
	done
}

seeks_on_one_connection()
{
	places='19 3 11 0 7'
	seeks "$places" >"$dir/seeks"
	curl -sS -K "$dir/seeks" >"$dir/connects" || return 1
	for at in $places; do
		bytes "${at}000000" 100000 | cmp - "$dir/seek.$at" || return 1
	done
	[ "$(tr -d '0\n' <"$dir/connects")" = 1 ]
}

gets_many_at_once()
{
	# shellcheck disable=SC2046
	curl -sS --max-time 60 -Z --parallel-max 20 --http2 \
	    --cacert "$dir/cert.pem" $(for n in 1 2 3 4 5 6 7 8; do
		echo "$tls/real/film -o $dir/many.$n"
	    done) || return 1
	for n in 1 2 3 4 5 6 7 8; do
		cmp "$dir/many.$n" "$dir/media/film" || return 1
	done
}

head_has_length()
{
	http 2 -I "$tls/real/film" &&
	    grep -qi "^content-length: $SIZE" "$dir/got" &&
	    grep -qi '^accept-ranges: bytes' "$dir/got"
}

nghttp_gets()
{
	timeout 60 nghttp "$@" >"$dir/got" && cmp "$dir/got" \
	    "$dir/media/film"
}

nghttp_seeks()
{
	bytes 12000000 500000 >"$dir/part"
	timeout 60 nghttp -H 'range: bytes=12000000-12499999' \
	    "$1/real/film" >"$dir/got" && cmp "$dir/got" "$dir/part"
}

# RFC 9113, 8.2, 8.2.2: names in lower case, and none of the connection.
fields_are_lawful()
{
	timeout 60 nghttp -nv --no-dep "$tls/real/film" >"$dir/frames" ||
	    return 1
	sed -n 's/.*recv (stream_id=[0-9]*) \(:*[^:]*\): .*/\1/p' \
	    "$dir/frames" >"$dir/names"
	grep -qx ':status' "$dir/names" && grep -qx etag "$dir/names" &&
	    ! grep -E '[A-Z]' "$dir/names" &&
	    ! grep -Ex 'connection|keep-alive|transfer-encoding|upgrade' \
	    "$dir/names"
}

# load CLIENTS STREAMS OPTION... URL: all answered, with all their bytes.
load()
{
	clients=$1 streams=$2
	shift 2
	timeout 120 h2load -n $LOAD -c "$clients" -m "$streams" "$@" \
	    >"$dir/load" || return 1
	if grep -q "$LOAD succeeded, 0 failed, 0 errored" "$dir/load" &&
	    grep -q "^status codes: $LOAD 2xx" "$dir/load" &&
	    grep -q "($((LOAD * SMALL))) data" "$dir/load"; then
		return 0
	fi
	cat "$dir/load"
	return 1
}

# ----- the test

head -c $SIZE /dev/urandom >"$dir/media/film"
head -c $SMALL /dev/urandom >"$dir/media/small"
make_identity
start_origin
start_reeld
clear=$url
tls=https://127.0.0.1:$spare_port

check 'curl, TLS' gets_all 2 --http2 "$tls/real/film"
check 'curl, TLS 1.2' gets_all 2 --http2 --tls-max 1.2 "$tls/real/film"
check 'curl, TLS, HTTP/1.1' gets_all 1.1 --http1.1 "$tls/real/film"
check 'curl, in the clear' gets_all 2 --http2-prior-knowledge \
    "$clear/real/film"
check 'curl, a part' gets_part 10000000 1000000 2 --http2 "$tls/real/film"
check 'curl, the last byte' gets_part $((SIZE - 1)) 1 2 --http2 \
    "$tls/real/film"
check 'curl, a part in the clear' gets_part 5000000 3000000 2 \
    --http2-prior-knowledge "$clear/real/film"
check 'curl, resumed' resumes
check 'curl, seeks on one connection' seeks_on_one_connection
check 'curl, many at once' gets_many_at_once
check 'curl, HEAD' head_has_length
check 'nghttp, TLS' nghttp_gets "$tls/real/film"
check 'nghttp, TLS, small windows' nghttp_gets -w 12 -W 14 "$tls/real/film"
check 'nghttp, TLS, large windows' nghttp_gets -w 30 -W 30 "$tls/real/film"
check 'nghttp, TLS, padding' nghttp_gets -b 255 "$tls/real/film"
check 'nghttp, in the clear' nghttp_gets "$clear/real/film"
check 'nghttp, a part' nghttp_seeks "$tls"
check 'nghttp, a part in the clear' nghttp_seeks "$clear"
check 'nghttp, fields' fields_are_lawful
check 'h2load, TLS' load 4 10 "$tls/real/small"
check 'h2load, TLS, one connection' load 1 100 "$tls/real/small"
check 'h2load, in the clear' load 4 10 -p h2c "$clear/real/small"
stop_reeld
check 'no panic, and nobody was cut' log_is_clean -e ': cut'
conclude "$dir/log"
