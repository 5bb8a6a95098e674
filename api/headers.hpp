#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace pakashop::api {

/// The key inside an `Idempotency-Key` header, quoted as the draft has it or bare as most clients
/// send it: 1-255 visible ASCII characters. `"a"` and `a` are the same key. Nothing when invalid.
std::optional<std::string> parse_idempotency_key(std::string_view header);

/// A correlation id to work under: the caller's, when it is 1–64 letters, digits, '.', '_' or '-';
/// a new random one otherwise. Safe to log and to send on (GW-09).
std::string correlation_id(std::string_view header);

/// Where a request stands in a distributed trace (W3C Trace Context).
struct TraceContext {
    std::string trace_id;   ///< 32 lower-case hex digits, not all zero.
    std::string parent_id;  ///< 16 lower-case hex digits, not all zero: the span that sent it.
    bool sampled = false;
    friend bool operator==(const TraceContext&, const TraceContext&) = default;
};

/// Reads a `traceparent` header; nothing when it is not valid to the letter (then any tracestate is
/// dropped as well). Versions after 00 are read as 00, as the specification asks.
std::optional<TraceContext> parse_traceparent(std::string_view header);

/// A trace of its own, with random ids.
TraceContext make_trace();

/// The same trace with a new random span: for our own work, or for a call to a provider.
TraceContext make_child(const TraceContext& parent);

/// The header's value: `00-<trace>-<span>-01`.
std::string to_traceparent(const TraceContext& context);

}  // namespace pakashop::api
