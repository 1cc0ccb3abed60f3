# SPDX-License-Identifier: ISC
# claim.awk -- a line of bench.sh's table, from `metric server value` lines
#
# Variables: text metric bound peer, as claim() has them; without a metric it
# prints the heading, for as many `times`.

# Sorts the n values of v.
function sort(v, n,    i, j, x) {
	for (i = 2; i <= n; i++) {
		x = v[i]
		for (j = i; j > 1 && v[j - 1] > x; j--)
			v[j] = v[j - 1]
		v[j] = x
	}
}

# Three significant figures.
function figure(x) {
	return sprintf(x >= 100 ? "%.0f" : x >= 10 ? "%.1f" : \
	    x >= 1 ? "%.2f" : "%.3f", x)
}

# The cell of a server; its median is left in median[].
function cell(server,    v, n, i) {
	n = count[server]
	if (n == 0)
		return ""
	for (i = 1; i <= n; i++)
		v[i] = value[server, i]
	sort(v, n)
	median[server] = n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
	return figure(median[server]) " (" figure(v[1]) "-" figure(v[n]) ")"
}

# Is what reeld has within the bound?
function holds(ours, theirs,    limit) {
	limit = substr(bound, 3) + 0
	if (bound ~ /^<[0-9]/)
		return ours < substr(bound, 2) + 0
	if (bound ~ /^\+/)
		return ours <= theirs + bound
	if (bound ~ /\|peer$/)
		return ours <= limit || ours <= theirs
	return bound ~ /^<=/ ? ours <= limit * theirs : ours >= limit * theirs
}

function line(name, ours, theirs, third, ratio, limit, verdict) {
	name = sprintf("%-47s %-19s %-19s %-19s %6s  %-8s %s", name, ours,
	    theirs, third, ratio, limit, verdict)
	sub(/ +$/, "", name)
	print name
}

BEGIN {
	if (metric == "") {
		line("median of " times " (least-greatest)", "reeld",
		    "nginx, or as named", "varnish", "ratio", "bound", "")
		exit
	}
}

$1 == metric { value[$2, ++count[$2]] = $3 + 0 }

END {
	if (metric == "")
		exit
	ours = cell("reeld")
	theirs = cell(peer)
	third = cell("varnish")
	if (median[peer] > 0)
		ratio = sprintf("%.2f", median["reeld"] / median[peer])
	if (bound != "-")
		verdict = holds(median["reeld"], median[peer]) ? "ok" : "MISSED"
	line(text, ours, theirs, third, ratio, bound == "-" ? "" : bound,
	    verdict)
}
