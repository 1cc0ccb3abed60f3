#!/bin/sh
# SPDX-License-Identifier: ISC
# includes.sh -- who may include whom (src/DESIGN: folders are processes)
#
# A header of include/reeld/ belongs to the folder that has the .c of its name
# and no .h beside it, else to the folder of its own name.  With neither it is
# nobody's: who includes it is judged by what it includes.
set -eu

# shellcheck disable=SC2016 # the $ are awk's
find src include -name '*.[ch]' | LC_ALL=C sort | xargs awk '
function stem(path) {
	sub(/.*\//, "", path)
	sub(/\.[a-z]+$/, "", path)
	return path
}

function folder(path,    part) {
	split(path, part, "/")
	return path ~ /^src\/[a-z]+\// ? part[2] : "main"
}

# The folder whose rules hold for a file, wherever it stands.
function owner(path,    name) {
	if (path ~ /^src\//)
		return folder(path)
	name = stem(path)
	if (name in implements)
		return implements[name]
	return name in below ? name : "nobody"
}

function complain(text) {
	printf "%s:%d: %s\n", FILENAME, FNR, text
	bad = 1
}

function check_own(path,    dir) {
	dir = FILENAME
	sub(/[^\/]*$/, "", dir)
	if (path != "config.h" && (path ~ /\// || !((dir path) in exists)))
		complain("\"" path "\" is no header of this folder")
}

# The path that an #include line names.
function target(line) {
	sub(/^[^"<]*["<]/, "", line)
	sub(/[">].*/, "", line)
	return line
}

# A header of include/reeld/ may be included, by way of `via`, from here.
function check_shared(path, via,    to, n, inner, i) {
	to = owner("include/" path)
	if (to == "nobody") {
		n = split(includes["include/" path], inner, " ")
		for (i = 1; i <= n; i++)
			check_shared(inner[i], via " by " path)
	} else if (to != from && index(below[from], " " to " ") == 0)
		complain(from " may not include " path ", which is " to \
		    "\047s" via)
}

function check_library(path,    prefix) {
	for (prefix in reserved)
		if (index(path, prefix) == 1 && from != reserved[prefix])
			complain("only " reserved[prefix] " includes <" path ">")
}

# What the headers of include/reeld/ include of each other.
function read_includes(path,    line) {
	while ((getline line <path) > 0)
		if (line ~ /^#include "reeld\//)
			includes[path] = includes[path] " " target(line)
	close(path)
}

BEGIN {
	below["base"] = " "
	below["http"] = below["ts"] = " base "
	below["conf"] = " base "
	below["store"] = " base http "
	below["proc"] = " base conf store "
	roles = " master worker fetcher spooler ctl "
	n = split(roles, role, " ")
	for (i = 1; i <= n; i++)
		below[role[i]] = " base http ts proc conf store "
	below["main"] = below["worker"] roles
	# reelctl fsck is the spooler without a reeld.
	below["ctl"] = below["ctl"] "spooler "

	reserved["h2o.h"] = reserved["h2o/"] = "worker"
	reserved["curl/"] = "fetcher"
	reserved["sqlite3.h"] = "spooler"

	for (i = 1; i < ARGC; i++)
		exists[ARGV[i]] = 1
	for (path in exists) {
		header = path
		sub(/c$/, "h", header)
		if (path ~ /^src\/[a-z]+\/.*\.c$/ && !(header in exists))
			implements[stem(path)] = folder(path)
		if (path ~ /^include\//)
			read_includes(path)
	}
}

FNR == 1 {
	from = owner(FILENAME)
	if (from != "nobody" && !(from in below))
		complain("no rule for the folder " from)
}

from == "nobody" { next }

/^[ \t]*#[ \t]*include[ \t]/ {
	path = target($0)
	if ($0 !~ /"/)
		check_library(path)
	else if (path ~ /^reeld\//)
		check_shared(path, "")
	else
		check_own(path)
}

END { exit bad }
'
