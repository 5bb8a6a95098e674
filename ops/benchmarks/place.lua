-- wrk script: places orders, each with a key and a body of its own.
-- Settings come from the environment, see `load` in ops/bench.

local ffi = require("ffi")
ffi.cdef [[
typedef struct { long seconds; long nanoseconds; } moment;
int clock_gettime(int clock, moment* now);
]]

local pool = dofile(os.getenv("PAKASHOP_BENCH_POOL"))
local rate, thread_count = os.getenv("PAKASHOP_BENCH_RATE"), os.getenv("PAKASHOP_BENCH_THREADS")
local per_thread = tonumber(rate) / tonumber(thread_count)
local threads = {}
local moment = ffi.new("moment")

-- Milliseconds of the monotonic clock.
local function now()
    ffi.C.clock_gettime(1, moment)
    return tonumber(moment.seconds) * 1000 + tonumber(moment.nanoseconds) / 1000000
end

function setup(thread)
    thread:set("id", #threads)
    table.insert(threads, thread)
end

function init()
    sent, slot = 0, now()
    run = string.format("%x%06x", os.time(), math.floor(now() * 1000) % 16777216)
end

-- With a rate: the distance to this thread's next slot. A slot missed by far is not caught up with.
function delay()
    if per_thread == 0 then return 0 end
    local current = now()
    slot = math.max(slot + 1000 / per_thread, current - 100)
    return math.max(0, math.floor(slot - current + 0.5))
end

function request()
    sent = sent + 1
    local n = sent * 7 + id
    local first = pool.products[n % #pool.products + 1]
    local second = pool.products[(n * 13 + 5) % #pool.products + 1]
    if first == second then second = pool.products[(n * 13 + 6) % #pool.products + 1] end
    local body = string.format(
        '{"items":[{"productId":"%s","quantity":%d},{"productId":"%s","quantity":1}],' ..
        '"deliveryAddress":{"firstName":"Load","lastName":"Number %d","line1":"Plot %d",' ..
        '"city":"Lusaka","phone":"+260977000222"}}', first, n % 5 + 1, second, sent, sent)
    return string.format(
        "POST /api/v1/orders HTTP/1.1\r\nHost: %s:%s\r\nContent-Type: application/json\r\n" ..
        "x-pakashop-key: %s\r\nAuthorization: Bearer %s\r\nIdempotency-Key: %s-%d-%d\r\n" ..
        "Content-Length: %d\r\n\r\n%s", wrk.host, wrk.port, pool.key,
        pool.tokens[n % #pool.tokens + 1], run, id, sent, #body, body)
end

function done(summary, latency)
    local failed = summary.errors
    local refusals = failed.status
    local errors = failed.connect + failed.read + failed.write + failed.timeout
    local seconds = summary.duration / 1000000
    local line = string.format(
        '{"figure":"%s","measured":%.0f,"p50_ms":%.2f,"p99_ms":%.2f,"refused":%d,"errors":%d}\n',
        os.getenv("PAKASHOP_BENCH_FIGURE"), (summary.requests - refusals) / seconds,
        latency:percentile(50) / 1000, latency:percentile(99) / 1000, refusals, errors)
    local results = io.open(os.getenv("PAKASHOP_BENCH_RESULTS"), "a")
    results:write(line)
    results:close()
end
