#!/bin/sh
# SPDX-License-Identifier: ISC
# style.sh -- the mechanical part of KNF that clang-format cannot hold
set -eu

# shellcheck disable=SC2016 # the $ are awk's
find src include tests -name '*.[ch]' -o -name '*.def' | LC_ALL=C sort |
    xargs awk '
function complain(text) {
	printf "%s:%d: %s\n", FILENAME, FNR, text
	bad = 1
}

# Columns that a line takes with a tab stop at every eighth.
function width(line,    n, i) {
	n = 0
	for (i = 1; i <= length(line); i++)
		n += substr(line, i, 1) == "\t" ? 8 - n % 8 : 1
	return n
}

function check_length() {
	if (previous_lines > 600)
		printf "%s: %d lines: is this still one noun?\n",
		    previous_file, previous_lines
}

FNR == 1 {
	check_length()
	head = ""
	first_include = 1
	previous_file = FILENAME
	if ($0 != "/* SPDX-License-Identifier: ISC */")
		complain("no SPDX line")
}

{
	previous_lines = FNR
	# The rows of a table stay rows.
	if (FILENAME !~ /\.def$/ && length($0) > 10 && width($0) > 80)
		complain("over 80 columns")
}

/[ \t]$/		{ complain("blanks at the end") }
/\r/			{ complain("carriage return") }
/^ +\t/			{ complain("blanks before a tab") }
/^\t*        /		{ complain("eight blanks where a tab belongs") }
/^[ \t]*typedef[ \t]+struct/ { complain("a typedef for a struct") }
/TO[D]O|FIX[M]E|(^|[^X])X[X]X([^X]|$)/	{ complain("unfinished") }

/^#include/ && first_include {
	first_include = 0
	if (FILENAME ~ /\.c$/ && $0 != "#include \"config.h\"")
		complain("config.h is not the first header")
}

# The line that began the last construct in column one; a function whose name
# does not begin it has its type on the same line.
/^[a-zA-Z_]/ { head = $0 }
/^\{/ {
	if (head ~ /^[a-z][A-Za-z0-9_ \t]*[ \t*][a-z_][A-Za-z0-9_]*\(/)
		complain("the name of the function is not in column one")
}
/^[;}]/ { head = "" }

END {
	check_length()
	exit bad
}
'
