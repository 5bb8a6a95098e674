#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pakashop {

/// A span of time in milliseconds.
struct Duration {
    std::int64_t ms = 0;
    friend auto operator<=>(Duration, Duration) = default;
};

constexpr Duration milliseconds(std::int64_t n) { return {n}; }
constexpr Duration seconds(std::int64_t n) { return {n * 1000}; }
constexpr Duration minutes(std::int64_t n) { return seconds(n * 60); }
constexpr Duration hours(std::int64_t n) { return minutes(n * 60); }

/// A point in time: milliseconds since 1970-01-01T00:00:00Z. The domain never asks a clock; an
/// instant arrives inside the command.
struct Instant {
    std::int64_t ms = 0;
    friend auto operator<=>(Instant, Instant) = default;
    friend constexpr Instant operator+(Instant at, Duration span) { return {at.ms + span.ms}; }
    friend constexpr Instant operator-(Instant at, Duration span) { return {at.ms - span.ms}; }
    friend constexpr Duration operator-(Instant a, Instant b) { return {a.ms - b.ms}; }
};

/// RFC 3339 in UTC with milliseconds, `2026-05-12T10:00:00.000Z`; years 0001 to 9999.
std::string to_rfc3339(Instant at);
/// Appends the same text to `out`, without a temporary.
void append_rfc3339(std::string& out, Instant at);

/// Reads RFC 3339 with or without a fraction and with any zone offset; nothing for other text, nor
/// for an instant whose year in UTC is not one of 0001 to 9999.
std::optional<Instant> parse_rfc3339(std::string_view text);

/// The business day in Africa/Lusaka (UTC+2 all year) as `YYYYMMDD` (C-05).
std::string lusaka_day(Instant at);

}  // namespace pakashop
