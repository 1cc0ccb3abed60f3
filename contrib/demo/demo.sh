#!/bin/sh
# SPDX-License-Identifier: ISC
# demo.sh -- reeld shows what it does: three viewers, one slow source, the map
#
# usage: contrib/demo/demo.sh	(make demo builds what it needs)
#
# Takes about half a minute, listens on free ports of 127.0.0.1 only, and leaves
# nothing behind.  Status 1 if anything was not as it should be.
set -eu

. tests/bench/servers.sh

guarded 180 "${TMPDIR:-/tmp}"

# scripted PATH?QUERY: tells the source.
scripted()
{
	curl -sf --noproxy '*' -o /dev/null -X POST \
	    "http://127.0.0.1:$source_ctl$1" || die "the source refused $1"
}

# sent PATH: bytes that the source had to send of it so far.
sent()
{
	ask "$source_ctl" /_stats | awk -v path="\"$1\"" '
	    index($0, path) { there = 1 }
	    there && match($0, /"bytes": [0-9]+/) {
		    print substr($0, RSTART + 9, RLENGTH - 9)
		    exit
	    }'
}

# check_ratio SENT SIZE: "once", to half a per cent.
check_ratio()
{
	[ $(($1 * 1000)) -le $(($2 * 1005)) ] ||
	    die "the source sent $1 bytes for $2"
}

show_viewers()
{
	cat <<EOT
On port $source_port is a source of media.  It has a film of 300 MB, fred.ts,
and sends 30 MB a second on each connection, so that the film takes 10 s.

Before it, on port $reeld_port, is reeld.  Three viewers come: one at the start of
the film, one second later one at 30 %, another second later one at 60 %.

In the map 60 figures stand for the film.  The first row says how much of it
reeld has: 1 to 9 tenths, f all.  The second: which pull brings it.  Before
them: active pulls, viewers, pieces on disk.

EOT
	scripted "/_ctl?path=/f/fred.ts&size=300000000&rate=30000000"
	"$BUILD/watch" "$source_ctl" "$reeld_port" \
	    "$REELCTL -s $dir/demo.sock map fred.ts"
	check_ratio "$(sent /f/fred.ts)" 300000000
	echo
}

# Ten seconds that do not compress; the index of an MP4 comes last by default.
make_films()
{
	echo "ffmpeg makes an MP4 with its index at the end, and an MPEG-TS."
	ffmpeg -v error -nostdin -f lavfi \
	    -i testsrc2=size=1280x720:rate=25:duration=10 \
	    -f lavfi -i sine=frequency=440:duration=10 \
	    -vf noise=alls=40:allf=t -c:v libx264 -preset ultrafast \
	    -pix_fmt yuv420p -g 50 -b:v 60M -c:a aac "$dir/real/film.mp4"
	ffmpeg -v error -nostdin -i "$dir/real/film.mp4" -c copy \
	    "$dir/real/film.ts"
}

# The order of an MP4's atoms: "ftyp free mdat moov".
atoms()
{
	size=$(wc -c <"$1") at=0
	while [ "$at" -lt "$size" ]; do
		# shellcheck disable=SC2046 # four numbers
		set -- "$1" $(od -An -tu1 -j "$at" -N 4 "$1")
		len=$(((($2 * 256 + $3) * 256 + $4) * 256 + $5))
		[ "$len" -ge 8 ] || die "an atom of $len bytes in $1"
		dd if="$1" bs=1 skip=$((at + 4)) count=4 2>/dev/null
		echo
		at=$((at + len))
	done | xargs
}

# The MP4 is what the demo says it is: large, and its index comes last.
check_film()
{
	size=$(wc -c <"$1")
	[ "$size" -ge 60000000 ] || die "the MP4 has $size bytes only"
	case $(atoms "$1") in
	*mdat*moov*)	;;
	*)	die "the MP4 has its index first: $(atoms "$1")" ;;
	esac
}

# played COMMAND...: it must succeed and have nothing to say on stderr.
played()
{
	if ! "$@" >"$dir/played" 2>"$dir/complaints" ||
	    [ -s "$dir/complaints" ]; then
		sed 's/^/    | /' "$dir/complaints" >&2
		die "not clean: $*"
	fi
}

play_film()
{
	url=http://127.0.0.1:$reeld_port/real/$1
	size=$(wc -c <"$dir/real/$1")
	played ffprobe -v error -show_entries stream=codec_name \
	    -of default=nw=1:nk=1 "$url"
	codecs=$(sort -u "$dir/played" | tr '\n' ' ')
	played ffmpeg -v error -xerror -nostdin -i "$url" -f null -
	printf '   %-8s %9d bytes, %s: ffprobe and a full decode are clean;' \
	    "$1" "$size" "${codecs% }"
	sent=$(sent "/real/$1")
	awk -v sent="$sent" -v size="$size" \
	    'BEGIN { printf " source sent %.3f of it\n", sent / size }'
	check_ratio "$sent" "$size"
}

mkdir "$dir/real"
start_origin -r "$dir/real"
start_reeld demo contrib/demo/demo.conf "source=$source_port"
show_viewers
make_films
check_film "$dir/real/film.mp4"
play_film film.mp4
play_film film.ts
cat <<'EOT'

To go on, say in etc/reeld.conf where your media is (not being root, change
control, pidfile and access_log as well):

    origin "films" {
            match = "/films/"
            url = "https://media.example.net/library/"
    }

and then, with any player in the place of curl:

    ./reeld -d -f etc/reeld.conf
    curl -o film.mkv http://127.0.0.1:8088/films/film.mkv
    ./reelctl map
EOT
