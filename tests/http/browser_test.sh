#!/bin/sh
# SPDX-License-Identifier: ISC
# browser_test.sh -- Chromium fetches, seeks and plays through reeld
#
# Over TLS and HTTP/2 it opens a page (browser.html), which itself comes from
# the source through reeld.  The page fetches an object whole and by ranges,
# compares digests, plays a film and jumps in it, looks at the colour of the
# frames that it sees there, and asks another origin, which has its own port.
# What it says of each step is in reeld's access log.
set -eu

. tests/bench/servers.sh
. tests/helper/cases.sh

for tool in openssl ffmpeg; do
	command -v "$tool" >/dev/null ||
	    die "$tool is not installed; run: make deps"
done
command -v chromium >/dev/null || {
	echo "SKIP: chromium is not installed; run: make deps-peers"
	conclude
	exit
}
guarded 100 "${TMPDIR:-/tmp}"

# Noise makes 8 s some MB large, so that a jump needs a request of its own; the
# corner tells which second is shown.  The index is at the end, where ffmpeg
# leaves it.
make_film()
{
	noise=color=gray:s=320x180:r=25:d=8,noise=alls=60:allf=t+u
	corner=color=black:s=64x64:r=25:d=8,format=gray
	corner="$corner,lutyuv=y=0,eq=brightness='t/8':eval=frame"
	ffmpeg -nostdin -v error -f lavfi -i "$noise" -f lavfi -i "$corner" \
	    -filter_complex '[0][1]overlay,format=yuv420p' -c:v libx264 \
	    -preset ultrafast -crf 20 -g 25 "$dir/media/film.mp4"
}

start_cache()
{
	cat >"$dir/reeld.conf" <<-'CONF'
	workers = 2
	arena_size = 128M
	segment_size = 1M
	user = "nobody"
	drain = 1s
	control = "${dir}/reeld.sock"
	pidfile = ""
	access_log = "${dir}/access.log"
	listen "127.0.0.1:${port}" { }
	listen "127.0.0.1:${tls}" {
		tls = true
		certificate = "${dir}/identity.crt"
		key = "${dir}/identity.key"
	}
	origin "real" {
		match = "/real/"
		url = "http://127.0.0.1:${source}/real/"
		cors = {"https://127.0.0.1:${tls}"}
	}
	origin "closed" {
		match = "/closed/"
		url = "http://127.0.0.1:${source}/real/"
	}
	CONF
	tls_port=$(free_port)
	start_reeld reeld "$dir/reeld.conf" "source=$source_port" \
	    "tls=$tls_port"
	reeld_pid=$pid
}

# It asks nobody but reeld, and writes nowhere but in our directory.
start_chromium()
{
	start chromium env HOME="$dir" chromium --headless=new --no-sandbox \
	    --disable-gpu --disable-dev-shm-usage --no-first-run \
	    --disable-background-networking --disable-component-update \
	    --disable-sync --disable-breakpad --no-proxy-server \
	    --host-resolver-rules="MAP * ~NOTFOUND, EXCLUDE 127.0.0.1" \
	    --ignore-certificate-errors --user-data-dir="$dir/profile" \
	    --autoplay-policy=no-user-gesture-required "$1"
}

# result STEP: what the page said of it, with the rest of the line.
result()
{
	grep -o "\"GET /result/$1/[^ ]* HTTP/2.0\"" "$dir/access.log"
}

# The page gets a minute, of which it needs some seconds.
page_is_done()
{
	for _ in $(seq 600); do
		! result end >/dev/null || return 0
		is_running "$pid" || break
		sleep 0.1
	done
	echo "the page did not come to its end"
	return 1
}

step_is_ok()
{
	said=$(result "$1") || said="it said nothing"
	[ "$said" = "\"GET /result/$1/ok HTTP/2.0\"" ] || {
		echo "$1: $said"
		return 1
	}
}

mkdir "$dir/media"
cp tests/http/browser.html "$dir/media"
head -c 3000000 /dev/urandom >"$dir/media/object"
digest=$(sha256sum <"$dir/media/object")
make_film
make_identity
start_origin -r "$dir/media"
start_cache

page="https://127.0.0.1:$tls_port/real/browser.html?type=text/html"
start_chromium "$page#${digest%% *},$reeld_port"
check "the page comes to its end" page_is_done
for step in whole ranges seek play protocol pages; do
	check "$step" step_is_ok "$step"
done
stop "$pid"

check "audit" "$REELCTL" -s "$dir/reeld.sock" audit
kill "$reeld_pid"
check "reeld ends well" wait "$reeld_pid"
conclude "$dir/reeld.log" "$dir/chromium.log" "$dir/access.log"
