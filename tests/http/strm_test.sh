#!/bin/sh
# SPDX-License-Identifier: ISC
# strm_test.sh -- contrib/strm-rewrite: what it changes, what it leaves, and that
# what it writes plays through reeld
set -eu

. tests/helper/cases.sh
. tests/helper/stage.sh

rewrite=contrib/strm-rewrite
command -v python3 >/dev/null ||
    die 'python3 is not installed; run: make deps'

write_conf()
{
	cat <<-CONF
	workers = 1
	origin "open" {
		match = "/u/"
		type = open
		allow = {"127.0.0.1:$port"}
	}
	CONF
}

# strm NAME: a file with what comes on standard input, of an odd age and mode.
strm()
{
	cat >"$dir/lib/$1"
	chmod 640 "$dir/lib/$1"
	touch -a -d '2001-02-03 04:05:06.123456789' "$dir/lib/$1"
	touch -m -d '2002-03-04 05:06:07.987654321' "$dir/lib/$1"
}

look()
{
	stat -c '%n %a %u %g %x %y' "$dir/lib/$1"
}

# holds NAME FORMAT: does the file have just this text?
holds()
{
	# shellcheck disable=SC2059 # the format is the text
	printf "$2" >"$dir/want"
	cmp "$dir/want" "$dir/lib/$1"
}

run()
{
	"$rewrite" "$@" >"$dir/said" 2>&1
}

says()
{
	tail -n 1 "$dir/said" | grep -qx "$1"
}

state()
{
	(cd "$dir/lib" && find . -type f -exec stat -c '%n %i %a %u %g %Y' {} + |
	    LC_ALL=C sort && find . -type f -exec cksum {} + | LC_ALL=C sort)
}

mkdir -p "$dir/lib/a/b c" "$dir/outside"
head -c 300000 /dev/urandom >"$dir/media/film.mkv"
start_origin
start_reeld
base=$url/u

# ----- a library

film="http://127.0.0.1:$port/real/film.mkv"
code=$(printf %s "$film" | base64 -w 0 | tr +/ -_ | tr -d =)
printf '%s\n' "$film" | strm plain.strm
printf '%s' "$film" | strm 'a/b c/Upper.STRM'
printf '\357\273\277%s\r\n' "$film" | strm a/windows.strm
printf '# of %s\r\n\r\n%s\r\n  %s \n#KODIPROP:x=y\n' "$film" "$film" \
    'HTTPS://h.example/x/?q=a/b.c' | strm a/lines.strm
printf 'https://h.example/Caf%%C3%%A9%%20%%26%%20Co.mp4?token=1&b=2#t\n' |
    strm a/name.strm
printf 'rtsp://h.example/live\nplugin://video/x\n/mnt/film.mkv\nhttp://\n' |
    strm other.strm
printf 'http://h.example/a b.mkv\n' | strm blank.strm
: | strm empty.strm
printf '%s\n' "$film" >"$dir/lib/not-strm.txt"
printf '%s\n' "$film" >"$dir/outside/linked.strm"
ln -s "$dir/outside/linked.strm" "$dir/lib/linked.strm"
cp -a "$dir/lib" "$dir/before"
state >"$dir/state.before"
look plain.strm >"$dir/look.before"

# ----- nothing happens

check 'dry run succeeds' run -n "$base" "$dir/lib"
check 'dry run counts' says '5 files would change'
state >"$dir/state.dry"
check 'dry run changes nothing' cmp "$dir/state.before" "$dir/state.dry"
check 'a base that is none' [ "$(run /u/ "$dir/lib" && echo ok)" != ok ]

# ----- it is rewritten

check 'rewrites' run "$base" "$dir/lib"
check 'counts' says '5 files changed'
check 'times, mode and owner stay' [ "$(look plain.strm)" = \
    "$(cat "$dir/look.before")" ]
check 'plain' holds plain.strm "$base/$code/film.mkv\n"
check 'without a newline' holds 'a/b c/Upper.STRM' "$base/$code/film.mkv"
check 'with mark and carriage return' holds a/windows.strm \
    "\357\273\277$base/$code/film.mkv\r\n"
check 'several lines, comments' holds a/lines.strm \
    "# of $film\r\n\r\n$base/$code/film.mkv\r\n  $base/$(
    printf 'HTTPS://h.example/x/?q=a/b.c' | base64 -w 0 | tr +/ -_ |
    tr -d =) \n#KODIPROP:x=y\n"
check 'a name without escapes' grep -q '/Caf_Co.mp4$' "$dir/lib/a/name.strm"
for kept in other.strm blank.strm empty.strm not-strm.txt; do
	check "leaves $kept" cmp "$dir/before/$kept" "$dir/lib/$kept"
done
check 'leaves what a link leads to' [ "$(cat "$dir/outside/linked.strm")" = \
    "$film" ]
check 'leaves no file behind' [ "$(find "$dir/lib" | wc -l)" -eq \
    "$(find "$dir/before" | wc -l)" ]

state >"$dir/state.once"
check 'once more' run "$base/" "$dir/lib"
check 'which finds nothing' says '0 files changed'
state >"$dir/state.twice"
check 'and changes nothing' cmp "$dir/state.once" "$dir/state.twice"

# ----- it plays

curl -sf -o "$dir/got" "$(cat "$dir/lib/plain.strm")" || :
check 'plays through reeld' cmp "$dir/media/film.mkv" "$dir/got"

# ----- and back

look plain.strm >"$dir/look.before"
check 'undoes' run --undo "$base" "$dir/lib/plain.strm" "$dir/lib/a"
check 'counts again' says '5 files changed'
check 'times, mode and owner too' [ "$(look plain.strm)" = \
    "$(cat "$dir/look.before")" ]
check 'all is as it was' diff -r "$dir/before" "$dir/lib"
check 'undoing twice' run --undo "$base" "$dir/lib"
check 'does nothing' says '0 files changed'

# ----- what cannot be done is told, the rest is done

check 'fails for what is missing' [ "$(run "$base" "$dir/lib/none" \
    "$dir/lib/plain.strm" && echo ok)" != ok ]
check 'says which' grep -q 'lib/none: No such file' "$dir/said"
check 'does the rest' says '1 file changed'

stop_reeld
conclude "$dir/log" "$dir/said"
