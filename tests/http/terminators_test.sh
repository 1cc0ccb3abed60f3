#!/bin/sh
# SPDX-License-Identifier: ISC
# terminators_test.sh -- HAProxy and nginx do TLS in front of reeld
#
# With the configurations of contrib/, in which only addresses and files are
# replaced: clients of other addresses of the loopback net fetch and seek over
# HTTP/1.1 and HTTP/2, reeld logs who they are, and whoever may not say so is
# not believed: 127.0.0.1, where the terminators are, is the only trusted proxy.
set -eu

. tests/bench/servers.sh
. tests/helper/cases.sh

SIZE=3000000
CLIENT=127.0.0.2
ANOTHER=127.0.0.3
STRANGER=127.0.0.9
LIE=203.0.113.7

for tool in haproxy:haproxy nginx:nginx-light openssl:openssl; do
	command -v "${tool%:*}" >/dev/null || {
		echo "SKIP: ${tool#*:} is not installed; run: make deps-peers"
		echo "0 passed, 0 failed"
		exit 0
	}
done
guarded 120 "${TMPDIR:-/tmp}"

# ----- the servers

start_cache()
{
	proxied_port=$(free_port)
	cat >"$dir/reeld.conf" <<-'CONF'
	workers = 2
	arena_size = 64M
	segment_size = 1M
	user = "nobody"
	drain = 1s
	control = "${dir}/reeld.sock"
	pidfile = ""
	access_log = "${dir}/access.log"
	trusted_proxies = {"127.0.0.1/32"}
	listen "127.0.0.1:${port}" { serve = {"media", "metrics"} }
	listen "127.0.0.1:${proxied}" { proxy_protocol = true }
	listen "unix:${dir}/proxied.sock" { proxy_protocol = true }
	origin "real" {
		match = "/real/"
		url = "http://127.0.0.1:${source}/real/"
	}
	CONF
	start_reeld reeld "$dir/reeld.conf" "source=$source_port" \
	    "proxied=$proxied_port"
	reeld_pid=$pid
}

