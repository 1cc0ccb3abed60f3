#!/bin/sh
# SPDX-License-Identifier: ISC
# deps.sh -- installs the Debian packages that reeld's make targets need
#
# usage: contrib/deps.sh [-n] [-s stamp] group...
#
# Groups: build, tests (check, soak, asan, demo), lint (lint, fuzz), bench, and
# peers: front ends, which Debian may start as services, a large browser and a
# player; without these some tests are skipped, and say so.
# Does nothing where all are installed, and nothing where there is no dpkg.
# As root it installs directly, else through sudo if that asks no password;
# else it prints the command to run and fails.
#   -n        only say what is missing; status 1 if something is
#   -s stamp  a file that is as old as the last installation that was needed
set -eu

usage()
{
	echo "usage: contrib/deps.sh [-n] [-s stamp] group..." >&2
	exit 2
}

packages_of()
{
	case $1 in
	build)	echo gcc libc6-dev make pkg-config libh2o-evloop-dev \
		    libssl-dev libcurl4-openssl-dev libbsd-dev \
		    libconfuse-dev libjansson-dev libseccomp-dev \
		    libsqlite3-dev libxxhash-dev ;;
	tests)	echo libcriterion-dev curl ffmpeg nghttp2-client openssl \
		    python3 ;;
	peers)	echo haproxy nginx-light chromium mpv ;;
	lint)	echo clang clang-tidy libclang-rt-dev cppcheck shellcheck \
		    mandoc ;;
	bench)	echo nginx-light varnish wrk nghttp2-client curl openssl \
		    iproute2 ;;
	*)	usage ;;
	esac
}

# Which of these is not installed?  A package that dpkg has never heard of is
# not in its answer, so the list is what was asked less what is there.
not_installed()
{
	installed=" $(dpkg-query -W -f '${binary:Package} ${db:Status-Status}\n' \
	    "$@" 2>/dev/null | sed -n 's/\(:[a-z0-9]*\)\{0,1\} installed$//p' |
	    tr '\n' ' ') "
	for package; do
		case $installed in
		*" $package "*) ;;
		*) echo "$package" ;;
		esac
	done | sort -u | tr '\n' ' '
}

only_say=
stamp=
while getopts ns: option; do
	case $option in
	n)	only_say=yes ;;
	s)	stamp=$OPTARG ;;
	*)	usage ;;
	esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || usage

wanted=
for group; do
	wanted="$wanted $(packages_of "$group")"
done

missing=
if command -v dpkg-query >/dev/null; then
	# shellcheck disable=SC2086 # a list of words
	missing=$(not_installed $wanted)
fi
missing=${missing% }

if [ -n "$missing" ]; then
	echo "not installed: $missing" >&2
	[ -z "$only_say" ] || exit 1
	install="apt-get install -y --no-install-recommends $missing"
	if [ "$(id -u)" -eq 0 ]; then
		sudo=
	elif sudo -n true 2>/dev/null; then
		sudo="sudo -n"
	else
		echo "run as root: apt-get update && $install" >&2
		exit 1
	fi
	# shellcheck disable=SC2086 # lists of words
	{
		$sudo apt-get update
		$sudo env DEBIAN_FRONTEND=noninteractive $install
	}
fi

if [ -n "$stamp" ] && { [ -n "$missing" ] || [ ! -e "$stamp" ]; }; then
	mkdir -p "$(dirname "$stamp")"
	: >"$stamp"
	[ -n "$missing" ] || touch -t 200001010000 "$stamp"
fi
