#!/bin/sh
# SPDX-License-Identifier: ISC
# jellyseerr_test.sh -- films that a source lacks become requests in Jellyseerr
#
# A source that has nothing, reeld, contrib/jellyseerr as its hook, and behind
# that a Jellyseerr that is none (tests/helper/jellyseerr.py).
set -eu

. tests/helper/cases.sh
. tests/helper/stage.sh

command -v python3 >/dev/null ||
    die 'python3 is not installed; run: make deps'

write_conf()
{
	cat <<-CONF
	workers = 1
	arena_size = 64M
	origin "films" {
		match = "/films/"
		url = "http://127.0.0.1:$port/f/"
		retries = 0
		on_error = {"http://127.0.0.1:$hook/"}
		on_error_header = {"X-Reeld-Token: word"}
	}
	CONF
}

start_receiver()
{
	python3 tests/helper/jellyseerr.py "$dir/requests" >"$dir/api" &
	others="$others $!"
	await grep -q port "$dir/api" || die 'Jellyseerr does not start'
	api=http://127.0.0.1:$(sed -n 's/^port //p' "$dir/api")
	JELLYSEERR_URL=$api JELLYSEERR_KEY=key HOOK_TOKEN=word \
	    HOOK_LISTEN=127.0.0.1:0 contrib/jellyseerr/reeld-jellyseerr \
	    2>"$dir/hook" &
	others="$others $!"
	await grep -q listening "$dir/hook" || die 'the hook does not start'
	hook=$(sed -n 's/^listening on .*://p' "$dir/hook")
}

# play STATUS PATH: what a player is told; the source has that status for it.
play()
{
	[ "$(curl -s -o /dev/null -w '%{http_code}' \
	    "$url/films/$2?status=$1")" = "$1" ]
}

requests()
{
	[ "$(grep -c . "$dir/requests" || :)" -eq "$1" ]
}

requested()
{
	soon grep -qxF "$1" "$dir/requests"
}

said()
{
	soon grep -qF "$1" "$dir/hook"
}

# post TOKEN BODY: the hook's answer to one that is not reeld.
post()
{
	curl -s -o /dev/null -w '%{http_code}' -H "X-Reeld-Token: $1" \
	    --data-binary "$2" "http://127.0.0.1:$hook/"
}

: >"$dir/requests"
start_origin
start_receiver
start_reeld

check 'a film' play 404 'Some.Film.2019.1080p.BluRay.x264.mkv'
check 'the one of that year' requested '{"mediaId": 2, "mediaType": "movie"}'
check 'an episode' play 410 'tv/Some%20Film/Season%202/S02E03.mkv'
check 'its season' \
    requested '{"mediaId": 3, "mediaType": "tv", "seasons": [2]}'
check 'signs and accents' play 404 'Amelie%20and%20I%20%5B720p%5D.mkv'
check 'the same title' requested '{"mediaId": 4, "mediaType": "movie"}'
check 'the same film in another file' play 404 'Some%20Film%20(2019).mp4'
check 'is not asked for twice' said 'is requested already'
check 'one that is there' play 404 'Old.Film.1950.mkv'
check 'is left alone' said 'is there already'
check 'a title that nobody knows' play 404 'Other.Film.mkv'
check 'is not found' said 'no such title'
check 'another error' play 410 'Some.mkv'
check 'no more than these' requests 3

check 'Jellyseerr is down' curl -sf -o /dev/null -X POST "$api/down?on=1"
check 'a film meanwhile' play 404 'Some%20Film%20Again.mkv'
check 'cannot be requested' said 'Jellyseerr: HTTP Error 503'
check 'Jellyseerr is up' curl -sf -o /dev/null -X POST "$api/down?on=0"
check 'reeld tries again' requested '{"mediaId": 7, "mediaType": "movie"}'

check 'a wrong token' [ "$(post wrong '{}')" = 403 ]
check 'no JSON' [ "$(post word 'x')" = 400 ]
check 'no address' [ "$(post word '{"status": 404}')" = 400 ]
check 'other errors are no requests' [ "$(post word \
    '{"status": 504, "address": "/films/Some.Film.2009.mkv"}')" = 200 ]
check 'and make none' requests 4
stop_reeld
conclude "$dir/log" "$dir/hook"
