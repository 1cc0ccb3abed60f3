#!/bin/sh
# SPDX-License-Identifier: ISC
# make.sh -- makes the error clips that reeld has inside
#
# usage: contrib/clips/make.sh [directory]
#
# Each is ten seconds of MPEG-TS: a still picture of H.264 baseline with a
# keyframe every second, and silence in AAC, which some players miss where
# there is none.  They are kept in the repository, so that a build needs no
# ffmpeg; run this only to change them (Debian: ffmpeg, fonts-dejavu-core).
set -eu

here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here}
fonts=${FONTS:-/usr/share/fonts/truetype/dejavu}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

seconds=10
rate=10				# frames a second: nothing moves

# text FONT SIZE COLOUR Y WORDS: one centred line; the words go by a file, so
# that nothing in them means something to the filter.
text()
{
	lines=$((lines + 1))
	printf '%s' "$5" >"$work/$lines"
	filter="$filter,drawtext=fontfile=$fonts/$1.ttf:textfile=$work/$lines"
	filter="$filter:fontsize=$2:fontcolor=$3:x=(w-text_w)/2:y=$4"
}

# clip NAME COLOUR TITLE LINE1 LINE2
clip()
{
	lines=0
	filter="drawbox=x=0:y=0:w=iw:h=9:color=$2:t=fill"
	text DejaVuSans-Bold 54 white 165 "$3"
	text DejaVuSans 27 0xc8ccd4 264 "$4"
	text DejaVuSans 27 0xc8ccd4 306 "$5"
	text DejaVuSans 21 0x7c828c 472 'reeld'
	ffmpeg -nostdin -y -v error \
	    -f lavfi -i "color=c=0x14171c:size=960x540:rate=$rate" \
	    -f lavfi -i anullsrc=channel_layout=mono:sample_rate=48000 \
	    -vf "$filter" -t "$seconds" -pix_fmt yuv420p \
	    -c:v libx264 -profile:v baseline -level 3.1 -preset veryslow \
	    -tune stillimage -crf 30 -g "$rate" -keyint_min "$rate" \
	    -sc_threshold 0 -threads 1 -c:a aac -b:a 32k \
	    -map_metadata -1 -fflags +bitexact -flags:v +bitexact \
	    -flags:a +bitexact -pat_period 0.5 -sdt_period 5 \
	    -f mpegts "$out/$1.ts"
}

clip not_found 0xd29922 'Not found' \
    'The source does not have what was asked for.' \
    'It may have been moved or taken away.'
clip refused 0xda3633 'Refused' \
    'The source or the proxy does not allow this.' \
    'A subscription or a link may have run out.'
clip timed_out 0xd29922 'No answer' \
    'The source did not answer in time.' \
    'Please try again later.'
clip limit 0x388bfd 'All connections in use' \
    'The source takes no more viewers just now.' \
    'Please try again in a moment.'
clip neutral 0x8b949e 'Not available' \
    'The source cannot be played at the moment.' \
    'Please try again later.'
