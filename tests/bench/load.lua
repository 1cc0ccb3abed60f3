-- SPDX-License-Identifier: ISC
-- load.lua -- for wrk: a file of 1 GB, all of it or pieces at random places
--
-- Each thread draws its own places, the same in every run.  At the end one
-- line: requests, bytes, microseconds, and the answers that were errors or did
-- not come.
--
-- usage: wrk ... -s load.lua URL [-- length-of-a-piece]

local size, length = 1000000000, nil
local threads = 0

function setup(thread)
	threads = threads + 1
	thread:set("seed", threads)
end

function init(args)
	math.randomseed(seed)
	length = tonumber(args[1])
end

function request()
	if length == nil then
		return wrk.format()
	end
	local from = math.random(0, size - length)
	return wrk.format(nil, nil, {
		["Range"] = "bytes=" .. from .. "-" .. from + length - 1
	})
end

function done(summary)
	local e = summary.errors
	print("load", summary.requests, summary.bytes, summary.duration,
	    e.connect + e.read + e.write + e.status + e.timeout)
end
