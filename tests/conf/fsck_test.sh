#!/bin/sh
# SPDX-License-Identifier: ISC
# fsck_test.sh -- reelctl fsck: what it says of directories, and its status
set -u

. tests/helper/cases.sh

reelctl=$(realpath "${REELCTL:-./reelctl}")

dir=$(mktemp -d "${TMPDIR:-/tmp}/reeld-fsck.XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
cd "$dir" || exit 1

mkdir empty spool spool/data spool/data/07
check "no directory" ends 1 "$reelctl" fsck nowhere <<EOF
nowhere: No such file or directory
EOF
check "no spool" ends 1 "$reelctl" fsck empty <<EOF
empty: there is no spool in it
EOF
echo x >spool/data/07/7
check "a file without a catalogue" ends 0 "$reelctl" fsck spool <<EOF
file 7: left over, $(($(stat -c %b spool/data/07/7) * 512)) bytes
0 objects, 0 segments, 0 bytes: 0 bad, 1 left over
EOF
printf '%8192s' x >spool/catalogue.db
check "a catalogue that is none" ends 1 "$reelctl" fsck spool <<EOF
catalogue.db: file is not a database
0 objects, 0 segments, 0 bytes: 1 bad, 0 left over
EOF
: >spool/lock
exec 9<spool/lock
flock -n 9
check "in use" ends 1 "$reelctl" fsck -r spool <<EOF
spool: a reeld uses it
EOF
exec 9<&-
check "repaired" ends 1 "$reelctl" fsck spool -r <<EOF
catalogue.db: file is not a database
file 7: left over, $(($(stat -c %b spool/data/07/7) * 512)) bytes
0 objects, 0 segments, 0 bytes: 1 bad, 1 left over, repaired
EOF
check "clean after that" ends 0 "$reelctl" fsck spool <<EOF
0 objects, 0 segments, 0 bytes: 0 bad, 0 left over
EOF

conclude got
