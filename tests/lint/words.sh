#!/bin/sh
# SPDX-License-Identifier: ISC
# words.sh -- words that say nothing, or that mean something else here
#
# Names that others gave do not count: those of libh2o, libcurl and OpenSSL, and
# the macros of queue.h and tree.h.
set -eu

# shellcheck disable=SC2016 # the $ are awk's
find src include -type f | LC_ALL=C sort | xargs awk '
BEGIN {
	words = "chunks?|upstreams?|backends?|entry|entries|jobs?|things?"
	words = words "|utils?|helpers?|misc"
}
{
	line = $0
	gsub(/[A-Z]+_ENTRY|headers\.entries/, "", line)
	gsub(/(h2o|H2O|curl|CURL[A-Z]*|SSL|EVP|X509)_[A-Za-z0-9_]*/, "", line)
	if (match(tolower(line), "(^|[^a-z])(" words ")([^a-z]|$)")) {
		word = substr(line, RSTART, RLENGTH)
		gsub(/[^A-Za-z]/, "", word)
		printf "%s:%d: the word \047%s\047\n", FILENAME, FNR, word
		bad = 1
	}
}
END { exit bad }
'
