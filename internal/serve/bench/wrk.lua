-- Posts the cases of a file, one JSON object a line, each under an id of its own,
-- and counts the answers by status:
--
--   CASES=cases.jsonl wrk -t2 -c32 -d30s --latency -s wrk.lua http://127.0.0.1:8080/cases

local threads = {}

function setup(thread)
  threads[#threads + 1] = thread
  thread:set("me", #threads)
end

function init()
  bodies, counts, n = {}, {}, 0
  for line in io.lines(os.getenv("CASES")) do bodies[#bodies + 1] = line end
end

function request()
  n = n + 1
  local body = bodies[n % #bodies + 1]:gsub('"id": *"[^"]*"', '"id": "' .. me .. "-" .. n .. '"', 1)
  return wrk.format("POST", nil, { ["Content-Type"] = "application/json" }, body)
end

function response(status)
  counts[status] = (counts[status] or 0) + 1
end

function done()
  local all = {}
  for _, thread in ipairs(threads) do
    for status, count in pairs(thread:get("counts")) do all[status] = (all[status] or 0) + count end
  end
  for status, count in pairs(all) do print("status " .. status .. ": " .. count) end
end
