#!/bin/sh
# SPDX-License-Identifier: ISC
# players_test.sh -- real players and real media through reeld
#
# A MP4 of more than 60 MB whose index stands at its end and a MPEG transport
# stream, both made here, are played while reeld pulls them from a source that
# is slower than the players: ffprobe finds what it finds in the file, ffmpeg
# decodes to the same frames without a complaint, mpv (where there is one) comes
# to the end, the bytes are the file's, and the source has sent each film once.
set -eu

. tests/helper/cases.sh
. tests/helper/stage.sh

RATE=40M		# of the source, on each connection
MP4_MIN=60000000

# ----- the media

# Noise does not compress, so few frames make a large file; -bitexact, so that
# a film is the same each time.
make_media()
{
	picture=testsrc2=size=1280x720:rate=25,noise=alls=60:allf=t+u
	ffmpeg -nostdin -v error -f lavfi -i "$picture" -f lavfi -i sine=440 \
	    -t 4 -c:v mpeg4 -q:v 2 -g 25 -c:a aac -bitexact \
	    "$dir/media/film.mp4"
	ffmpeg -nostdin -v error -f lavfi -i "$picture" -f lavfi -i sine=880 \
	    -t 3 -c:v mpeg2video -q:v 6 -g 12 -c:a mp2 -bitexact \
	    -f mpegts "$dir/media/film.ts"
}

size_of()
{
	wc -c <"$dir/media/$1" | tr -d ' '
}

# The index of a MP4 comes after the media when `moov` stands behind `mdat`.
index_is_at_end()
{
	ffprobe -v trace "$dir/media/film.mp4" 2>&1 |
	    sed -n "s/.*type:'\([a-z]*\)' parent:'root'.*/\1/p" |
	    tr '\n' ' ' | grep -q 'mdat.*moov'
}

# ----- the processes

write_conf()
{
	cat <<-CONF
	workers = 2
	arena_size = 256M
	listen "unix:$dir/http.sock" { }
	origin "real" {
		match = "/real/"
		url = "http://127.0.0.1:$port/real/"
	}
	CONF
}

# ----- what is looked at

# The streams and frames of a film, as ffprobe prints them.
probe()
{
	ffprobe -v error -show_streams -show_format "$1" |
	    grep -v '^filename=' || :
}

probes_alike()
{
	probe "$dir/media/$1" >"$dir/probe.file"
	probe "$url/real/$1?rate=$RATE" >"$dir/probe.reeld"
	[ -s "$dir/probe.file" ] &&
	    diff "$dir/probe.file" "$dir/probe.reeld"
}

# Decodes all of it: a digest of the frames; complaints are a failure.
decode()
{
	ffmpeg -nostdin -v warning -xerror -i "$1" -map 0 -f md5 - \
	    2>"$dir/complaints" && ! grep . "$dir/complaints" >&2
}

decodes_alike()
{
	decode "$dir/media/$1" >"$dir/frames.file"
	decode "$url/real/$1?rate=$RATE" >"$dir/frames.reeld" &&
	    [ -s "$dir/frames.file" ] &&
	    cmp "$dir/frames.file" "$dir/frames.reeld"
}

# From somewhere in the middle, as after a seek.
decodes_from()
{
	ffmpeg -nostdin -v error -xerror -ss "$2" \
	    -i "$url/real/$1?rate=$RATE" -map 0 -f null - \
	    2>"$dir/complaints" && ! grep . "$dir/complaints" >&2
}

mpv_plays()
{
	timeout 60 mpv --no-config --vo=null --ao=null --untimed --no-terminal \
	    --log-file="$dir/mpv" "$url/real/$1?rate=$RATE" &&
	    ! grep -E '\[[ef]\]' "$dir/mpv" >&2
}

has_the_bytes()
{
	curl -sf "$url/real/$1?rate=$RATE" | cmp - "$dir/media/$1"
}

same_digest()
{
	[ "$(curl -sf "$url/real/$1?rate=$RATE" | md5sum)" = \
	    "$(md5sum <"$dir/media/$1")" ]
}

# Content bytes that the source has sent of a film.
sent()
{
	curl -sf "http://127.0.0.1:$control/_stats" | tr -d ' \n' |
	    sed -n "s|.*\"/real/$1\":{\([^}]*\).*|\1|p" |
	    sed -n 's/.*"bytes":\([0-9]*\).*/\1/p'
}

# Once, and one per cent for what was on its way when a pull was cut.
sent_once()
{
	size=$(size_of "$1")
	bytes=$(sent "$1")
	echo "$1: $bytes of $size bytes sent"
	[ "$bytes" -ge "$size" ] && [ "$bytes" -le $((size * 101 / 100)) ]
}

# ----- the test

mpv=$(command -v mpv) ||
    echo 'SKIP: mpv is not installed; run: make deps-peers'
make_media
check 'the MP4 is large' [ "$(size_of film.mp4)" -ge $MP4_MIN ]
check 'its index is at the end' index_is_at_end
start_origin
start_reeld

for film in film.mp4 film.ts; do
	check "$film: ffprobe" probes_alike $film
	check "$film: ffmpeg" decodes_alike $film
	check "$film: ffmpeg from the middle" decodes_from $film 2
	[ -z "$mpv" ] || check "$film: mpv" mpv_plays $film
	check "$film: bytes" has_the_bytes $film
	check "$film: md5" same_digest $film
	check "$film: sent once" sent_once $film
done
stop_reeld
check 'no panic' log_is_clean
conclude "$dir/log"