# adapt FILE OLD NEW...: the file of contrib/ in its place in $dir; each OLD is
# a pattern that has to be there.
adapt()
{
	from=contrib/$1 to=$dir/${1%%/*}.conf
	shift
	cp "$from" "$to"
	while [ $# -gt 0 ]; do
		grep -q "$1" "$to" || die "$from has no \"$1\""
		sed -i "s|$1|$2|" "$to"
		shift 2
	done
}

# start_haproxy OLD NEW...: HAProxy with these replacements; sets `front` and
# `front_pid`.
start_haproxy()
{
	front=$(free_port)
	adapt haproxy/reeld.cfg "bind :443" "bind 127.0.0.1:$front" \
	    /etc/haproxy/reeld.pem "$dir/haproxy.pem" "$@"
	start haproxy haproxy -db -f "$dir/haproxy.conf"
	front_pid=$pid
	await haproxy answers
}

# start_nginx [DIRECTIVE]: the same.
start_nginx()
{
	front=$(free_port)
	adapt nginx/reeld.conf "server 127.0.0.1:8088" \
	    "server 127.0.0.1:$reeld_port" \
	    "listen 443" "listen 127.0.0.1:$front" \
	    "listen \[::\]:443 ssl http2;" "${1-}" \
	    /etc/nginx/reeld.crt "$dir/identity.crt" \
	    /etc/nginx/reeld.key "$dir/identity.key"
	cat >"$dir/main.conf" <<-CONF
	daemon off;
	pid $dir/nginx.pid;
	error_log $dir/nginx.error.log;
	worker_processes 1;
	events { }
	http {
		access_log off;
		client_body_temp_path $dir/nginx.body;
		proxy_temp_path $dir/nginx.proxy;
		fastcgi_temp_path $dir/nginx.fastcgi;
		uwsgi_temp_path $dir/nginx.uwsgi;
		scgi_temp_path $dir/nginx.scgi;
		include $dir/nginx.conf;
	}
	CONF
	start nginx nginx -e "$dir/nginx.error.log" -c "$dir/main.conf"
	front_pid=$pid
	await nginx answers
}

# ----- the clients

# client ADDRESS [ARG]...: curl, from there.
client()
{
	from=$1
	shift
	curl -sS --noproxy '*' --max-time 20 --cacert "$dir/identity.crt" \
	    --interface "$from" "$@"
}

answers()
{
	client 127.0.0.1 -o /dev/null "https://127.0.0.1:$front/health"
}

is_logged()
{
	line=$(grep "[?&]who=$1 " "$dir/access.log")
}

# logged ADDRESS NAME: does the log say that the request NAME came from there?
# Lines are written in one go, a moment after the answer.
logged()
{
	soon is_logged "$2" || line="not logged"
	[ "${line%% *}" = "$1" ] || {
		echo "$2 should be from $1: $line"
		return 1
	}
}

# fetches NAME VERSION [ARG]...: the whole film, by this version of HTTP.
fetches()
{
	name=$1 version=$2
	shift 2
	got=$(client "$CLIENT" "$@" -o "$dir/whole" \
	    -w '%{http_version} %{http_code}' \
	    "https://127.0.0.1:$front/real/film?who=$name")
	[ "$got" = "$version 200" ] || {
		echo "$name: $got"
		return 1
	}
	cmp "$dir/whole" "$dir/media/film"
}

# seeks NAME FIRST LAST: a piece of it, for another client.
seeks()
{
	got=$(client "$ANOTHER" -r "$2-$3" -o "$dir/piece" -w '%{http_code}' \
	    "https://127.0.0.1:$front/real/film?who=$1")
	[ "$got" = 206 ] || {
		echo "$1: $got"
		return 1
	}
	tail -c +$(($2 + 1)) "$dir/media/film" | head -c $(($3 - $2 + 1)) |
	    cmp - "$dir/piece"
}

# A client that says it was somebody else, through the terminator.
lies()
{
	client "$CLIENT" -f -o /dev/null -H "X-Forwarded-For: $LIE" \
	    -H "Forwarded: for=$LIE" \
	    "https://127.0.0.1:$front/real/film?who=$1"
}

# check_front NAME: what holds for each of them.
check_front()
{
	check "$1: HTTP/2" fetches "$1-h2" 2 --http2
	check "$1: client over HTTP/2" logged "$CLIENT" "$1-h2"
	check "$1: HTTP/1.1" fetches "$1-h1" 1.1 --http1.1
	check "$1: client over HTTP/1.1" logged "$CLIENT" "$1-h1"
	check "$1: seek" seeks "$1-seek" 2000001 2499999
	check "$1: seek to the end" seeks "$1-end" 2999000 2999999
	check "$1: client who seeks" logged "$ANOTHER" "$1-seek"
	check "$1: client who lies is served" lies "$1-lie"
	check "$1: client who lies is not believed" logged "$CLIENT" "$1-lie"
	check "$1: client leaves HTTP/2" leaves "$1-leaves-h2" --http2
	check "$1: client leaves HTTP/1.1" leaves "$1-leaves-h1" --http1.1
}

# connections: how many reeld has taken so far.
connections()
{
	ask "$reeld_port" /metrics | sed -n 's/^reeld_connections_total //p'
}

# Ten requests, one after the other, on less connections to reeld than that.
connections_are_kept()
{
	before=$(connections)
	client "$CLIENT" -f -o /dev/null \
	    "https://127.0.0.1:$front/real/film?who=kept&n=[1-10]" || return 1
	after=$(connections)
	[ $((after - before)) -le 3 ] || {
		echo "10 requests made $((after - before)) connections"
		return 1
	}
}

# has_viewers NUMBER: so many, and as reeld sees it each is the client.
has_viewers()
{
	"$REELCTL" -s "$dir/reeld.sock" -j clients >"$dir/clients"
	[ "$(grep -c '"id"' "$dir/clients")" = "$1" ] &&
	    [ "$(grep -c "\"address\": \"$CLIENT\"" "$dir/clients")" = "$1" ]
}

# leaves NAME OPTION: a player waits for a source that gives it no more, and
# leaves; OPTION is curl's for a version of HTTP.
leaves()
{
	start player curl -s --noproxy '*' --cacert "$dir/identity.crt" \
	    --interface "$CLIENT" "$2" -o /dev/null \
	    "https://127.0.0.1:$front/real/film?who=$1&stall=100000"
	if soon has_viewers 1; then
		stop "$pid"
		soon has_viewers 0
	else
		stop "$pid"
		cat "$dir/clients"
		return 1
	fi
}

# ----- those who may not say who the client is

# A PROXY v2 header by hand (section 2.2 of its specification): a connection
# from 198.51.100.7 port 4242 to 192.0.2.1 port 443; then a request.
proxy_v2()
{
	printf '\r\n\r\n\000\r\nQUIT\n\041\021\000\014'
	printf '\306\063\144\007\300\000\002\001\020\222\001\273'
	printf 'GET /real/film?who=%s HTTP/1.1\r\n' "$1"
	printf 'Host: a\r\nRange: bytes=0-0\r\nConnection: close\r\n\r\n'
	sleep 2
}

# says_proxy ADDRESS NAME: the status line that it is answered with.
says_proxy()
{
	proxy_v2 "$2" | client "$1" --max-time 5 \
	    "telnet://127.0.0.1:$proxied_port" 2>/dev/null | head -n 1
}

is_answered()
{
	says_proxy 127.0.0.1 "$1" | grep -q '^HTTP/1.1 206 '
}

is_closed()
{
	answer=$(says_proxy "$STRANGER" "$1" | tr -d '\0')
	[ -z "$answer" ] || {
		echo "answered: $answer"
		return 1
	}
}

never_logged()
{
	! grep "[?&]who=$1 " "$dir/access.log"
}

# A terminator that gets no answer says so itself.
is_refused()
{
	got=$(client "$CLIENT" -o /dev/null -w '%{http_code}' \
	    "https://127.0.0.1:$front/real/film?who=$1")
	[ "$got" = 502 ] || [ "$got" = 503 ] || {
		echo "$1: $got"
		return 1
	}
}

spoofs()
{
	client "$STRANGER" -f -o /dev/null -H "X-Forwarded-For: $LIE" \
	    -H "Forwarded: for=$LIE" \
	    "http://127.0.0.1:$reeld_port/real/film?who=$1"
}

# ----- the test

mkdir "$dir/media"
head -c "$SIZE" /dev/urandom >"$dir/media/film"
make_identity
cat "$dir/identity.crt" "$dir/identity.key" >"$dir/haproxy.pem"
start_origin -r "$dir/media"
start_cache

start_haproxy "server reeld 127.0.0.1:8089" \
    "server reeld 127.0.0.1:$proxied_port"
check_front haproxy
check "haproxy: connections are kept" connections_are_kept
stop "$front_pid"

start_haproxy "server reeld 127.0.0.1:8089" "#&" \
    "#server reeld unix@/reeld.sock" "server reeld unix@$dir/proxied.sock"
check_front unix
stop "$front_pid"

start_nginx
check_front nginx
check "nginx: connections are kept" connections_are_kept
check "nginx: nothing on the disk" \
    [ -z "$(find "$dir/nginx.proxy" "$dir/nginx.body" -type f)" ]
stop "$front_pid"

# Terminators that nobody trusts: as above, but from another address.
start_nginx "proxy_bind $STRANGER;"
check "untrusted nginx: is served" fetches nginx-stranger 2 --http2
check "untrusted nginx: is not believed" logged "$STRANGER" nginx-stranger
stop "$front_pid"
start_haproxy "server reeld 127.0.0.1:8089" \
    "server reeld 127.0.0.1:$proxied_port source $STRANGER"
check "untrusted haproxy: gets no answer" is_refused haproxy-stranger
check "  and is not logged" never_logged haproxy-stranger
stop "$front_pid"

check "trusted peer, PROXY by hand" is_answered hand
check "  and its client" logged 198.51.100.7 hand
check "untrusted peer, PROXY by hand: closed" is_closed hand-stranger
check "  and is not logged" never_logged hand-stranger
check "untrusted peer, X-Forwarded-For: served" spoofs spoof
check "  and not believed" logged "$STRANGER" spoof

check "audit" "$REELCTL" -s "$dir/reeld.sock" audit
kill "$reeld_pid"
check "reeld ends well" wait "$reeld_pid"
conclude "$dir/reeld.log" "$dir/haproxy.log" "$dir/nginx.error.log"
