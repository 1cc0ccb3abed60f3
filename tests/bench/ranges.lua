-- SPDX-License-Identifier: ISC
-- ranges.lua -- for wrk: 64 KiB at random places of a file of 1 GB
--
-- Each thread draws its own places, the same in every run.  At the end one
-- line: requests per second, answers that were errors or did not come.

local size, length = 1000000000, 65536
local threads = 0

function setup(thread)
	threads = threads + 1
	thread:set("seed", threads)
end

function init()
	math.randomseed(seed)
end

function request()
	local from = math.random(0, size - length)
	return wrk.format("GET", nil, {
		["Range"] = "bytes=" .. from .. "-" .. from + length - 1
	})
end

function done(summary)
	local e = summary.errors
	print("ranges", summary.requests * 1000000 / summary.duration,
	    e.connect + e.read + e.write + e.status + e.timeout)
end
