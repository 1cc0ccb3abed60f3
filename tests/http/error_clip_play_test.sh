#!/bin/sh
# SPDX-License-Identifier: ISC
# error_clip_play_test.sh -- the error clips in real players
#
# Each is played from reeld, in place of an error that has it: ffprobe finds H.264
# baseline and AAC for ten seconds, with a keyframe in each; ffmpeg decodes it
# without a complaint, and there is white writing in the picture; mpv (where there
# is one) comes to the end.
set -eu

. tests/helper/cases.sh
. tests/helper/stage.sh

write_conf()
{
	cat <<-CONF
	workers = 1
	arena_size = 64M
	origin "f" {
		match = "/f/"
		url = "http://127.0.0.1:$port/f/"
		error_clip = true
		retries = 0
		stall_timeout = 500ms
	}
	CONF
}

# One value a line.
probe()
{
	ffprobe -v error "$@" -of csv=p=0 "$address" | tr -d , | grep .
}

is_small()
{
	[ "$(wc -c <"contrib/clips/$name.ts")" -lt 150000 ]
}

has_streams()
{
	[ "$(probe -show_entries stream=codec_name,profile |
	    LC_ALL=C sort -u |
	    tr '\n' ' ')" = 'aacLC h264Constrained Baseline ' ]
}

# By its frames: what cannot be sought in does not say how long it is.
lasts_ten_seconds()
{
	probe -select_streams v -show_entries frame=pts_time | awk '
	    NR == 1 { first = $1 } { last = $1 }
	    END { exit !(last - first >= 9.8 && last - first <= 10) }'
}

# The keyframes as ffprobe finds them, no more than a second apart.
has_keyframes()
{
	probe -select_streams v -skip_frame nokey \
	    -show_entries frame=pts_time | awk '
	    NR > 1 && $1 - last > 1.001 { bad = 1 }
	    { last = $1 } END { exit bad || NR < 10 }'
}

decodes()
{
	ffmpeg -nostdin -v warning -xerror -i "$address" -map 0 -f null - \
	    2>"$dir/complaints" && ! grep . "$dir/complaints" >&2
}

# From the darkest to the brightest of a picture in the middle.
has_writing()
{
	ffmpeg -nostdin -v error -i "$address" -ss 5 -frames:v 1 \
	    -vf signalstats,metadata=print:file=- -f null - |
	    awk -F= '/YMIN/ { low = $2 } /YMAX/ { high = $2 }
	    END { exit !(low != "" && low < 40 && high > 220) }'
}

mpv_plays()
{
	timeout 60 mpv --no-config --vo=null --ao=null --speed=50 --no-terminal \
	    --log-file="$dir/mpv" "$address" &&
	    ! grep -E '\[[ef]\]' "$dir/mpv" >&2
}

mpv=$(command -v mpv) ||
    echo 'SKIP: mpv is not installed; run: make deps-peers'
start_origin
start_reeld
while read -r name knobs; do
	address="$url/f/$name.ts?$knobs"
	check "$name: small" is_small
	check "$name: streams" has_streams
	check "$name: ten seconds" lasts_ten_seconds
	check "$name: keyframes" has_keyframes
	check "$name: ffmpeg" decodes
	check "$name: writing" has_writing
	[ -z "$mpv" ] || check "$name: mpv" mpv_plays
done <<CLIPS
not_found status=404
refused status=403
timed_out delay=20s
limit status=429
neutral status=500
CLIPS
stop_reeld
conclude "$dir/log"
